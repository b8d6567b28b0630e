"""``--nodeleak-repeat``: ordinary tests are the load, unmodified.

Each of them is run once as ever. If it passes and the app gets requests meanwhile, it is
run again and again while the app is checked, and passes if the app does.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from typing import Any

import pytest

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import (
    AppError,
    DeadlineExceeded,
    InspectorError,
    InvalidSetting,
    NodeLeakError,
    RepetitionFailed,
)
from pytest_nodeleak.fixtures.shared_app import SharedApp
from pytest_nodeleak.items.repetition import RepetitionDriver
from pytest_nodeleak.items.runs import Runs, outcome_of, problem_of
from pytest_nodeleak.load.driver import LoadDriver
from pytest_nodeleak.load.plan import split_targets
from pytest_nodeleak.session.interruption import Interruption
from pytest_nodeleak.session.live_line import progress_of
from pytest_nodeleak.session.session import (
    APP_OF_REPEATED,
    BASE_URL,
    CHECKS,
    REPEATED,
    SETTINGS,
    attach_records,
    is_leak_test,
)
from pytest_nodeleak.session.unreached import REPEATED_TARGET, UNREACHED

__all__ = ["Repeat"]

_INTERRUPTION = pytest.StashKey[Interruption]()
_TIME_IS_UP = "the check's time is up"
_APP_IS_GONE = "the app is gone"
# A test that is under way when the time is up may take so long to come to its end.
_LAST_RUN_S = 5.0
_NO_REQUEST = "the app got no request"


class Repeat:
    """Starts the app before tests are collected, and repeats those that call it."""

    def __init__(self, config: pytest.Config) -> None:
        settings = config.stash[SETTINGS]
        if settings.app is None and settings.attach is None:
            raise InvalidSetting(
                name="repeat",
                value="true",
                source="--nodeleak-repeat",
                expected="possible without an app: say how it is started"
                " (nodeleak_app), or where it runs (--nodeleak-attach)",
            )
        self._config = config
        self._app = SharedApp(settings, progress_of(config))
        self._problem: NodeLeakError | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Start the app: a test's module may want its address when it is imported."""
        if not self._runs_tests():
            return
        self._config.add_cleanup(self._app.stop)
        if self._app.is_ours:
            try:
                self._app.start()
            except NodeLeakError as exc:
                if not hasattr(self._config, "workerinput"):
                    raise pytest.UsageError(str(exc)) from exc
                # A usage error in a worker breaks xdist; each test tells it.
                self._problem = exc
                return
        self._publish(self._app.base_url)

    def _runs_tests(self) -> bool:
        """Whether this process runs tests; one that hands them out, or lists them, not."""
        hands_out = self._config.pluginmanager.has_plugin("dsession")
        return not hands_out and not self._config.getoption("collectonly")

    def _publish(self, base_url: str) -> None:
        """Tell tests where the app serves."""
        before = os.environ.get(BASE_URL)

        def restore() -> None:
            if before is None:
                os.environ.pop(BASE_URL, None)
            else:
                os.environ[BASE_URL] = before

        self._config.add_cleanup(restore)
        os.environ[BASE_URL] = base_url
        # What the fixture base_url of pytest-base-url returns.
        if hasattr(self._config.option, "base_url"):
            self._config.option.base_url = base_url

    def pytest_report_header(self) -> list[str]:
        """Say which app the tests get."""
        if not self._app.base_url:
            return []
        return [
            f"nodeleak: ordinary tests are repeated; {BASE_URL}={self._app.base_url}"
        ]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        """Repeat a test, and report it as the one it is."""
        if not _may_be_repeated(item):
            return None
        hook = item.ihook
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        runs = Runs(item, nextitem)
        reports = self._repeat(item, runs)
        for report in _with_end(reports, runs.leave(), item):
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _repeat(self, item: pytest.Item, runs: Runs) -> Sequence[pytest.TestReport]:
        """Run the test, and check the app under it; return the reports without its end."""
        if is_leak_test(item):
            # Only its run can tell; if it is one, that was all.
            passed = runs.run()
            if not passed or item.stash.get(CHECKS, []):
                return runs.reports
            item.stash[REPEATED] = True
            item.stash[APP_OF_REPEATED] = self._app.get
        passed, why_not = self._try(item, runs)
        if not passed or why_not:
            if passed:
                item.user_properties.append((UNREACHED, why_not))
            return runs.reports
        set_up = runs.reports[0]
        item.stash[REPEATED] = True
        call: pytest.CallInfo[None] = pytest.CallInfo.from_call(
            lambda: self._check(item, runs), when="call", reraise=runs.reraised()
        )
        error = call.excinfo.value if call.excinfo else None
        if isinstance(error, AppError) and not isinstance(error, RepetitionFailed):
            # It is dead, or hangs: the next test gets a new one.
            self._app.stop()
        if isinstance(error, RepetitionFailed):
            bad = next(one for one in runs.reports if outcome_of(one) != "passed")
            bad.outcome = "failed"
            bad.sections.append(("nodeleak", str(error)))
            return runs.reports
        return [set_up, runs.report_of(call)]

    def _try(self, item: pytest.Item, runs: Runs) -> tuple[bool, str]:
        """Run the test once; tell whether it passed, and why it cannot be repeated."""
        if self._problem is not None:
            # Without an app it is all the more to be run.
            return runs.run(), str(self._problem)
        if why_not := self._app.start_if_possible():
            # A fixture of it may start the app.
            passed = runs.run()
            why_not = self._app.start_if_possible()
            item.stash[REPEATED] = True
            if not passed or why_not:
                return passed, why_not
        received = 0
        try:
            with self._app.counting() as count:
                passed = runs.run()
                received = count()
        except (InspectorError, DeadlineExceeded):
            # It is about to exit; the check says why.
            return all(one.passed for one in runs.reports), ""
        return passed, "" if received else _NO_REQUEST

    def _check(self, item: pytest.Item, runs: Runs) -> None:
        __tracebackhide__ = True
        name = item.nodeid.partition("::")[2].replace("::", ".")
        target = REPEATED_TARGET + "".join(split_targets(name))

        def open_driver(abandon: Deadline) -> LoadDriver:
            hopeless = abandon.later(_LAST_RUN_S)

            def find_reason() -> str:
                if hopeless.has_passed():
                    return _TIME_IS_UP
                return "" if self._app.is_alive() else _APP_IS_GONE

            def repeat() -> bool:
                item.stash[_INTERRUPTION] = interruption = Interruption(find_reason)
                if runs.run():
                    return True
                if interruption.reason == _TIME_IS_UP:
                    return False
                outcome, first_bad = problem_of(runs.reports)
                raise RepetitionFailed(
                    target=target, run=runs.count, outcome=outcome, first_bad=first_bad
                )

            return RepetitionDriver(target, repeat)

        self._app.checker_for(item).check(open_driver, None).assert_bounded()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Break off a fixture that waits for an app that is gone."""
        return (yield from _interruptible(item))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Break off a test that does."""
        return (yield from _interruptible(item))


def _may_be_repeated(item: pytest.Item) -> bool:
    """Tell whether a test is no leak test, or may turn out to be none: ``node_app`` alone
    is also a way to have an app.
    """
    if not isinstance(item, pytest.Function):
        return False
    is_marked = item.get_closest_marker("nodeleak") is not None
    return not is_leak_test(item) or (not is_marked and "node_app" in item.fixturenames)


def _interruptible(item: pytest.Item) -> Generator[None, Any, Any]:
    interruption = item.stash.get(_INTERRUPTION, None)
    if interruption is None:
        return (yield)
    with interruption.armed():
        return (yield)


def _with_end(
    reports: Sequence[pytest.TestReport], end: pytest.TestReport, item: pytest.Item
) -> Sequence[pytest.TestReport]:
    """Return the reports of a test with a single one of its end."""
    kept = [one for one in reports if one.when != "teardown"]
    failed = next(
        (one for one in reports if one.when == "teardown" and one.failed), None
    )
    if failed is None:
        return [*kept, end]
    if not end.passed:
        failed.sections.append(("what tests share", end.longreprtext))
    failed.user_properties = list(item.user_properties)
    attach_records(item, failed)
    return [*kept, failed]
