"""What the garbage collector did under load, as rows of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_nodeleak.evidence.gc_pauses import v8_name
from pytest_nodeleak.evidence.measurement import Measurement
from pytest_nodeleak.judging.breaches import Breach
from pytest_nodeleak.report.culprit import row
from pytest_nodeleak.units import format_bytes

__all__ = ["collector_rows"]


def collector_rows(
    measurement: Measurement, breaches: Sequence[Breach] = ()
) -> Iterator[str]:
    """Yield what it did if a limit of it is exceeded, or the heap is nearly full."""
    pauses = measurement.gc_pauses
    if measurement.is_thrashing:
        used = format_bytes(measurement.memory.after.heap_used_bytes)
        limit = format_bytes(measurement.heap_limit_bytes)
        yield row(
            "thrashing",
            f"{used} of the heap's {limit} stay after a collection, so that V8 collects"
            " again and again",
        )
    elif not any(breach.metric.startswith("gc_") for breach in breaches):
        return
    kinds = sorted(pauses.by_kind.items(), key=lambda one: -one[1].total_ms)
    told = (
        f"{v8_name(name)} {kind.count:,} times, {kind.total_ms:,.0f} ms in all, longest"
        f" {kind.max_ms:,.1f} ms"
        for name, kind in kinds
    )
    yield row("collector", f"{pauses.share:.0%} of the time: {'; '.join(told)}")
