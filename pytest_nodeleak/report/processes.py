"""The processes of an app as rows of a report."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_nodeleak.evidence.measurement import Measurement, ProcessSummary
from pytest_nodeleak.report.culprit import row

__all__ = ["process_rows"]


def process_rows(measurement: Measurement) -> Iterator[str]:
    """Say of each process how much of the load it got and what became of it."""
    for number, one in enumerate(measurement.processes):
        yield row("" if number else "processes", _summary(one))


def _summary(one: ProcessSummary) -> str:
    before, after = (size / 1e6 for size in one.heap_bytes)
    verdict = (one.verdict or "not judged").replace("_", " ")
    return (
        f"{one.label}: {verdict}, {one.requests:,} requests ({one.load_share:.0%}), heap"
        f" {before:.1f} -> {after:.1f} MB"
    )
