"""Runs one test many times, each time from its set-up to its teardown as pytest does."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

# Plugins that run tests again (rerunfailures, flaky) build on the same one.
from _pytest.runner import runtestprotocol

__all__ = ["Runs", "outcome_of", "problem_of"]


class _NextRun(pytest.Item):
    """Stands for the next run: with it in view, what is wider than a test is kept."""

    def runtest(self) -> None:
        """Never called: it is but looked at."""
        raise NotImplementedError


class Runs:
    """The runs of one test.

    Attributes:
        count: How many there were.
        reports: Those of the last run, by pytest: of set-up, call and teardown.

    """

    def __init__(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Take a test and the one that follows it."""
        self.count = 0
        self.reports: list[pytest.TestReport] = []
        self._item = item
        self._nextitem = nextitem
        # A function is in a module, whatever the type of its parent says.
        parent = item.parent or item.session
        self._next_run = _NextRun.from_parent(parent, name=f"next run of {item.name}")

    def run(self) -> bool:
        """Run it once more; tell whether it passed."""
        self.count += 1
        properties = len(self._item.user_properties)
        self.reports = runtestprotocol(self._item, log=False, nextitem=self._next_run)
        passed = all(outcome_of(one) == "passed" for one in self.reports)
        if passed:
            # What each run prints and notes down would add up.
            self._item._report_sections.clear()  # noqa: SLF001  # as pytest has no other
            if self.count > 1:
                del self._item.user_properties[properties:]
        return passed

    def report_of(self, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Return the report of what was done for the test."""
        report: pytest.TestReport = self._item.ihook.pytest_runtest_makereport(
            item=self._item, call=call
        )
        return report

    def reraised(self) -> tuple[type[BaseException], ...]:
        """Return what no test may keep to itself, such as Ctrl-C."""
        # As pytest decides it for itself, in a function that it has since 9.0 only.
        if self._item.config.getoption("usepdb", default=False):
            return (pytest.exit.Exception,)
        return (pytest.exit.Exception, KeyboardInterrupt)

    def leave(self) -> pytest.TestReport:
        """Tear down what the following test does not need; return the report of that."""
        session = self._item.session
        is_last = session.shouldfail or session.shouldstop
        call = pytest.CallInfo.from_call(
            # What pytest's own teardown of a test does; its hook would want a set-up.
            lambda: session._setupstate.teardown_exact(  # noqa: SLF001
                None if is_last else self._nextitem
            ),
            when="teardown",
            reraise=self.reraised(),
        )
        return self.report_of(call)


def outcome_of(report: pytest.TestReport) -> str:
    """Return ``"passed"``, ``"failed"`` or ``"skipped"``; what is expected is skipped."""
    return "skipped" if hasattr(report, "wasxfail") else report.outcome


def problem_of(reports: Iterable[pytest.TestReport]) -> tuple[str, str]:
    """Say in which phase a run did not pass, and why, each in a line."""
    report = next(one for one in reports if outcome_of(one) != "passed")
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else report.longreprtext
    lines = text.strip().splitlines() or [""]
    phase = "set-up" if report.when == "setup" else report.when
    return f"{outcome_of(report)} in its {phase}", lines[0]
