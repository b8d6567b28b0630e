"""The pytest plugin: hooks, each of which only delegates.

Nothing heavy is imported here; without ``--nodeleak`` the plugin costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from pytest_nodeleak.exceptions import (
    ExtraMissing,
    InvalidSetting,
    LeakDetected,
    NodeLeakError,
)
from pytest_nodeleak.fixtures.fixtures import (
    node_app,
    nodeleak,
    nodeleak_app,
    nodeleak_base_url,
)
from pytest_nodeleak.session.addresses import take_addresses
from pytest_nodeleak.session.session import (
    SETTINGS,
    SKIP_REASON,
    attach_records,
    begin_attempt,
    end_test,
    is_leak_test,
    marker_settings_of,
    note_failure,
)
from pytest_nodeleak.session.terminal import take_terminal
from pytest_nodeleak.settings import options
from pytest_nodeleak.settings.limits import MARKER_ARGUMENTS
from pytest_nodeleak.settings.option_values import is_enabled

__all__ = ["node_app", "nodeleak", "nodeleak_app", "nodeleak_base_url"]

_MARKER = (
    f"nodeleak({', '.join(f'{name}=' for name in MARKER_ARGUMENTS)}): a leak test, with"
    " limits for assert_bounded()"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options and their ini twins."""
    options.register(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; check the settings when leak tests are to be run."""
    config.addinivalue_line("markers", _MARKER)
    try:
        if not is_enabled(config):
            return
        from pytest_nodeleak.settings.settings import resolve

        resolved = config.stash[SETTINGS] = resolve(config)
        if take_addresses(config):
            from pytest_nodeleak.items.items import check_addresses

            check_addresses(config)
    except (InvalidSetting, ExtraMissing) as exc:
        raise pytest.UsageError(str(exc)) from exc
    from pytest_nodeleak.session.summary import Summary

    take_terminal(config)
    config.pluginmanager.register(Summary(config), "nodeleak-summary")
    if resolved.repeat:
        from pytest_nodeleak.items.repeat import Repeat
        from pytest_nodeleak.session.unreached import Unreached

        try:
            config.pluginmanager.register(Repeat(config), "nodeleak-repeat")
        except InvalidSetting as exc:
            raise pytest.UsageError(str(exc)) from exc
        config.pluginmanager.register(Unreached(config), "nodeleak-unreached")
    if resolved.baseline.is_used:
        from pytest_nodeleak.session.baseline import BaselineSession

        config.pluginmanager.register(BaselineSession(config), "nodeleak-baseline")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Skip leak tests, or check their markers and add those without a file."""
    if SETTINGS not in config.stash:
        _skip_leak_tests(items)
        return
    from pytest_nodeleak.items.items import sweep_items

    added = sweep_items(session)
    # They come from no collector, but are counted like those that do.
    config.hook.pytest_collectreport(
        report=pytest.CollectReport("nodeleak", "passed", None, [*added])
    )
    items.extend(added)
    if hasattr(config, "workerinput"):
        # A usage error in a worker breaks xdist; the test's own setup tells it.
        return
    try:
        for item in items:
            marker_settings_of(item)
    except InvalidSetting as exc:
        raise pytest.UsageError(str(exc)) from exc


def _skip_leak_tests(items: list[pytest.Item]) -> None:
    for item in items:
        if is_leak_test(item):
            item.add_marker(pytest.mark.skip(reason=SKIP_REASON))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Let no signal end this process and leave the apps running."""
    if SETTINGS in session.config.stash:
        from pytest_nodeleak.session.termination import interrupt_by_signals

        # Apps of a session that is interrupted end after the loop.
        session.config.add_cleanup(interrupt_by_signals())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool, bool]:
    """Keep nothing of a test that is over but its reports."""
    result = yield
    end_test(item)
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Start a test, or a rerun of it, with nothing measured."""
    if SETTINGS in item.config.stash:
        begin_attempt(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show our errors as their text: a traceback through the plugin explains nothing."""
    report = yield
    if call.when == "teardown" or report.failed:
        attach_records(item, report)
    if call.excinfo is None:
        return report
    if SETTINGS in item.config.stash:
        note_failure(item, call.excinfo.value)
    if isinstance(call.excinfo.value, LeakDetected | NodeLeakError):
        from pytest_nodeleak.session.failure import mark, represent

        report.longrepr = represent(call.excinfo, item)
        mark(report)
    elif SETTINGS in item.config.stash:
        from pytest_nodeleak.session.summary import report_sections

        report.sections.extend(report_sections(item))
    return report
