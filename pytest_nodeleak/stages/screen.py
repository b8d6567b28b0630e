"""First stage: warm up, then rounds of load with a settled reading after each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pytest_nodeleak.evidence.descriptors import count_outgoing
from pytest_nodeleak.evidence.gc_pauses import GcPause, GcPauses, pool_pauses
from pytest_nodeleak.evidence.loop_delay import DelayHistogram, LoopDelay, pool_delays
from pytest_nodeleak.evidence.measurement import Reading, Rise, RoundDelay
from pytest_nodeleak.evidence.memory import Memory
from pytest_nodeleak.evidence.trend import FEWEST_READINGS
from pytest_nodeleak.inspection.process_view import waited_between
from pytest_nodeleak.judging.counters import rises_of, scarce_per_request
from pytest_nodeleak.progress import RoundBegun
from pytest_nodeleak.stages.bench import Bench
from pytest_nodeleak.stages.openers import note_openers
from pytest_nodeleak.stages.pace import (
    ROUNDS,
    WARM_UP_STEP,
    Pace,
    has_time_to_count,
    plan_pace,
    undisturbed,
)

__all__ = ["Screening", "screen", "screen_again"]

_BURST_REQUESTS = 16
# The screen may take this part of the budget; the rest is for finding the culprit.
_BUDGET_SHARE = 0.4
# An app that has grown this much is worth a snapshot now, while it is still cheap.
_SEEN_ENOUGH_BYTES = 3e6
_SEEN_ENOUGH_SCARCE = 200
_LONGER_ROUNDS = 2
# Slow apps answer fewer requests in each of these, but the screen stays short.
_BURST_AT_MOST_S = 0.5
_WARM_UP_AT_MOST_S = 1.0
_ROUND_AT_MOST_S = 1.0
_SLOW_SCREEN_S = 4.0
# A smaller heap is filled before anything is known, if nobody looks.
_TIGHT_BYTES = 256e6
_STEP_ROOM_SHARE = 0.1
_ROUND_ROOM_SHARE = 0.2
# To look at all of a large heap takes seconds, and a look that is not over tells nothing.
_ROUND_TIME_SHARE = 0.8
# An app that leaves descriptors open must not run out of them before it is known why.
_ROUND_DESCRIPTORS_SHARE = 0.03
_SOME_DESCRIPTORS = 6
_FEWEST_REQUESTS = 4
# Warming up further would only make the snapshots of such an app slow.
_FAST_GROWTH_BYTES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What the screen found.

    Attributes:
        pace: The load that suits this app.
        readings: One before the rounds and one after each.
        rises: Slopes by counter; empty if there were too few rounds for one.
        memory: Before the rounds and after them.
        loop_delay: Of the rounds' load.
        gc_pauses: Of the same.

    """

    pace: Pace
    readings: tuple[Reading, ...]
    rises: Mapping[str, Rise]
    memory: Memory
    loop_delay: LoopDelay
    gc_pauses: GcPauses

    @property
    def bytes_per_request(self) -> float:
        """How fast the app surely grows, in its heap and outside of it."""
        sizes = (self.rises.get(name) for name in ("heap_used", "external"))
        rates = [max(0.0, rise.growth.low) for rise in sizes if rise is not None]
        if rates:
            return sum(rates)
        # It was cut short before it had a slope.
        first, last = self.readings[0], self.readings[-1]
        grown_bytes = max(0, last.heap_used_bytes - first.heap_used_bytes)
        return grown_bytes / max(1, last.requests - first.requests)

    @property
    def objects_per_request(self) -> float | None:
        """How many more live objects there surely are with each request.

        None where they were not counted.
        """
        rise = self.rises.get("objects")
        if rise is not None:
            return rise.growth.low
        first, last = self.readings[0], self.readings[-1]
        if first.objects is None or last.objects is None:
            return None
        return (last.objects - first.objects) / max(1, last.requests - first.requests)

    @property
    def round_s(self) -> float:
        """How long the last round took with its reading; 0 if there was none."""
        if len(self.readings) < 2:
            return 0.0
        before, last = self.readings[-2:]
        return last.elapsed_s - before.elapsed_s


def screen(bench: Bench, *, fixed_requests: int | None = None) -> Screening:
    """Warm the app up and read its counters between rounds of load."""
    pace = _warm_up(bench, fixed_requests)
    bench.counts_objects = has_time_to_count(
        heap_bytes=bench.trail.memory.heap_used_bytes if bench.trail.memory else 0,
        look_s=bench.sampler.look_s,
        left_s=bench.deadline.remaining_s(),
    )
    screening = _run_rounds(bench, pace)
    if fixed_requests is not None:
        return screening
    pace = undisturbed(pace, screening.loop_delay.waited_share)
    return replace(screening, pace=pace)


def screen_again(bench: Bench, pace: Pace) -> Screening:
    """Run more and longer rounds, for an app that had not settled in the first ones."""
    return _run_rounds(bench, replace(pace, round=_LONGER_ROUNDS * pace.round))


