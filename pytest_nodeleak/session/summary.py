"""The end of a session: a table of checks, and the files that were asked for."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest

from pytest_nodeleak.nodejs.inspector_address import remote_warning
from pytest_nodeleak.printed import visible
from pytest_nodeleak.progress import SILENT, Ended
from pytest_nodeleak.session.attempts import Attempts, interrupted
from pytest_nodeleak.session.failure import paint
from pytest_nodeleak.session.packed import unpack
from pytest_nodeleak.session.repository import find_repository
from pytest_nodeleak.session.selection import is_whole
from pytest_nodeleak.session.session import (
    CHECKS,
    PROGRESS,
    SETTINGS,
    hidden_in,
    packed_records_so_far,
)

if TYPE_CHECKING:
    from pytest_nodeleak.report.table import Line

__all__ = ["Summary", "report_sections"]

_MARKUP = {
    "crashed": {"red": True, "bold": True},
    "leak": {"red": True, "bold": True},
    "over_limit": {"red": True, "bold": True},
    "error": {"red": True},
    "inconclusive": {"yellow": True},
    "suppressed": {"yellow": True},
    "clean": {"green": True},
}


class Summary:
    """Gathers the records of all tests, from this process or from xdist's workers."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._attempts = Attempts()
        # Each with the test that it is of; the same strings as in pytest's reports.
        self._packed: list[tuple[str, Mapping[str, Any]]] = []
        # Of all checks, when the last test is over.
        self._records: list[dict[str, Any]] = []
        # The test whose records no report has brought yet.
        self._untold: pytest.Item | None = None
        self._is_whole = False
        self._deselected = 0
        self._problems: list[str] = []
        self._warnings: list[str] = []
        self._commands: list[str] = []

    def pytest_enter_pdb(self) -> None:
        """Leave the terminal to the debugger."""
        self._config.stash.get(PROGRESS, SILENT).tell(Ended())

    def pytest_report_header(self) -> list[str]:
        """Say what is swept over, which app is attached to, and at which risk."""
        settings = self._config.stash[SETTINGS]
        swept = [f"nodeleak: {visible(line)}" for line in settings.sweep.lines]
        attach = settings.attach
        if attach is None:
            return swept
        where = (
            f"nodeleak: attached to {attach.address}, which serves {attach.base_url}"
        )
        warning = remote_warning(attach.address)
        return [*swept, where, *filter(None, [warning and f"nodeleak: {warning}"])]

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Take note that not all tests are run."""
        self._deselected += len(items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Take note which test runs: Ctrl-C leaves it without a report of its end."""
        self._untold = item

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a test's records when it is over; emphasise what it failed of."""
        if not hasattr(self._config, "workerinput"):
            style = self._config.getoption("tbstyle", "auto")
            paint(report, style=style, width=self._width())
        self._attempts.note(report)
        if self._attempts.is_over(report):
            self._untold = None
            self._packed += self._attempts.packed_of(report)

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Print the table of checks, and what could not be written."""
        if self._records or self._problems:
            terminalreporter.write_sep("=", "nodeleak")
        for row in self._table():
            terminalreporter.write(row.marked, **_MARKUP.get(row.result, {}))
            terminalreporter.write(f"{row.rest}\n")
        for line in [*self._unused(), *self._warnings]:
            terminalreporter.write_line(line, yellow=True)
        for line in self._problems:
            terminalreporter.write_line(line, red=True)
        for command in self._commands:
            terminalreporter.write_line(command)

    def _table(self) -> list[Line]:
        if not self._records:
            return []
        from pytest_nodeleak.report.table import table

        return table(
            self._records,
            width=self._width(),
            verbosity=self._config.getoption("verbose", default=0),
        )

    def _width(self) -> int | None:
        """Return the terminal's; None of a file or a pipe, read who knows where."""
        if not sys.stdout.isatty() or not self._has_terminal():
            return None
        return self._config.get_terminal_writer().fullwidth

    def _has_terminal(self) -> bool:
        return self._config.pluginmanager.hasplugin("terminalreporter")

    def _unused(self) -> list[str]:
        suppressions = self._config.stash[SETTINGS].suppressions
        if suppressions is None or not self._records or not self._is_whole:
            return []
        from pytest_nodeleak.report.culprit import printable
        from pytest_nodeleak.session.unused import unused_lines

        return [printable(line) for line in unused_lines(suppressions, self._records)]

    # First: what others cannot write (--junitxml) ends this hook with an error.
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the files that were asked for, if this is no worker of xdist."""
        if self._untold is not None:
            test = interrupted(self._untold)
            so_far = packed_records_so_far(self._untold)
            self._packed += [(packed, test) for packed in so_far]
        self._records = [
            {**unpack(packed), "test": test} for packed, test in self._packed
        ]
        has_ended = exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
        self._is_whole = has_ended and not self._deselected and is_whole(session)
        settings = self._config.stash[SETTINGS]
        is_on_github = os.environ.get("GITHUB_ACTIONS") == "true"
        if hasattr(self._config, "workerinput") or not (
            settings.outputs or settings.otlp or is_on_github
        ):
            return
        from pytest_nodeleak.outputs.files import write_outputs
        from pytest_nodeleak.report.record import session_record

        rootdir = self._config.rootpath
        record = session_record(
            self._records,
            plugin=version("pytest-nodeleak"),
            rootdir=rootdir,
            repository=find_repository(rootdir, os.environ),
        )
        self._problems = write_outputs(record, settings.outputs)
        if self._problems and session.exitstatus == pytest.ExitCode.OK:
            # Whoever waits for the file must not take an older one for this session's.
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if settings.otlp and self._records:
            self._warnings = _sent(record, settings.otlp)
        if is_on_github:
            self._tell_github(record)

    def _tell_github(self, record: Mapping[str, Any]) -> None:
        from pytest_nodeleak.report.github import workflow_commands
        from pytest_nodeleak.session.github_actions import append_summary

        known = self._config.stash[SETTINGS].suppressions
        today = known.today if known else date.min
        self._commands = workflow_commands(record, today=today)
        self._warnings += filter(None, [append_summary(record, os.environ)])


def _sent(record: Mapping[str, Any], target: str) -> list[str]:
    """Send metrics; return what went wrong: a collector that is down fails no test."""
    from pytest_nodeleak.outputs.otlp import send_metrics
    from pytest_nodeleak.report.culprit import printable

    problem = send_metrics(record, target=target, ended_s=time.time())
    return [printable(problem)] if problem else []


def report_sections(item: pytest.Item) -> list[tuple[str, str]]:
    """Return the reports of a failing test's checks, to be shown below its traceback."""
    from pytest_nodeleak.judging.check import Check
    from pytest_nodeleak.report.text import lines

    shows_all = item.config.stash[SETTINGS].shows_all
    return [
        (
            f"nodeleak: {check.measurement.target}",
            hidden_in(item, "\n".join(lines(check, shows_all=shows_all))),
        )
        for check in item.stash.get(CHECKS, [])
        if isinstance(check, Check)
    ]
