"""Third stage: watch the live suspects under more load and in silence.

What was in a suspect is polled for microseconds per reading. Where it cannot be polled
(a function's scope, a chain of wrappers, V8's roots), or where polling contradicts the
snapshots, one more snapshot decides.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from pytest_nodeleak.bench import Bench
from pytest_nodeleak.bounds import Bound, LifetimeBound, SizeBound, read_bound
from pytest_nodeleak.cdp.messages import RemoteObject
from pytest_nodeleak.heap.suspects import Suspect, Window
from pytest_nodeleak.identify import Identification
from pytest_nodeleak.measurement import Reading
from pytest_nodeleak.occupancy import (
    Curve,
    Drained,
    Linear,
    OccupancyReading,
    Plateau,
    Unclear,
    judge_occupancy,
    judge_rates,
)
from pytest_nodeleak.pace import Pace, push_requests
from pytest_nodeleak.units import format_bytes, format_duration

__all__ = ["Confirmation", "Watched", "confirm"]

_STEPS = 9
_PUSH_MOST_S = 2.0
_SILENCE_S = 1.5
_POLL_S = 0.25
# Of what is left of the budget, this much may go into waiting for an announced bound.
_BOUND_BUDGET_SHARE = 0.7
_BOUND_GROWTH_BYTES = 200e6
# Sweepers run now and then, so what expires is gone a little later.
_SWEEP_SHARE, _SWEEP_S = 1.2, 0.5


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


@dataclass(slots=True)
class _Watch:
    suspect: Suspect
    live: RemoteObject | None
    bound: Bound | None
    readings: list[OccupancyReading] = field(default_factory=list)
    silent_s: float = 0.0

    def poll(self, bench: Bench, *, requests: int, idle: bool) -> None:
        if self.live is None:
            return
        size = bench.sampler.occupancy(self.live, bench.reply_deadline())
        if size is not None:
            self.readings.append(
                OccupancyReading(requests=requests, size=size, idle=idle)
            )

    def curve(self) -> Curve | None:
        """Judge what was polled; None where there was nothing to poll."""
        return judge_occupancy(self.readings) if self.readings else None


def confirm(bench: Bench, pace: Pace, identified: Identification) -> Confirmation:
    """Push more load, then let the app idle, and judge every suspect."""
    watches = [_start_watch(bench, suspect) for suspect in identified.suspects]
    pushed_before = bench.requests
    bytes_per_request = sum(watch.suspect.bytes_per_request for watch in watches)
    _push(bench, watches, push_requests(pace, bytes_per_request=bytes_per_request))
    _idle(bench, watches, bench.requests - pushed_before, _SILENCE_S)
    _await_bounds(bench, watches, pushed_before)
    curves = [watch.curve() for watch in watches]
    reading = bench.read()
    bench.sampler.release_live(bench.reply_deadline())
    if not all(isinstance(curve, Linear | Drained) for curve in curves):
        pushed = bench.requests - pushed_before
        curves = _settle_by_snapshot(bench, identified, watches, curves, pushed)
    return Confirmation(
        watched=tuple(
            Watched(
                suspect=watch.suspect,
                curve=_mind_bound(watch, curve),
                bound=watch.bound,
            )
            for watch, curve in zip(watches, curves, strict=True)
            if curve is not None
        ),
        reading=reading,
    )


def _start_watch(bench: Bench, suspect: Suspect) -> _Watch:
    deadline, sampler = bench.reply_deadline(), bench.sampler
    live = sampler.find_live(suspect.holder.heap_id, deadline)
    announced: dict[str, float] = {}
    # A plain object's own numbers are as likely its data as its limits.
    if live is not None and suspect.holder.class_name not in {"Object", "Array"}:
        announced |= sampler.bounds(live, deadline)
    if suspect.holder.owner_id is not None:
        owner = sampler.find_live(suspect.holder.owner_id, deadline)
        if owner is not None:
            announced |= sampler.bounds(owner, deadline)
    bound = read_bound(announced) or _timer_bound(bench, suspect)
    return _Watch(suspect=suspect, live=live, bound=bound)


def _timer_bound(bench: Bench, suspect: Suspect) -> Bound | None:
    """Return the delay of the one-shot timer that came with each entry, if one did."""
    if suspect.timer_id is None:
        return None
    deadline = bench.reply_deadline()
    live = bench.sampler.find_live(suspect.timer_id, deadline)
    delay_s = None if live is None else bench.sampler.timer_delay_s(live, deadline)
    if delay_s is None or delay_s > bench.deadline.remaining_s():
        # A timer beyond the budget is no promise that it will clean up.
        return None
    return LifetimeBound(name="setTimeout", lifetime_s=delay_s)


def _push(bench: Bench, watches: Sequence[_Watch], requests: int) -> None:
    pushing = bench.deadline.at_most(_PUSH_MOST_S)
    start = bench.requests
    _poll(bench, watches, 0, idle=False)
    for step in range(1, _STEPS + 1):
        bench.load(max(1, requests // _STEPS))
        _poll(bench, watches, bench.requests - start, idle=False)
        if pushing.has_passed() and step > _STEPS // 2:
            break


def _idle(
    bench: Bench, watches: Sequence[_Watch], requests: int, silence_s: float
) -> None:
    pause = threading.Event()
    silence = bench.deadline.at_most(silence_s)
    while not silence.has_passed():
        pause.wait(_POLL_S)
        _poll(bench, watches, requests, idle=True)
    for watch in watches:
        watch.silent_s += silence.elapsed_s()


def _poll(
    bench: Bench, watches: Sequence[_Watch], requests: int, *, idle: bool
) -> None:
    for watch in watches:
        watch.poll(bench, requests=requests, idle=idle)


def _await_bounds(bench: Bench, watches: Sequence[_Watch], pushed_before: int) -> None:
    """Go on until announced bounds within the budget's reach are reached."""
    for watch in watches:
        curve = watch.curve()
        if not isinstance(curve, Linear):
            continue
        room_s = _BOUND_BUDGET_SHARE * bench.deadline.remaining_s()
        pushed = bench.requests - pushed_before
        match watch.bound:
            case LifetimeBound(lifetime_s=lifetime_s):
                wait_s = lifetime_s * _SWEEP_SHARE + _SWEEP_S
                if wait_s <= room_s:
                    _idle(bench, [watch], pushed, wait_s)
            case SizeBound(entries=entries):
                missing = _requests_to(entries, curve)
                if missing and _is_affordable(bench, watch, missing, room_s):
                    _push_to_bound(bench, watch, missing, pushed)
            case None:
                pass


