"""The counters of a reading: how they are called, and how far a clean app lets them wander.

A counter that rises is no proof yet. It has to rise beyond what clean apps show (a pool of
connections that opens, a slab of Buffers), beyond the allowance per request with its whole
confidence interval, and what it gained has to stay when more load has come and gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_nodeleak.evidence.measurement import Reading, Rise
from pytest_nodeleak.evidence.trend import FEWEST_READINGS, slope_per_request
from pytest_nodeleak.judging.policy import LeakPolicy

__all__ = [
    "COUNTERS",
    "Counter",
    "is_exceeded",
    "rises_of",
    "rising",
    "scarce_per_request",
    "with_kept",
]

# A pool or a cache that fills up grows no more, or hardly, under the load that follows.
_PLATEAU_SHARE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """One counter.

    Attributes:
        name: As in the JSON record.
        text: What a report says when there is too much of it.
        unit: Of its growth.
        value: Reads it; None where it could not be counted.
        limit: The policy's field with the growth allowed per request.
        wanders_by: A clean app may gain this much in all.
        is_scarce: The system has few of them: an app that takes ever more dies soon.

    """

    name: str
    text: str
    unit: str
    value: Callable[[Reading], float | None]
    limit: str
    wanders_by: float
    is_scarce: bool = False


COUNTERS: tuple[Counter, ...] = (
    Counter(
        name="heap_used",
        text="the heap grows",
        unit="B/request",
        value=lambda reading: reading.heap_used_bytes,
        limit="heap_slope_bytes",
        wanders_by=200e3,
    ),
    Counter(
        name="external",
        text="external memory grows",
        unit="B/request",
        value=lambda reading: reading.external_bytes,
        limit="external_slope_bytes",
        wanders_by=256e3,
    ),
    Counter(
        name="array_buffers",
        text="ArrayBuffers grow",
        unit="B/request",
        value=lambda reading: reading.array_buffers_bytes,
        limit="array_buffers_slope_bytes",
        wanders_by=256e3,
    ),
    Counter(
        name="rss",
        text="resident memory grows",
        unit="B/request",
        value=lambda reading: reading.rss_bytes,
        limit="rss_slope_bytes",
        # The first thousands of requests of any app bring that much.
        wanders_by=50e6,
    ),
    Counter(
        name="objects",
        text="live objects grow",
        unit="objects/request",
        value=lambda reading: reading.objects,
        limit="object_growth",
        # Half of what an app makes while it warms up.
        wanders_by=1000,
    ),
    Counter(
        name="listeners",
        text="listeners grow",
        unit="listeners/request",
        value=lambda reading: reading.listeners,
        limit="listener_growth",
        # Ten for each keep-alive connection, inbound and outbound.
        wanders_by=60,
    ),
    Counter(
        name="timers",
        text="timers grow",
        unit="timers/request",
        value=lambda reading: reading.timers,
        limit="timer_growth",
        wanders_by=20,
    ),
    Counter(
        name="handles",
        text="open handles grow",
        unit="handles/request",
        value=lambda reading: reading.handles,
        limit="handle_growth",
        wanders_by=20,
        is_scarce=True,
    ),
    Counter(
        name="sockets",
        text="open sockets grow",
        unit="sockets/request",
        value=lambda reading: reading.sockets,
        limit="socket_growth",
        wanders_by=20,
        is_scarce=True,
    ),
    Counter(
        name="fds",
        text="file descriptors grow",
        unit="descriptors/request",
        value=lambda reading: reading.fds,
        limit="fd_growth",
        wanders_by=20,
        is_scarce=True,
    ),
    Counter(
        name="contexts",
        text="JavaScript contexts grow",
        unit="contexts/request",
        value=lambda reading: reading.contexts,
        limit="context_growth",
        wanders_by=4,
    ),
    Counter(
        name="threads",
        text="threads grow",
        unit="threads/request",
        value=lambda reading: reading.threads,
        limit="thread_growth",
        # libuv's pool of four starts with the first file or hash.
        wanders_by=8,
        is_scarce=True,
    ),
)


def rises_of(readings: Sequence[Reading]) -> Mapping[str, Rise]:
    """Return the slope of every counter; none where there are too few readings."""
    # At the end of its time a round may send nothing: another reading of the same moment.
    readings = list({reading.requests: reading for reading in readings}.values())
    if len(readings) < FEWEST_READINGS:
        return {}
    requests = [reading.requests for reading in readings]
    rises = {}
    for counter in COUNTERS:
        values = [counter.value(reading) for reading in readings]
        known = [value for value in values if value is not None]
        if len(known) == len(values):
            rises[counter.name] = Rise(
                growth=slope_per_request(requests, known),
                first=known[0],
                last=known[-1],
            )
    return rises


def with_kept(
    rises: Mapping[str, Rise], *, screened: Reading, last: Reading
) -> Mapping[str, Rise]:
    """Return the rises with what more load added for good.

    Args:
        rises: By counter.
        screened: The reading after the last round.
        last: A settled one after the push and the silence.

    """
    requests = max(1, last.requests - screened.requests)
    kept = dict(rises)
    for counter in COUNTERS:
        before, after = counter.value(screened), counter.value(last)
        if counter.name in rises and before is not None and after is not None:
            rise = rises[counter.name]
            kept[counter.name] = replace(rise, kept=(after - before) / requests)
    return kept


def is_exceeded(rise: Rise, counter: Counter, policy: LeakPolicy) -> bool:
    """Tell whether a counter is proven to grow beyond its limit.

    Significance alone is not enough with hundreds of requests per reading: a rise must
    also be larger than what clean apps show, and must have gone on for good since.
    """
    limit = getattr(policy, counter.limit)
    if limit is None or rise.growth <= limit:
        return False
    if rise.last - rise.first <= counter.wanders_by:
        return False
    goes_on = max(limit, _PLATEAU_SHARE * rise.growth.value)
    return rise.kept is None or rise.kept > goes_on


def scarce_per_request(rises: Mapping[str, Rise]) -> float:
    """Return how many descriptors, threads and the like each request takes for good."""
    taken = (
        rises[counter.name].growth.low
        for counter in COUNTERS
        if counter.is_scarce and counter.name in rises
    )
    return max(0.0, *taken, 0.0)


def rising(rises: Mapping[str, Rise], policy: LeakPolicy) -> tuple[Counter, ...]:
    """Return the counters that are proven to grow beyond their limits."""
    return tuple(
        counter
        for counter in COUNTERS
        if counter.name in rises and is_exceeded(rises[counter.name], counter, policy)
    )
