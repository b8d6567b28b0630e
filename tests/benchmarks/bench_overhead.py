"""What a suite that checks no leak pays for having the plugin installed.

A suite of 1,000 tests that do nothing is run by a pytest in a process of its own, without
any other plugin: with ours turned off (`-p no:nodeleak`), with ours installed and not
asked for, and with `--nodeleak` and no test that uses it. What it adds is the difference
within a turn, by the clock and in processor time. Below that, the import of the plugin's
entry point, after pytest's own.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path

from benchmarks.rows import Readings, Row, Size, in_turns
from benchmarks.timed_command import Finished, run_timed

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
    sessions = _sessions(tests, rounds=_ROUNDS[size])
    off = sessions.pop(_OFF)
    for name, ours in sessions.items():
        yield Row(
            what=f"{tests:,} empty tests, {name}",
            unit="s",
            ours=Readings.of(ours, _elapsed_s),
            peer=_OFF,
            theirs=Readings.of(off, _elapsed_s),
        )
    for name, ours in sessions.items():
        yield _what_it_adds(name, "ms", ours, off, _elapsed_s)
        yield _what_it_adds(name, "CPU ms", ours, off, _cpu_s)
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
        ours=Readings(values=tuple(imports["plugin"])),
        peer="import of pytest",
        theirs=Readings(values=tuple(imports["pytest"])),
    )


def _sessions(tests: int, *, rounds: int) -> dict[str, list[Finished]]:
    suite = "".join(f"def test_{number}():\n    pass\n" for number in range(tests))
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "test_empty.py").write_text(suite, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", *_without_others()]
        return in_turns(
            {
                name: partial(run_timed, [*command, *flags], cwd=Path(directory))
                for name, flags in _SETTINGS.items()
            },
            rounds=rounds,
        )


def _without_others() -> Iterator[str]:
    # A cache would make the first session another one than those after it.
    yield from ("-p", "no:cacheprovider")
    for plugin in entry_points(group="pytest11"):
        if plugin.name != "nodeleak":
            yield from ("-p", f"no:{plugin.name}")


def _what_it_adds(
    name: str,
    unit: str,
    ours: Sequence[Finished],
    off: Sequence[Finished],
    reading: Callable[[Finished], float],
) -> Row:
    pairs = zip(ours, off, strict=True)
    more_ms = [(reading(one) - reading(other)) * 1000 for one, other in pairs]
    return Row(
        what=f"what that adds, {name}", unit=unit, ours=Readings(values=tuple(more_ms))
    )


def _elapsed_s(session: Finished) -> float:
    return session.elapsed_s


def _cpu_s(session: Finished) -> float:
    return session.cpu_s


def _import_ms(module: str, before: str = "") -> float:
    script = _TIME_IMPORT.format(module=module, before=before)
    return float(run_timed([sys.executable, "-c", script]).output) * 1000
