"""Third stage: watch the live suspects under more load and in silence.

What was in a suspect is polled for microseconds per reading. Where it cannot be polled
(a function's scope, a chain of wrappers, V8's roots), or where polling contradicts the
snapshots, one more snapshot decides.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_nodeleak.bench import Bench
from pytest_nodeleak.bounds import Bound, LifetimeBound, SizeBound
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.heap.window import Window
from pytest_nodeleak.identify import Identification
from pytest_nodeleak.measurement import Reading
from pytest_nodeleak.occupancy import (
    Curve,
    Drained,
    Linear,
    Plateau,
    Unclear,
    judge_rates,
)
from pytest_nodeleak.pace import Pace, push_requests
from pytest_nodeleak.watch import SWEEP_SHARE, Watch, mind_bound, requests_to

__all__ = ["Confirmation", "Watched", "confirm"]

_STEPS = 9
_PUSH_MOST_S = 2.0
_MOST_PUSHES = 3
_SILENCE_S = 1.5
_UNTIL_READING_S = 1.0
_POLL_S = 0.25
# Of what is left of the budget, this much may go into waiting for an announced bound.
_BOUND_BUDGET_SHARE = 0.7
_BOUND_GROWTH_BYTES = 200e6
_SWEEP_S = 0.5


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
        reading: The settled counters at the end of it.

    """

    watched: tuple[Watched, ...]
    reading: Reading | None


def confirm(bench: Bench, pace: Pace, identified: Identification) -> Confirmation:
    """Push more load, then let the app idle, and judge every suspect."""
    watches = [Watch.start(bench, suspect) for suspect in identified.suspects]
    bytes_per_request = sum(watch.suspect.bytes_per_request for watch in watches)
    requests = push_requests(pace, bytes_per_request=bytes_per_request)
    start = bench.requests
    for _ in range(_MOST_PUSHES):
        _push(bench, watches, requests, start=start)
        reading = _quiet_down(bench, watches, bench.requests - start)
        if not _is_worth_pushing_on(bench, watches):
            break
    reading = _await_bounds(bench, watches, start) or reading
    bench.sampler.release_live(bench.reply_deadline())
    curves = [watch.curve() for watch in watches]
    if not all(curve is not None and _is_seen(curve) for curve in curves):
        pushed = bench.requests - start
        curves = _settle_by_snapshot(bench, identified, watches, curves, pushed)
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
        reading=reading,
    )


def _is_worth_pushing_on(bench: Bench, watches: Sequence[Watch]) -> bool:
    """Tell whether a curve was cut off in its bend, with time left to see it out."""
    unclear = any(isinstance(watch.curve(), Unclear) for watch in watches)
    needed_s = _PUSH_MOST_S + _SILENCE_S
    return unclear and needed_s < _BOUND_BUDGET_SHARE * bench.deadline.remaining_s()


def _push(bench: Bench, watches: Sequence[Watch], requests: int, *, start: int) -> None:
    """Send load in steps, polling after each; ``start`` counts as no request."""
    pushing = bench.deadline.at_most(_PUSH_MOST_S)
    for watch in watches:
        watch.forget_silence()
    _poll(bench, watches, bench.requests - start, idle=False)
    for step in range(1, _STEPS + 1):
        bench.load(max(1, requests // _STEPS))
        _poll(bench, watches, bench.requests - start, idle=False)
        if pushing.has_passed() and step > _STEPS // 2:
            break


def _quiet_down(bench: Bench, watches: Sequence[Watch], requests: int) -> Reading:
    """Let the app idle and read its counters: settling it is part of the silence."""
    silence = bench.deadline.at_most(_SILENCE_S)
    _idle(bench, watches, requests, _UNTIL_READING_S)
    reading = bench.read()
    _idle(bench, watches, requests, silence.remaining_s())
    return reading


def _idle(
    bench: Bench, watches: Sequence[Watch], requests: int, silence_s: float
) -> None:
    pause = threading.Event()
    silence = bench.deadline.at_most(silence_s)
    while not silence.has_passed():
        pause.wait(_POLL_S)
        _poll(bench, watches, requests, idle=True)


def _poll(bench: Bench, watches: Sequence[Watch], requests: int, *, idle: bool) -> None:
    for watch in watches:
        watch.poll(bench, requests=requests, idle=idle)


def _await_bounds(bench: Bench, watches: Sequence[Watch], start: int) -> Reading | None:
    """Go on until announced bounds within the budget's reach are reached.

    Returns:
        The settled counters after that; None if there was nothing to wait for.

    """
    reading = None
    for watch in watches:
        curve = watch.curve()
        if not isinstance(curve, Linear):
            continue
        room_s = _BOUND_BUDGET_SHARE * bench.deadline.remaining_s()
        match watch.bound:
            case LifetimeBound(lifetime_s=lifetime_s):
                wait_s = lifetime_s * SWEEP_SHARE + _SWEEP_S - bench.silent_s()
                if wait_s <= room_s:
                    _idle(bench, watches, bench.requests - start, wait_s)
                    reading = bench.read()
            case SizeBound(entries=entries):
                missing = requests_to(entries, curve)
                if missing and _is_affordable(bench, watch, missing, room_s):
                    _push(bench, watches, missing, start=start)
                    reading = _quiet_down(bench, watches, bench.requests - start)
            case None:
                pass
    return reading


def _is_affordable(bench: Bench, watch: Watch, requests: int, room_s: float) -> bool:
    per_s = bench.requests / max(bench.deadline.elapsed_s(), 0.001)
    grown_bytes = requests * watch.suspect.bytes_per_request
    return requests / per_s <= room_s and grown_bytes <= _BOUND_GROWTH_BYTES


def _is_seen(curve: Curve) -> bool:
    """Tell whether a curve needs no second opinion: it grew, let go, or grew and stopped.

    A size that stayed the same all the time may belong to the head of a growing chain.
    """
    if isinstance(curve, Plateau):
        return curve.grown > 0
    return isinstance(curve, Linear | Drained)


def _settle_by_snapshot(
    bench: Bench,
    identified: Identification,
    watches: Sequence[Watch],
    curves: Sequence[Curve | None],
    pushed: int,
) -> list[Curve | None]:
    window = Window(
        earlier=identified.last, later=bench.snapshot(), requests=max(1, pushed)
    )
    grown = {growth.holder_id: growth.objects for growth in window.growth}
    settled: list[Curve | None] = []
    for watch, curve in zip(watches, curves, strict=True):
        if curve is not None and _is_seen(curve):
            settled.append(curve)
            continue
        suspect = watch.suspect
        holders = (suspect.holder, *suspect.also_held_by)
        objects = sum(grown.get(holder.heap_id, 0) for holder in holders)
        by_snapshot = judge_rates(
            suspect.objects_per_request, objects / window.requests, requests=pushed
        )
        agrees = isinstance(curve, Plateau) and isinstance(by_snapshot, Plateau)
        settled.append(curve if agrees else by_snapshot)
    return settled
