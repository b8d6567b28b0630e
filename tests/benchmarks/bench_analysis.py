"""Seconds and memory from three snapshot files to a culprit, ours and the peers'.

Each reader is a process of its own that reads the same files, one reader at a time; ours
is `python -m pytest_nodeleak diff`. What the peers do, and which of them names the
culprit, is said in [analysis.md](analysis.md#speed-beside-other-readers), whose table is
printed by `PYTHONPATH=tests python -m benchmarks.bench_analysis 5 50 150 500`.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from peers.readers import INSTALLED, peer_node

from benchmarks.heap_files import LEAKING, make_heap_files
from benchmarks.rows import Readings, Row, Size
from benchmarks.timed_command import run_timed
from pytest_nodeleak.nodejs.binary import find_node

_SIZES_MB = (5, 50)
_OURS = "pytest_nodeleak diff"
_HEADER = (
    "MB",
    "reader",
    *("seconds", "x ours", "CPU seconds", "x ours", "peak MB", "x ours"),
    "names the holder",
)
_TIMEOUT_S = 3_600.0
_HEAP_MIB = 14_000
# Of a small file, what is measured is as much the machine's mood.
_REPEATS = {5: 5, 50: 3}
# For the table that has all benchmarks: the size of the files, and how often.
_RUNS = {
    Size.FULL: {5: 3, 50: 3, 150: 1},
    Size.QUICK: {5: 1},
    Size.SMALLEST: {5: 1},
}


_BY_ITS_OWN_RULES = "memlab find-leaks"
_LEFT_OUT: Mapping[Size, Collection[str]] = {
    Size.FULL: {_BY_ITS_OWN_RULES},
    Size.QUICK: {_BY_ITS_OWN_RULES},
    Size.SMALLEST: {
        _BY_ITS_OWN_RULES,
        f"{_BY_ITS_OWN_RULES} --trace-all-objects",
        "DevTools",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One reader's run over three files.

    Attributes:
        elapsed_s: From its start to its end.
        cpu_s: Processor time of all its threads, which a busy machine changes less.
        peak_rss_bytes: The most resident memory it had.
        status: What it ended with; negative if it was killed.
        names_holder: Whether what holds the leaking objects is named in its output.

    """

    elapsed_s: float
    cpu_s: float
    peak_rss_bytes: int
    status: int
    names_holder: bool


_READINGS: Mapping[str, Callable[[Run], float]] = {
    "s": lambda run: run.elapsed_s,
    "MB": lambda run: run.peak_rss_bytes / 1e6,
}


def analysis_rows(size: Size) -> Iterator[Row]:
    """Yield seconds and peak memory, beside those of each peer that has an answer."""
    node = find_node(None, os.environ)
    for size_mb, repeats in _RUNS[size].items():
        files = make_heap_files(node, size_mb)
        runs = _measure(files, repeats=repeats, leave_out=_LEFT_OUT[size])
        actual_mb = sum(file.stat().st_size for file in files) / len(files) / 1e6
        ours = runs.pop(_OURS)
        for unit, reading in _READINGS.items():
            for reader, theirs in runs.items():
                yield Row(
                    what=f"three files of {actual_mb:.0f} MB",
                    unit=unit,
                    ours=Readings.of(ours, reading),
                    peer=f"{reader}{_shortfall(theirs)}",
                    theirs=Readings.of(theirs, reading),
                )


def _shortfall(runs: Sequence[Run]) -> str:
    if any(run.status for run in runs):
        return " (fails)"
    return "" if all(run.names_holder for run in runs) else " (names no holder)"


def measure_analysis(sizes_mb: Sequence[int] = _SIZES_MB) -> None:
    """Print a table with a row per size and reader, and ratios to ours."""
    if not (INSTALLED / "node_modules").is_dir():
        sys.exit(f"{INSTALLED} is not installed: run make bench")
    node = find_node(None, os.environ)
    print(f"snapshots of Node {node.version}, peers on Node {peer_node().version}")
    print(f"\n| {' | '.join(_HEADER)} |")
    print("| --- " * len(_HEADER) + "|")
    for size_mb in sizes_mb:
        files = make_heap_files(node, size_mb)
        actual_mb = sum(file.stat().st_size for file in files) / len(files) / 1e6
        for line in _rows(_measure(files, repeats=_REPEATS.get(size_mb, 1))):
            print(f"| {actual_mb:.0f} {line}", flush=True)


def _measure(
    files: Sequence[Path], *, repeats: int, leave_out: Collection[str] = ()
) -> dict[str, list[Run]]:
    runs: dict[str, list[Run]] = {}
    for _ in range(repeats):
        for reader, command in _commands(files).items():
            if reader not in leave_out:
                runs.setdefault(reader, []).append(_run(command))
    return runs


def _commands(files: Sequence[Path]) -> Mapping[str, Sequence[str | Path]]:
    nodejs: Sequence[str | Path] = [
        peer_node().path,
        f"--max-old-space-size={_HEAP_MIB}",
    ]
    memlab: Sequence[str | Path] = [
        *nodejs,
        "--expose-gc",
        INSTALLED / "node_modules" / "memlab" / "bin" / "memlab",
        "find-leaks",
        *("--baseline", files[0], "--target", files[1], "--final", files[2]),
    ]
    return {
        _OURS: [sys.executable, "-m", "pytest_nodeleak", "diff", *files],
        # Its own rules for a leak are about pages in a browser.
        _BY_ITS_OWN_RULES: memlab,
        f"{_BY_ITS_OWN_RULES} --trace-all-objects": [*memlab, "--trace-all-objects"],
        "DevTools": [*nodejs, INSTALLED / "compare-devtools.mjs", *files],
        "v8-heap-parser": [*nodejs, INSTALLED / "compare-v8-heap-parser.cjs", *files],
    }


def _run(command: Sequence[str | Path]) -> Run:
    with tempfile.TemporaryDirectory() as directory:
        if "find-leaks" in command:
            command = [*command, "--work-dir", directory]
        finished = run_timed(command, timeout_s=_TIMEOUT_S, expect_status=None)
    return Run(
        elapsed_s=finished.elapsed_s,
        cpu_s=finished.cpu_s,
        peak_rss_bytes=finished.peak_rss_bytes,
        status=finished.status,
        names_holder=LEAKING in finished.output,
    )


def _rows(runs: Mapping[str, list[Run]]) -> Iterator[str]:
    ours = _medians(runs[_OURS])
    for reader, of_reader in runs.items():
        cells = []
        theirs = _medians(of_reader)
        for their, our, digits in zip(theirs, ours, (1, 1, 0), strict=True):
            cells += [f"{their:,.{digits}f}", f"{their / our:.1f}"]
        # Ours ends with 1 if something grew, as diff does.
        failed = {run.status for run in of_reader} - {0, int(reader == _OURS)}
        named = "yes" if all(run.names_holder for run in of_reader) else "no"
        cells.append(f"failed: {sorted(failed)}" if failed else named)
        yield f"| {reader} | {' | '.join(cells)} |"


def _medians(runs: Sequence[Run]) -> tuple[float, float, float]:
    return (
        statistics.median(run.elapsed_s for run in runs),
        statistics.median(run.cpu_s for run in runs),
        statistics.median(run.peak_rss_bytes for run in runs) / 1e6,
    )


if __name__ == "__main__":
    print(f"{platform.platform()}, {os.cpu_count()} cores,", end=" ")
    print(f"Python {platform.python_version()}")
    measure_analysis([int(argument) for argument in sys.argv[1:]] or _SIZES_MB)
