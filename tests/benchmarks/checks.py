"""One check of an app, as a test makes it, for benchmarks to time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.rows import Readings, Row, Size
from pytest_nodeleak.fixtures.app import NodeApp
from pytest_nodeleak.fixtures.factory import NodeLeak
from pytest_nodeleak.fixtures.outcome import Report
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.settings.marker import MarkerSettings
from pytest_nodeleak.settings.settings import Settings

__all__ = ["budget_s", "check_row", "launched", "written"]

# The default; and one in which a check only shows that it can be made.
_BUDGET_S = 60.0
_SMALLEST_BUDGET_S = 2.0
# An app that fills a large heap first is no slow check.
_READY_S = 120.0


def budget_s(size: Size) -> float:
    """Return the seconds that a check may take."""
    return _SMALLEST_BUDGET_S if size is Size.SMALLEST else _BUDGET_S


@contextmanager
def launched(
    command: str,
    cwd: Path,
    size: Size,
    *,
    env: Mapping[str, str] | None = None,
    max_old_space_size: int | None = None,
) -> Iterator[NodeApp]:
    """Start an app as the ``node_app`` fixture does; it ends with the block."""
    factory = NodeLeak(
        settings=Settings(cwd=cwd, ready_timeout_s=_READY_S),
        marker=MarkerSettings(policy=LeakPolicy(), budget_s=budget_s(size)),
        test="benchmark",
        record=lambda _check: None,
    )
    try:
        yield factory.launch(command, env=env, max_old_space_size=max_old_space_size)
    finally:
        factory.close()


@contextmanager
def written(source: str, name: str = "app.cjs") -> Iterator[Path]:
    """Write an app into a directory of its own, which goes with the block."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, name).write_text(source, encoding="utf-8")
        yield Path(directory)


def check_row(
    what: str, reports: Sequence[Report], *, verdict: str, beside: Row | None = None
) -> Row:
    """Return the seconds of checks that should all have this verdict.

    Args:
        what: Was checked.
        reports: One of each check.
        verdict: The right one; of a leak a culprit has to be named as well.
        beside: The row that this one is held against.

    """
    right = sum(
        one.verdict == verdict
        and (verdict != "leak" or one.findings[0].holder is not None)
        for one in reports
    )
    return Row(
        what=what,
        unit="s",
        ours=Readings.of(reports, lambda one: one.measurement.elapsed_s),
        peer=beside.what if beside else "",
        theirs=beside.ours if beside else None,
        note=f"{right} of {len(reports)} right",
    )