def _requests_to(entries: float, curve: Linear) -> int:
    """Return how much load fills the suspect, 0 if it has passed its bound already."""
    if curve.size is None or not curve.per_request or curve.size > entries:
        return 0
    return int((entries - curve.size) / curve.per_request * _SWEEP_SHARE) + 1


def _is_affordable(bench: Bench, watch: _Watch, requests: int, room_s: float) -> bool:
    per_s = bench.requests / max(bench.deadline.elapsed_s(), 0.001)
    grown_bytes = requests * watch.suspect.bytes_per_request
    return requests / per_s <= room_s and grown_bytes <= _BOUND_GROWTH_BYTES


def _push_to_bound(bench: Bench, watch: _Watch, requests: int, pushed: int) -> None:
    watch.readings = [one for one in watch.readings if not one.idle]
    for _ in range(_STEPS):
        pushed += bench.load(max(1, requests // _STEPS + 1)).requests
        watch.poll(bench, requests=pushed, idle=False)


def _settle_by_snapshot(
    bench: Bench,
    identified: Identification,
    watches: Sequence[_Watch],
    curves: Sequence[Curve | None],
    pushed: int,
) -> list[Curve | None]:
    window = Window(
        earlier=identified.last, later=bench.snapshot(), requests=max(1, pushed)
    )
    grown = {growth.holder_id: growth.objects for growth in window.growth()}
    settled: list[Curve | None] = []
    for watch, curve in zip(watches, curves, strict=True):
        # What was seen to grow or to let go needs no second opinion; a size that stays
        # the same may belong to the head of a growing chain.
        if isinstance(curve, Linear | Drained):
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


def _mind_bound(watch: _Watch, curve: Curve) -> Curve:
    """Make a linear curve below an announced bound unclear: it may yet stop there."""
    if not isinstance(curve, Linear):
        return curve
    match watch.bound:
        case SizeBound(entries=entries) if _requests_to(entries, curve):
            cost = watch.suspect.bytes_per_request * entries
            per_entry = max(curve.per_request or 1.0, 1e-9)
            return Unclear(
                reason=f"it announces a bound ({watch.bound}) that {curve.requests:,}"
                f" requests did not reach; full it costs {format_bytes(cost / per_entry)}."
                " Raise --nodeleak-budget to see it there"
            )
        case LifetimeBound(lifetime_s=lifetime_s) if lifetime_s > watch.silent_s:
            return Unclear(
                reason=f"its entries live {format_duration(lifetime_s)}"
                f" ({watch.bound}), longer than the check watched in silence."
                " Raise --nodeleak-budget to see them go"
            )
    return curve
