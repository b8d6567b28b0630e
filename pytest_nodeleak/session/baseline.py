"""The rim of baselines in a session: takes note of what ran, saves it, and tells of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.session.addresses import ROOT
from pytest_nodeleak.session.packed import unpack
from pytest_nodeleak.session.selection import is_whole
from pytest_nodeleak.session.session import SETTINGS, packed_records_of

if TYPE_CHECKING:
    from pytest_nodeleak.baselines.file import BaselineFile
    from pytest_nodeleak.baselines.update import Ran

__all__ = ["BaselineSession"]

_DESELECTED = "nodeleak_deselected"
_TONES = {
    "worse": {"red": True},
    "better": {"green": True},
    "missing": {"yellow": True},
}


class BaselineSession:
    """Compares a whole session with its baseline, and saves one."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._packed: dict[str, list[str]] = {}
        self._passed: dict[str, bool] = {}
        self._deselected = 0
        self._lines: list[str] = []
        self._problem = ""

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Take note that not all tests are run."""
        self._deselected += len(items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401  # xdist's
        """Take note of the same in a worker of xdist."""
        output = getattr(node, "workeroutput", None) or {}
        self._deselected += int(output.get(_DESELECTED, 0))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what the last attempt of a test has measured."""
        test = report.nodeid
        if report.when == "setup":
            self._passed[test] = True
            self._packed.pop(test, None)
        if report.outcome != "passed":
            self._passed[test] = False
        if report.when == "teardown":
            self._packed[test] = packed_records_of(report)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Compare and save, if this is no worker of xdist."""
        worker_output = getattr(self._config, "workeroutput", None)
        if worker_output is not None:
            worker_output[_DESELECTED] = self._deselected
            return
        has_ended = exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
        from pytest_nodeleak.baselines.update import Ran

        ran = Ran(
            records=[
                unpack(packed)
                for records in self._packed.values()
                for packed in records
            ],
            unfinished=[test for test, passed in self._passed.items() if not passed],
            is_whole=has_ended and not self._deselected and is_whole(session),
            scope=_scope(self._config),
        )
        self._compare(ran)
        if has_ended:
            self._save(ran)
        elif self._config.stash[SETTINGS].baseline.save is not None:
            self._problem = "no baseline was saved: the session did not come to its end"
        if self._problem and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _compare(self, ran: Ran) -> None:
        settings = self._config.stash[SETTINGS].baseline
        file, baseline = settings.compare, settings.known
        if file is None or baseline is None or not ran.records:
            return
        from pytest_nodeleak.report.baseline_summary import compared_lines

        self._lines += compared_lines(
            baseline, ran, file=self._shown(file), is_saved=settings.is_ratchet
        )

    def _save(self, ran: Ran) -> None:
        settings = self._config.stash[SETTINGS].baseline
        file = settings.save
        if file is None or not ran.records:
            return
        from pytest_nodeleak.baselines.file import read_baseline, write_baseline
        from pytest_nodeleak.baselines.update import update
        from pytest_nodeleak.report.baseline_summary import saved_line

        try:
            # Read again: a session in another terminal may have saved meanwhile.
            earlier = read_baseline(file, may_lack=True)
            later = update(earlier, ran, only_passed=settings.is_ratchet)
            is_new_text = write_baseline(file, later.baseline)
        except InvalidSetting as exc:
            self._problem = f"no baseline was saved: {exc}"
            return
        except OSError as exc:
            self._problem = (
                f"--nodeleak-save: {file.path} could not be written ({exc.strerror});"
                " name a file that can be, and run again"
            )
            return
        self._lines.append(
            saved_line(later, ran, file=self._shown(file), is_new_text=is_new_text)
        )

    def _shown(self, file: BaselineFile) -> str:
        here = self._config.invocation_params.dir
        where = Path(os.path.relpath(file.path, here))
        return f"baseline {file.name} ({where})"

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Tell what has changed, and what was saved."""
        from pytest_nodeleak.report.culprit import printable

        if self._lines or self._problem:
            terminalreporter.section("nodeleak baseline")
        for line in self._lines:
            tone = _TONES.get(line.partition(" ")[0], {})
            terminalreporter.write_line(printable(line), **tone)
        if self._problem:
            terminalreporter.write_line(printable(self._problem), red=True)


def _scope(config: pytest.Config) -> Sequence[str]:
    """Return how the ids of all tests begin that a whole session was asked for.

    A directory on the command line leaves out the tests of all others.
    """
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return ("",)
    here = config.invocation_params.dir
    below = [os.path.relpath(here / name, config.rootpath) for name in config.args]
    if os.curdir in below:
        return ("",)
    return (f"{ROOT}::", *(f"{Path(one).as_posix()}/" for one in below))
