"""What becomes of tests, attempt by attempt: a leak that a test lets pass is no failure."""

from __future__ import annotations

from typing import Any

import pytest

__all__ = ["Attempts", "interrupted"]


class Attempts:
    """Follows each test from phase to phase."""

    def __init__(self) -> None:
        self._outcomes: dict[str, str] = {}

    def note(self, report: pytest.TestReport) -> None:
        """Take note of a phase. An attempt has failed if one of its phases has."""
        so_far = self._outcomes.get(report.nodeid, "passed")
        if report.when == "setup" or so_far == "passed":
            self._outcomes[report.nodeid] = str(report.outcome)

    def of(self, report: pytest.TestReport) -> dict[str, Any]:
        """Return the record of the attempt that a report is of."""
        outcome = self._outcomes.get(report.nodeid, str(report.outcome))
        return _told(report, outcome)


def interrupted(item: pytest.Item) -> dict[str, Any]:
    """Return the record of an attempt that was not brought to its end."""
    return _told(item, "interrupted")


def _told(test: pytest.TestReport | pytest.Item, outcome: str) -> dict[str, Any]:
    file, line, _ = test.location
    return {
        "id": test.nodeid,
        "outcome": outcome,
        "file": file if line is not None else None,
        "line": None if line is None else line + 1,
    }
