"""Seconds and memory of the commands that need no pytest.

`show` and `redact` read one heap snapshot from a file; what `diff` takes of three is among
the rows of *analysis*. `doctor` looks at the machine, for which it starts a tiny app.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.heap_files import make_heap_files
from benchmarks.rows import Readings, Row, Size
from benchmarks.timed_command import Finished, run_timed
from pytest_nodeleak.nodejs.binary import find_node

__all__ = ["measure_commands"]

# Of the file in MB, and how often.
_RUNS = {Size.FULL: {50: 2, 150: 1}, Size.QUICK: {5: 1}, Size.SMALLEST: {}}
_DOCTOR = {Size.FULL: 2, Size.QUICK: 1, Size.SMALLEST: 1}


def measure_commands(size: Size) -> Iterator[Row]:
    """Yield seconds, and the peak of resident memory where that is more than Python's."""
    node = find_node(None, os.environ)
    for megabytes, repeats in _RUNS[size].items():
        file, *_ = make_heap_files(node, megabytes)
        actual = f"{file.stat().st_size / 1e6:.0f} MB"
        for command in ("show", "redact"):
            runs = [_run_on(file, command) for _ in range(repeats)]
            yield from _rows(f"{command}, {actual}", runs)
    # It ends with 1 where something will not work, and has then looked all the same.
    looks = [
        run_timed(_command("doctor"), expect_status=(0, 1))
        for _ in range(_DOCTOR[size])
    ]
    yield Row(what="doctor", unit="s", ours=Readings.of(looks, _elapsed_s))


def _command(*arguments: str | Path) -> list[str | Path]:
    return [sys.executable, "-m", "pytest_nodeleak", *arguments]


def _run_on(file: Path, command: str) -> Finished:
    with tempfile.TemporaryDirectory() as directory:
        written = [Path(directory, file.name)] if command == "redact" else []
        return run_timed(_command(command, file, *written))


def _rows(what: str, runs: Sequence[Finished]) -> Iterator[Row]:
    yield Row(what=what, unit="s", ours=Readings.of(runs, _elapsed_s))
    peak = Readings.of(runs, lambda one: one.peak_rss_bytes / 1e6)
    yield Row(what=what, unit="MB", ours=peak)


def _elapsed_s(run: Finished) -> float:
    return run.elapsed_s
