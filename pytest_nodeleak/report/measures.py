"""The numbers of a check's record that are worth a curve, as one table."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_nodeleak.judging.counters import COUNTERS
from pytest_nodeleak.report.schema import Record

__all__ = ["MEASURES", "Measure"]

_LEVELS = {
    "rss": "Resident memory after the load of the screen.",
    "heap_used": "Used heap, code included, after the load of the screen.",
    "heap_total": "Heap that V8 has reserved after the load of the screen.",
    "heap_limit": "What V8 lets the heap become.",
    "external": "Memory outside the heap that JavaScript objects own, after the load.",
    "array_buffers": "The part of it that is Buffers and ArrayBuffers.",
}
_GROWTHS = {
    "slope": ("growth", ""),
    "low": ("growth_low", ": lower end of the 95 % interval"),
    "high": ("growth_high", ": upper end of the 95 % interval"),
    "limit": ("growth_limit", ": the most that is allowed"),
}
_WHAT = {
    "heap_used": "the heap, without code and after garbage collection",
    "external": "the memory outside the heap that JavaScript objects own",
    "array_buffers": "Buffers and ArrayBuffers",
    "rss": "resident memory",
    "objects": "the live objects",
    "listeners": "the event listeners",
    "timers": "the timers",
    "handles": "the open handles",
    "sockets": "the open sockets",
    "fds": "the open file descriptors",
    "contexts": "the JavaScript contexts",
    "threads": "the threads",
}
_MAIN = {
    "requests",
    "check_duration_seconds",
    "findings",
    "finding_bytes_per_request",
    "heap_used_growth_bytes_per_request",
    "heap_used_growth_low_bytes_per_request",
    "heap_used_growth_high_bytes_per_request",
    "external_growth_bytes_per_request",
    "rss_growth_bytes_per_request",
    "listeners_growth_per_request",
    "handles_growth_per_request",
    "fds_growth_per_request",
    "rss_bytes",
    "heap_used_bytes",
    "loop_delay_p50_seconds",
    "loop_delay_p99_seconds",
    "loop_delay_max_seconds",
    "gc_pause_p99_seconds",
    "gc_pause_max_seconds",
    "gc_time_ratio",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number that a check may have.

    Attributes:
        name: In Prometheus' words: the unit is the end, in bytes and seconds.
        unit: As OpenMetrics has it, e.g. ``bytes``; empty if it is a count.
        help: One sentence.
        read: From the check's record; None where it was not measured.

    """

    name: str
    unit: str = ""
    help: str
    read: Callable[[Record], float | None]

    @property
    def is_main(self) -> bool:
        """Whether it is worth a metric where each of them is paid for."""
        return self.name in _MAIN


def _at(*keys: str, times: float = 1) -> Callable[[Record], float | None]:
    """Return a reader of what is at a path, multiplied; None where a part is missing."""

    def read(check: Record) -> float | None:
        found: Any = check
        for key in keys:
            found = found.get(key) if found is not None else None
        return None if found is None else found * times

    return read


def _of_findings(
    combine: Callable[[Sequence[Record]], float],
) -> Callable[[Record], float | None]:
    """Return a reader of what was found; of a check that ended, nothing found is 0."""

    def read(check: Record) -> float | None:
        if check["verdict"] in {"crashed", "error"}:
            return None
        return combine([one for one in check["findings"] if not one["suppressed"]])

    return read


def _largest(field: str) -> Callable[[Sequence[Record]], float]:
    read = operator.itemgetter(field)
    return lambda findings: max(map(read, findings), default=0)


def _growths() -> Iterator[Measure]:
    for counter in COUNTERS:
        unit = "bytes_per_request" if counter.unit.startswith("B/") else ""
        for field, (name, text) in _GROWTHS.items():
            yield Measure(
                name=f"{counter.name}_{name}_{unit or 'per_request'}",
                unit=unit,
                help=f"What a request adds to {_WHAT[counter.name]}{text}.",
                read=_at("metrics", counter.name, field),
            )


def _delays() -> Iterator[Measure]:
    kinds = {
        "loop_delay": "delay of the event loop under load",
        "gc_pause": "pause for garbage collection under load",
    }
    parts = {
        "p50": "Median",
        "p99": "99th percentile of the",
        "max": "Longest",
        "limit": "The most that is allowed of the 99th percentile of the",
    }
    for metric, what in kinds.items():
        for part, text in parts.items():
            yield Measure(
                name=f"{metric}_{part}_seconds",
                unit="seconds",
                help=f"{text} {what}.",
                read=_at("metrics", metric, f"{part}_ms", times=0.001),
            )


MEASURES: tuple[Measure, ...] = (
    Measure(
        name="requests",
        help="Requests that a check has sent.",
        read=_at("requests"),
    ),
    Measure(
        name="check_duration_seconds",
        unit="seconds",
        help="How long a check took.",
        read=_at("seconds"),
    ),
    Measure(
        name="findings",
        help="Culprits that a check has named, without suppressed ones.",
        read=_of_findings(len),
    ),
    Measure(
        name="finding_objects_per_request",
        help="Objects that stay of each request, of the worst finding; 0 without one.",
        read=_of_findings(_largest("objects_per_request")),
    ),
    Measure(
        name="finding_bytes_per_request",
        unit="bytes_per_request",
        help="Memory that stays of each request, of the worst finding; 0 without one.",
        read=_of_findings(_largest("bytes_per_request")),
    ),
    Measure(
        name="detectable_objects_per_request",
        help="The smallest leak that would have been seen, in objects per request.",
        read=_at("detectable", "objects_per_request"),
    ),
    Measure(
        name="detectable_bytes_per_request",
        unit="bytes_per_request",
        help="The smallest leak that would have been seen, in bytes per request.",
        read=_at("detectable", "bytes_per_request"),
    ),
    *_growths(),
    *(
        Measure(
            name=f"{box}_bytes",
            unit="bytes",
            help=text,
            read=_at("memory", "after", f"{box}_bytes"),
        )
        for box, text in _LEVELS.items()
    ),
    *_delays(),
    Measure(
        name="gc_time_ratio",
        unit="ratio",
        help="Part of the time under load that went into garbage collection, 0 to 1.",
        read=_at("metrics", "gc_pause", "share"),
    ),
)
