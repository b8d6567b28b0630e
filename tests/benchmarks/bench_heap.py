"""Seconds of a check by the size of the app's heap.

The app of `tests/benchmarks/heap_app.cjs` has a heap of small objects of many kinds, and
keeps a session of each request. A check takes three snapshots of the heap, whose time is
V8's and grows with the number of objects. Where they do not fit into the budget (60 s)
or into memory, it does without them, and counters and sampled allocations are all that
the verdict rests on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.checks import check_row, launched
from benchmarks.rows import Readings, Row, Size
from pytest_nodeleak.exceptions import NodeLeakError
from pytest_nodeleak.fixtures.outcome import Report

__all__ = ["measure_heap"]

_APP = Path(__file__).with_name("heap_app.cjs")
# The heap in MB, and how often.
_RUNS = {
    Size.FULL: {10: 3, 50: 2, 150: 1, 500: 1},
    Size.QUICK: {10: 1, 50: 1},
    Size.SMALLEST: {5: 1},
}
# The app is told the size of the snapshot's file; measured on Node 20.
_FILE_PER_HEAP = 1.6
_HEAP_LIMIT_MB = 4_000


def measure_heap(size: Size) -> Iterator[Row]:
    """Yield seconds by size, beside those of the smallest."""
    smallest: Row | None = None
    for heap_mb, repeats in _RUNS[size].items():
        started = time.perf_counter()
        try:
            reports = [_check(heap_mb, size) for _ in range(repeats)]
        except NodeLeakError as exc:
            yield _no_verdict(heap_mb, exc, time.perf_counter() - started)
            continue
        used_mb = reports[0].measurement.readings[0].heap_used_bytes / 1e6
        row = check_row(
            f"heap of {used_mb:.0f} MB", reports, verdict="leak", beside=smallest
        )
        yield row
        smallest = smallest or row


def _no_verdict(heap_mb: int, error: NodeLeakError, elapsed_s: float) -> Row:
    # So a user would see it: an error that says that the heap is too large.
    return Row(
        what=f"heap of {heap_mb} MB",
        unit="s",
        ours=Readings(values=(elapsed_s,)),
        note=f"no verdict, {type(error).__name__}",
    )


def _check(heap_mb: int, size: Size) -> Report:
    command = f"node {_APP.name} {round(heap_mb * _FILE_PER_HEAP)}"
    with launched(command, _APP.parent, size, max_old_space_size=_HEAP_LIMIT_MB) as app:
        return app.hammer("GET /{n}")
