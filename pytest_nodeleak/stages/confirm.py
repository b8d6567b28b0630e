"""Third stage: watch the live suspects under more load and in silence.

What was in a suspect is polled for microseconds per reading. Where it cannot be polled
(a function's scope, a chain of wrappers, V8's roots), or where polling contradicts the
snapshots, one more snapshot decides; and another one before the silence tells what comes
with time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pytest_nodeleak.evidence.measurement import Reading
from pytest_nodeleak.evidence.occupancy import (
    Curve,
    Drained,
    Linear,
    Plateau,
    Timed,
    Unclear,
)
from pytest_nodeleak.evidence.watched import Watched
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.stages.bench import Bench
from pytest_nodeleak.stages.identify import Identification
from pytest_nodeleak.stages.push import PUSH_S, Push
from pytest_nodeleak.stages.recount import Recount
from pytest_nodeleak.stages.watch import Watch, mind_bound

__all__ = ["Confirmation", "confirm", "judge_watch"]

_MOST_PUSHES = 3
# What another push costs with its silence, and the part of the budget it may take.
_PUSH_AGAIN_S = PUSH_S + 1.5
_BUDGET_SHARE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What watching showed.

    Attributes:
        watched: The suspects with their curves.
        reading: The settled counters at the end of it; None if nothing was watched.

    """

    watched: tuple[Watched, ...] = ()
    reading: Reading | None = None


def confirm(
    bench: Bench,
    identified: Identification | None,
    *,
    requests: int,
    is_over: Callable[[Reading], bool],
) -> Confirmation:
    """Push more load, then let the app idle, and judge every suspect.

    Args:
        bench: The app under load.
        identified: The suspects, if there are any; None where the heap was not compared:
            then the counters are what is confirmed.
        requests: The load of a push.
        is_over: Tells whether counters are over their limits by their last reading.

    """
    suspects = identified.suspects if identified else ()
    watches = [Watch.start(bench, suspect) for suspect in suspects]
    push = Push(
        bench,
        watches,
        before=identified.last if identified else None,
        before_in_workers=identified.last_of_workers if identified else {},
    )
    for _ in range(_MOST_PUSHES):
        push.send(requests)
        push.quiet_down()
        if not _is_worth_pushing_on(bench, watches):
            break
    push.await_bounds()
    push.control()
    is_leaking = any(isinstance(watch.curve(), Linear) for watch in watches)
    if push.reading is not None and not is_leaking and is_over(push.reading):
        push.linger()
    if bench.shows_keys:
        for watch in watches:
            watch.look_at_keys(bench)
    bench.release_live()
    needs_recount = not all(map(_is_seen, watches))
    recount = push.recount() if needs_recount else None
    return Confirmation(
        watched=tuple(judge_watch(watch, recount) for watch in watches),
        reading=push.reading,
    )


def judge_watch(watch: Watch, recount: Recount | None) -> Watched:
    """Judge a suspect by polling where that is conclusive, else by the recount."""
    suspect, curve = watch.suspect, watch.curve()
    if curve is None or not _is_seen(watch):
        suspect, curve = _second_opinion(curve, suspect, recount)
    return Watched(
        suspect=suspect,
        curve=mind_bound(watch, suspect, curve),
        bound=watch.bound,
        readings=tuple(watch.readings) if suspect is watch.suspect else (),
        newest_keys=watch.newest_keys if suspect is watch.suspect else (),
    )


def _is_worth_pushing_on(bench: Bench, watches: Sequence[Watch]) -> bool:
    """Tell whether a curve was cut off in its bend, with time left to see it out."""
    unclear = any(isinstance(watch.curve(), Unclear) for watch in watches)
    return unclear and _BUDGET_SHARE * bench.deadline.remaining_s() > _PUSH_AGAIN_S


def _is_seen(watch: Watch) -> bool:
    """Tell whether a curve needs no second opinion: it grew, let go, or grew and stopped.

    A size that stayed the same all the time may belong to the head of a growing chain;
    and what one holder let go of, most of it, another holder of the same objects may keep.
    """
    match watch.curve():
        case Linear() | Timed():
            return True
        case Drained(peak=peak, size=size):
            return not watch.suspect.others or 2 * size > peak
        case Plateau(grown=grown):
            return grown > 0
        case _:
            return False


def _second_opinion(
    polled: Curve | None, suspect: Suspect, recount: Recount | None
) -> tuple[Suspect, Curve]:
    """Let the recount decide, and who still holds what the first holder let go of."""
    if recount is None:
        return suspect, Unclear(
            reason="it can be counted in a snapshot only, and that takes longer than what"
            " was left. Raise --nodeleak-budget"
        )
    recounted = recount.curve(suspect)
    if isinstance(polled, Drained):
        if not isinstance(recounted, Linear):
            return suspect, polled
        return max(suspect.others, key=recount.gained), recounted
    if isinstance(polled, Plateau) and (
        isinstance(recounted, Plateau) or _is_replaced(polled, suspect, recount)
    ):
        # Polling knows its size.
        return suspect, polled
    return suspect, recounted


def _is_replaced(polled: Plateau, suspect: Suspect, recount: Recount) -> bool:
    """Tell whether what came may have taken the place of entries that were shared.

    A full cache whose values were all the same string holds ever more different ones,
    but never more than it has entries. What its entries own may grow beyond that.
    """
    if polled.size is None or suspect.is_family:
        return False
    per_entry = suspect.objects_per_request / max(suspect.entries_per_request, 1e-9)
    return recount.gained(suspect) <= polled.size * max(1.0, per_entry)
