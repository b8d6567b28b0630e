"""What the probe inside the app tells, as typed values.

It is JSON that the app's own process has made: an app that has replaced
``process.memoryUsage`` tells what it likes. Whatever is missing, or is no number where one
is expected, raises what Python raises for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_nodeleak.cdp.answers import whole
from pytest_nodeleak.evidence.gc_pauses import GcPause
from pytest_nodeleak.evidence.loop_delay import DelayHistogram
from pytest_nodeleak.evidence.measurement import Reading
from pytest_nodeleak.evidence.memory import HeapSpace, MemoryReading
from pytest_nodeleak.inspection.process_view import ProcessReading

__all__ = [
    "ListenerCensus",
    "census_of",
    "delays_of",
    "gains_of",
    "heap_bytes_of",
    "memory_of",
    "pauses_of",
    "reading_of",
]

_TIMER_RESOURCES = {"Timeout", "Immediate"}
_SOCKET_RESOURCES = {"TCPSocketWrap", "TLSWrap", "PipeWrap", "UDPWrap", "UDPWRAP"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerCensus:
    """What all live objects add up to.

    Attributes:
        objects: How many there are.
        listeners: Listeners of the EventEmitters and EventTargets among them.
        by_event: The same by class and event, the most frequent ones.

    """

    objects: int
    listeners: int
    by_event: Mapping[str, int]


def census_of(told: Mapping[str, Any]) -> ListenerCensus:
    """Read what the script ``listeners`` counts."""
    return ListenerCensus(
        objects=whole(told["objects"]),
        listeners=whole(told["listeners"]),
        by_event=_counts(told["byEvent"]),
    )


def gains_of(told: list[list[Any]]) -> list[tuple[int, int]]:
    """Read the positions of collections, each with its gain."""
    return [(whole(position), whole(gain)) for position, gain in told]


def heap_bytes_of(counters: Mapping[str, Any]) -> int:
    """Return the size of the heap as it is, without code."""
    return whole(counters["heapUsed"]) - whole(counters["code"])


def reading_of(  # noqa: PLR0913  # what a reading is made of
    counters: Mapping[str, Any],
    census: ListenerCensus | None,
    system: ProcessReading,
    *,
    requests: int,
    elapsed_s: float,
    heap_used_bytes: int,
) -> Reading:
    """Join the counters with what was counted otherwise."""
    resources = _counts(counters["resources"])
    timers = sum(resources.get(name, 0) for name in _TIMER_RESOURCES)
    return Reading(
        requests=requests,
        elapsed_s=elapsed_s,
        heap_used_bytes=heap_used_bytes,
        external_bytes=whole(counters["external"]),
        array_buffers_bytes=whole(counters["arrayBuffers"]),
        rss_bytes=whole(counters["rss"]),
        listeners=census.listeners if census else None,
        timers=timers,
        handles=sum(resources.values()) - timers,
        sockets=sum(resources.get(name, 0) for name in _SOCKET_RESOURCES),
        fds=system.fds,
        threads=system.threads,
        contexts=whole(counters["contexts"]),
        objects=census.objects if census else None,
        listeners_by_event=census.by_event if census else {},
    )


def memory_of(told: Mapping[str, Any], *, requests: int) -> MemoryReading:
    """Read all boxes of memory."""
    return MemoryReading(
        requests=requests,
        rss_bytes=whole(told["rss"]),
        heap_total_bytes=whole(told["heapTotal"]),
        heap_used_bytes=whole(told["heapUsed"]),
        heap_limit_bytes=whole(told["heapLimit"]),
        external_bytes=whole(told["external"]),
        array_buffers_bytes=whole(told["arrayBuffers"]),
        spaces={
            str(name): HeapSpace(used_bytes=whole(used), size_bytes=whole(size))
            for name, (used, size) in told["spaces"].items()
        },
    )


def delays_of(told: Mapping[str, Any]) -> DelayHistogram:
    """Read the event loop's delay under a load."""
    return DelayHistogram(
        count=whole(told["count"]),
        idle=whole(told["idle"]),
        percentiles=tuple(
            (float(percent), float(delay)) for percent, delay in told["percentiles"]
        ),
    )


def pauses_of(told: Mapping[str, Any]) -> tuple[GcPause, ...]:
    """Read the collector's pauses under a load."""
    return tuple(
        GcPause(kind=str(kind), pause_ms=float(pause_ms))
        for kind, pause_ms in told["pauses"]
    )


def _counts(told: Mapping[str, Any]) -> dict[str, int]:
    return {str(name): whole(count) for name, count in told.items()}
