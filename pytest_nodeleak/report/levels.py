"""How the counters went, as one row of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_nodeleak.evidence.measurement import Measurement, Reading
from pytest_nodeleak.evidence.occupancy import Linear
from pytest_nodeleak.judging.counters import COUNTERS, Counter
from pytest_nodeleak.report.culprit import row
from pytest_nodeleak.report.sparkline import sparkline
from pytest_nodeleak.units import format_bytes

__all__ = ["heap_curve", "levels", "native_row"]

# A clean heap wanders this much from one reading to the next.
_FLAT_BYTES = 200_000


def heap_curve(used_bytes: Sequence[float]) -> str:
    """Return how the heap went, and its first and last size; at least one is given."""
    curve = sparkline(used_bytes, smallest_range=_FLAT_BYTES)
    return f"{curve} {used_bytes[0] / 1e6:.1f} -> {used_bytes[-1] / 1e6:.1f} MB"


def levels(measurement: Measurement) -> str:
    """Return first and last level of the heap, and what else grew."""
    readings = [*measurement.readings]
    if measurement.last_reading is not None:
        readings.append(measurement.last_reading)
    if not readings:
        return "not read"
    used = [reading.heap_used_bytes for reading in readings]
    first, last = readings[0], readings[-1]
    parts = [
        heap_curve(used),
        f"listeners {_gained(first.listeners, last.listeners)}",
        f"timers {last.timers - first.timers:+,}",
        f"loop p99 {measurement.loop_delay.p99_ms:,.0f} ms",
    ]
    grown_external = last.external_bytes - first.external_bytes
    if grown_external > _FLAT_BYTES:
        parts.insert(1, f"external +{format_bytes(grown_external)}")
    parts += [
        f"{counter.name} +{grown:,.0f}"
        for counter in COUNTERS
        if counter.is_scarce and (grown := _grown(counter, first, last)) > 0
    ]
    return "      ".join(parts)


def _gained(first: int | None, last: int | None) -> str:
    return "not counted" if first is None or last is None else f"{last - first:+,}"


def native_row(measurement: Measurement) -> Iterator[str]:
    """Say that resident memory grows by itself, if it does: nothing else shows that."""
    grown_bytes, requests = measurement.native_growth
    if not grown_bytes:
        return
    each = format_bytes(grown_bytes / max(1, requests))
    leaks = any(isinstance(one.curve, Linear) for one in measurement.watched)
    said = "an addon, a database, threads) or fragmentation, and no heap leak"
    if leaks:
        said = "of what piles up, or of others) or fragmentation"
    yield row(
        "native",
        f"resident memory grew by {format_bytes(grown_bytes)} ({each}/request) beside heap"
        f" and external memory: native memory ({said}",
    )


def _grown(counter: Counter, first: Reading, last: Reading) -> float:
    """Return by how much a counter rose beyond what clean apps show; 0 if it did not."""
    before, after = counter.value(first), counter.value(last)
    if before is None or after is None or after - before <= counter.wanders_by:
        return 0.0
    return after - before
