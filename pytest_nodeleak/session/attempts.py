"""What becomes of tests, attempt by attempt: a leak that a test lets pass is no failure."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_nodeleak.session.session import packed_records_of

__all__ = ["Attempts", "interrupted"]


class Attempts:
    """Follows each test from phase to phase."""

    def __init__(self) -> None:
        self._outcomes: dict[str, str] = {}
        self._told: dict[str, int] = {}

    def note(self, report: pytest.TestReport) -> None:
        """Take note of a phase. An attempt has failed if one of its phases has."""
        if report.when == "setup":
            self._told[report.nodeid] = 0
        so_far = self._outcomes.get(report.nodeid, "passed")
        if report.when == "setup" or so_far == "passed":
            self._outcomes[report.nodeid] = str(report.outcome)

    def is_over(self, report: pytest.TestReport) -> bool:
        """Tell whether a report can be the last one of an attempt.

        That of its teardown is, but some plugins that run tests again keep it to themselves
        (rerunfailures up to 16.1): they call the phase that has failed a rerun.
        """
        return report.when == "teardown" or str(report.outcome) == "rerun"

    def packed_of(self, report: pytest.TestReport) -> list[tuple[str, dict[str, Any]]]:
        """Return the records of an attempt that is over, but for those told before.

        Each is packed, with the record of the test that it is of.
        """
        test = self.of(report)
        found = packed_records_of(report)
        told = self._told.get(report.nodeid, 0)
        self._told[report.nodeid] = len(found)
        return [(packed, test) for packed in found[told:]]

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
