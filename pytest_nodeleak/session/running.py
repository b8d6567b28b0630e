"""Hooks around the tests of a session that runs leak tests, and of no other.

The plugin registers them together with itself, before any conftest has been loaded, so that
reports are complete when those of a project see them; and takes them away when leak tests
turn out not to be asked for, so that an ordinary suite does not pay for each of its tests.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from pytest_nodeleak.session.session import (
    attach_records,
    begin_attempt,
    end_test,
    note_failure,
)

__all__ = ["Running"]


class Running:
    """What each test of such a session goes through."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Let no signal end this process and leave the apps running."""
        from pytest_nodeleak.session.termination import interrupt_by_signals

        # Apps of a session that is interrupted end after the loop.
        session.config.add_cleanup(interrupt_by_signals())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, bool, bool]:
        """Keep nothing of a test that is over but its reports."""
        result = yield
        end_test(item)
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Start a test, or a rerun of it, with nothing measured."""
        begin_attempt(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Show our errors as their text, and beside others what was measured."""
        report = yield
        if call.when == "teardown" or report.failed:
            attach_records(item, report)
        if call.excinfo is None:
            return report
        from pytest_nodeleak.session.failure import is_ours, mark, represent
        from pytest_nodeleak.session.summary import report_sections

        note_failure(item, call.excinfo.value)
        if is_ours(call.excinfo.value):
            report.longrepr = represent(call.excinfo, item)
            mark(report)
        else:
            report.sections.extend(report_sections(item))
        return report
