"""``trend``: how rates went from one saved baseline to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pytest_nodeleak.baselines.file import BaselineFile, read_baseline
from pytest_nodeleak.baselines.rate_history import history_of
from pytest_nodeleak.commands.answer import Answer
from pytest_nodeleak.commands.asked import TrendAsked
from pytest_nodeleak.report.culprit import printable
from pytest_nodeleak.report.rate_history import history_lines, history_record

__all__ = ["trend"]


def trend(asked: TrendAsked) -> Answer:
    """Print a history of the files that were asked for.

    Raises:
        InvalidSetting: If one of them is no baseline.

    """
    baselines = [read_baseline(_file(path)) for path in asked.files]
    history = history_of(baselines, _labels(asked.files))
    return Answer(
        lines=[printable(line) for line in history_lines(history)],
        record=history_record(history),
    )


def _file(path: Path) -> BaselineFile:
    return BaselineFile(
        name=path.stem, path=path, option="file", given=str(path), source="trend"
    )


def _labels(files: Sequence[Path]) -> Sequence[str]:
    """Call files by their names, or by their paths where names are the same."""
    names = Counter(file.stem for file in files)
    return [file.stem if names[file.stem] == 1 else str(file) for file in files]
