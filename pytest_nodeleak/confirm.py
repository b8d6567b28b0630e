"""Third stage: watch the live suspects under more load and in silence.

What was in a suspect is polled for microseconds per reading. Where it cannot be polled
(a function's scope, a chain of wrappers, V8's roots), or where polling contradicts the
snapshots, one more snapshot decides; and another one before the silence tells what comes
with time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_nodeleak.bench import Bench
from pytest_nodeleak.bounds import Bound
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.identify import Identification
from pytest_nodeleak.measurement import Reading
from pytest_nodeleak.occupancy import (
    Curve,
    Drained,
    Linear,
    Plateau,
    Timed,
    Unclear,
)
from pytest_nodeleak.push import PUSH_S, Push
from pytest_nodeleak.recount import Recount
from pytest_nodeleak.watch import Watch, mind_bound

__all__ = ["Confirmation", "Watched", "confirm"]

_MOST_PUSHES = 3
# What another push costs with its silence, and the part of the budget it may take.
_PUSH_AGAIN_S = PUSH_S + 1.5
_BUDGET_SHARE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A suspect and what became of it."""

    suspect: Suspect
    curve: Curve
    bound: Bound | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What watching showed.

    Attributes:
        watched: The suspects with their curves.
        reading: The settled counters at the end of it; None if nothing was watched.

    """

    watched: tuple[Watched, ...] = ()
    reading: Reading | None = None


def confirm(bench: Bench, identified: Identification, *, requests: int) -> Confirmation:
    """Push more load, then let the app idle, and judge every suspect.

    Args:
        bench: The app under load.
        identified: The suspects, if there are any.
        requests: The load of a push.

    """
    watches = [Watch.start(bench, suspect) for suspect in identified.suspects]
    push = Push(bench, watches, before=identified.last)
    for _ in range(_MOST_PUSHES):
        push.send(requests)
        push.quiet_down()
        if not _is_worth_pushing_on(bench, watches):
            break
    push.await_bounds()
    push.control()
    bench.sampler.release_live(bench.reply_deadline())
    curves = [watch.curve() for watch in watches]
    if not all(map(_is_seen, curves)):
        recount = push.recount()
        curves = [
            curve if _is_seen(curve) else _decide(curve, watch.suspect, recount)
            for watch, curve in zip(watches, curves, strict=True)
        ]
    return Confirmation(
        watched=tuple(
            Watched(
                suspect=watch.suspect,
                curve=mind_bound(watch, curve),
                bound=watch.bound,
            )
            for watch, curve in zip(watches, curves, strict=True)
            if curve is not None
        ),
        reading=push.reading,
    )


def _is_worth_pushing_on(bench: Bench, watches: Sequence[Watch]) -> bool:
    """Tell whether a curve was cut off in its bend, with time left to see it out."""
    unclear = any(isinstance(watch.curve(), Unclear) for watch in watches)
    return unclear and _BUDGET_SHARE * bench.deadline.remaining_s() > _PUSH_AGAIN_S


def _is_seen(curve: Curve | None) -> bool:
    """Tell whether a curve needs no second opinion: it grew, let go, or grew and stopped.

    A size that stayed the same all the time may belong to the head of a growing chain.
    """
    if isinstance(curve, Plateau):
        return curve.grown > 0
    return isinstance(curve, Linear | Drained | Timed)


def _decide(polled: Curve | None, suspect: Suspect, recount: Recount | None) -> Curve:
    """Take the second opinion; where both saw a plateau, the first one has its size."""
    if recount is None:
        return Unclear(
            reason="it can be counted in a snapshot only, and that takes longer than what"
            " was left. Raise --nodeleak-budget"
        )
    recounted = recount.curve(suspect)
    if isinstance(polled, Plateau) and isinstance(recounted, Plateau):
        return polled
    return recounted
