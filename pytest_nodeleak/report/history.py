"""How a check went, as series for the JSON record: compact, since every check has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from pytest_nodeleak.evidence.measurement import (
    History,
    Reading,
    RoundDelay,
    WatchedFinding,
)
from pytest_nodeleak.evidence.occupancy import (
    Curve,
    Drained,
    Linear,
    OccupancyReading,
    Plateau,
    Timed,
    Unclear,
)
from pytest_nodeleak.report.schema import Record

__all__ = ["history_record", "suspects_record"]

# A chart of more points looks the same.
_MOST_READINGS = 60
_COUNTERS: Mapping[str, Callable[[Reading], int | None]] = {
    "heap_used_bytes": lambda one: one.heap_used_bytes,
    "external_bytes": lambda one: one.external_bytes,
    "array_buffers_bytes": lambda one: one.array_buffers_bytes,
    "rss_bytes": lambda one: one.rss_bytes,
    "objects": lambda one: one.objects,
    "listeners": lambda one: one.listeners,
    "timers": lambda one: one.timers,
    "handles": lambda one: one.handles,
    "fds": lambda one: one.fds,
    "threads": lambda one: one.threads,
}
_CURVES: Mapping[type[Curve], str] = {
    Linear: "linear",
    Plateau: "plateau",
    Drained: "drained",
    Timed: "timed",
    Unclear: "unclear",
}

T = TypeVar("T")


def history_record(history: History) -> Record:
    """Return the readings of a check, one list for each counter, and its stages."""
    readings = _thinned(history.readings)
    return {
        "requests": [one.requests for one in readings],
        "seconds": [round(one.elapsed_s, 2) for one in readings],
        **{name: [read(one) for one in readings] for name, read in _COUNTERS.items()},
        # A round that ended before the loop was looked at tells nothing.
        "loop_delay": [_delay(one) for one in history.delays if one.delay.count],
        "stages": [
            {
                "name": one.stage,
                "requests": one.requests,
                "seconds": round(one.elapsed_s, 2),
            }
            for one in history.stages
        ],
    }


def _delay(one: RoundDelay) -> Record:
    return {
        "requests": one.requests,
        "p50_ms": round(one.delay.p50_ms, 2),
        "p99_ms": round(one.delay.p99_ms, 2),
        "max_ms": round(one.delay.max_ms, 2),
    }


def suspects_record(watched: Sequence[WatchedFinding]) -> list[Record]:
    """Return every suspect with what became of it, leaks and others."""
    return [_suspect(one) for one in watched]


def _suspect(one: WatchedFinding) -> Record:
    holder, readings = one.finding.holder, _thinned(one.readings)
    started_s = readings[0].elapsed_s if readings else 0.0
    return {
        "name": holder.name if holder else one.finding.title,
        "class": holder.class_name if holder else "",
        "fingerprint": one.finding.fingerprint,
        "curve": _CURVES[type(one.curve)],
        "reason": one.curve.reason if isinstance(one.curve, Unclear) else None,
        "bound": one.bound,
        "requests": [reading.requests for reading in readings],
        "seconds": [round(reading.elapsed_s - started_s, 2) for reading in readings],
        "entries": [reading.size for reading in readings],
        "silent": _silent_since(readings),
    }


def _silent_since(readings: Sequence[OccupancyReading]) -> int | None:
    """Return the position of the first reading without load; they come last."""
    idle = (number for number, one in enumerate(readings) if one.idle)
    return next(idle, None)


def _thinned(readings: Sequence[T]) -> Sequence[T]:
    """Return evenly spread readings, the first and the last among them."""
    last = len(readings) - 1
    if last < _MOST_READINGS:
        return readings
    steps = range(_MOST_READINGS)
    return [readings[round(step * last / (_MOST_READINGS - 1))] for step in steps]