def _run_rounds(bench: Bench, pace: Pace) -> Screening:
    readings = [bench.read()]
    before = bench.read_memory()
    delays: list[DelayHistogram] = []
    pauses: list[GcPause] = []
    load_s = waited_s = 0.0
    while len(readings) <= ROUNDS and not _has_seen_enough(bench, readings):
        bench.progress.tell(RoundBegun(number=len(readings), most=ROUNDS))
        bench.sampler.watch_load(bench.reply_deadline())
        waited_before_s = bench.waited_s()
        load_s += bench.load(pace.round, at_most_s=_ROUND_AT_MOST_S).elapsed_s
        waited_s += waited_between(waited_before_s, bench.waited_s())
        delay, more_pauses = bench.sampler.unwatch_load(bench.reply_deadline())
        delays.append(delay)
        bench.trail.delays.append(
            RoundDelay(requests=bench.requests, delay=pool_delays([delay]))
        )
        pauses += more_pauses
        readings.append(bench.read())
        note_openers(bench)
    return Screening(
        pace=pace,
        readings=tuple(readings),
        rises=rises_of(readings),
        memory=Memory(before=before, after=bench.read_memory()),
        loop_delay=pool_delays(
            delays, waited_share=min(1.0, waited_s / load_s) if load_s else 0.0
        ),
        gc_pauses=pool_pauses(pauses, load_s=load_s),
    )


def _warm_up(bench: Bench, fixed_requests: int | None) -> Pace:
    # An app that dies of its first requests is told by what it was before them.
    bench.read_memory()
    bench.trail.first_descriptors = count_outgoing(bench.descriptors())
    is_tight = bench.heap_room_bytes() < _TIGHT_BYTES
    unloaded_bytes = _size_bytes(bench) if is_tight else 0
    burst = bench.load(
        _BURST_REQUESTS if fixed_requests is None else 1, at_most_s=_BURST_AT_MOST_S
    )
    bench.read_memory()
    note_openers(bench)
    left_by_each = (
        (_size_bytes(bench) - unloaded_bytes) / max(1, burst.requests)
        if is_tight
        else 0
    )
    # The burst compiles half the app, so it is slower than what follows.
    pace = plan_pace(requests_per_s=2 * burst.requests_per_s, fixed=fixed_requests)
    affordable = _STEP_ROOM_SHARE * bench.heap_room_bytes() / max(left_by_each, 1.0)
    left, step = pace.warm_up, int(max(_BURST_REQUESTS, min(WARM_UP_STEP, affordable)))
    size_bytes = 0
    while left > 0:
        step = int(min(step, _affordable_descriptors(bench, _STEP_ROOM_SHARE)))
        result = bench.load(min(left, step), at_most_s=_WARM_UP_AT_MOST_S)
        note_openers(bench)
        before_bytes, size_bytes = size_bytes, _size_bytes(bench)
        grown_bytes = size_bytes - before_bytes if before_bytes else 0
        bytes_per_request = grown_bytes / max(result.requests, 1)
        pace = plan_pace(
            requests_per_s=result.requests_per_s,
            bytes_per_request=bytes_per_request,
            fixed=fixed_requests,
        )
        if result.requests < step or bytes_per_request > _FAST_GROWTH_BYTES:
            break
        left, step = left - step, 2 * step
    if fixed_requests is None:
        affordable = _affordable_descriptors(bench, _ROUND_DESCRIPTORS_SHARE)
        pace = replace(pace, round=int(min(pace.round, affordable)))
    return pace


def _affordable_descriptors(bench: Bench, share: float) -> float:
    """Return the load that takes this part of the descriptors that are left."""
    gained = count_outgoing(bench.descriptors()) - bench.trail.first_descriptors
    if gained < _SOME_DESCRIPTORS:
        return math.inf
    affordable = share * bench.descriptor_room() * bench.requests / gained
    return max(_FEWEST_REQUESTS, affordable)


def _size_bytes(bench: Bench) -> int:
    heap_bytes, external_bytes = bench.sampler.sizes(bench.reply_deadline())
    bench.read_memory()
    return heap_bytes + external_bytes


def _would_fill_heap(bench: Bench, readings: list[Reading]) -> bool:
    """Tell whether rounds like the last one would soon kill the app."""
    if len(readings) < 2:
        return False
    before, last = readings[-2:]
    grown_bytes = last.heap_used_bytes - before.heap_used_bytes
    return grown_bytes > _ROUND_ROOM_SHARE * bench.heap_room_bytes()


def _would_take_too_long(bench: Bench, readings: list[Reading]) -> bool:
    """Tell whether another round like the last one would not be over in time."""
    if len(readings) < 2:
        return False
    before, last = readings[-2:]
    longest_s = _ROUND_TIME_SHARE * bench.deadline.remaining_s()
    return last.elapsed_s - before.elapsed_s > longest_s


def _has_seen_enough(bench: Bench, readings: list[Reading]) -> bool:
    if (
        bench.deadline.has_passed()
        or _would_fill_heap(bench, readings)
        or _would_take_too_long(bench, readings)
    ):
        return True
    if len(readings) < FEWEST_READINGS:
        return False
    first, last = readings[0], readings[-1]
    grown_bytes = last.heap_used_bytes - first.heap_used_bytes
    grown_bytes += last.external_bytes - first.external_bytes
    taken_s = last.elapsed_s - first.elapsed_s
    taken_for_good = scarce_per_request(rises_of(readings)) * (
        last.requests - first.requests
    )
    late = taken_s > _BUDGET_SHARE * bench.deadline.allowed_s
    slow = taken_s > _SLOW_SCREEN_S
    many = grown_bytes > _SEEN_ENOUGH_BYTES or taken_for_good > _SEEN_ENOUGH_SCARCE
    return late or slow or many
