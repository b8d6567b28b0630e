"""What a suite that checks no leak pays for having the plugin installed.

A suite of 1,000 tests that do nothing is run by a pytest in a process of its own: with
the plugin turned off (`-p no:nodeleak`), with it installed and not asked for, and
with `--nodeleak` and no test that uses it. What it adds is the difference in one turn.
Below that, the import of the plugin's entry point, after pytest's own.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.rows import Readings, Row, Size, in_turns
from benchmarks.timed_command import run_timed

__all__ = ["measure_overhead"]

_TESTS = {Size.FULL: 1_000, Size.QUICK: 1_000, Size.SMALLEST: 10}
_ROUNDS = {Size.FULL: 11, Size.QUICK: 3, Size.SMALLEST: 1}
_OFF = "pytest -p no:nodeleak"
_SETTINGS = {
    _OFF: ("-p", "no:nodeleak"),
    "plugin installed": (),
    "--nodeleak": ("--nodeleak",),
}
_TIME_IMPORT = """
import time
{before}
started = time.perf_counter()
import {module}
print(time.perf_counter() - started)
"""


def measure_overhead(size: Size) -> Iterator[Row]:
    """Yield seconds of a session, what the plugin adds, and its import."""
    tests = _TESTS[size]
    suite = "".join(f"def test_{number}():\n    pass\n" for number in range(tests))
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "test_trivial.py").write_text(suite, encoding="utf-8")
        read = in_turns(
            {
                name: partial(_session_s, flags, Path(directory))
                for name, flags in _SETTINGS.items()
            },
            rounds=_ROUNDS[size],
        )
    off = read.pop(_OFF)
    for name, seconds in read.items():
        yield Row(
            what=f"{tests:,} empty tests, {name}",
            unit="s",
            ours=seconds,
            peer=_OFF,
            theirs=off,
        )
    for name, seconds in read.items():
        yield Row(what=f"what that adds, {name}", unit="ms", ours=_more(seconds, off))
    imports = in_turns(
        {
            "plugin": partial(_import_ms, "pytest_nodeleak.plugin", "import pytest"),
            "pytest": partial(_import_ms, "pytest"),
        },
        rounds=_ROUNDS[size],
    )
    yield Row(
        what="import of pytest_nodeleak.plugin",
        unit="ms",
        ours=imports["plugin"],
        peer="import of pytest",
        theirs=imports["pytest"],
    )


def _session_s(flags: tuple[str, ...], directory: Path) -> float:
    # What the plugins beside ours do is the same each time; a cache would not be.
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *flags]
    return run_timed(command, cwd=directory).elapsed_s


def _more(seconds: Readings, off: Readings) -> Readings:
    pairs = zip(seconds.values, off.values, strict=True)
    return Readings(values=tuple((one - other) * 1000 for one, other in pairs))


def _import_ms(module: str, before: str = "") -> float:
    script = _TIME_IMPORT.format(module=module, before=before)
    return float(run_timed([sys.executable, "-c", script]).output) * 1000
