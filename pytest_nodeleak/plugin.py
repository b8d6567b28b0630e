"""The plugin's entry point: hooks, each of which only delegates.

Nothing is imported here but what every session needs. Without ``--nodeleak`` that is names
and texts, and no hook is left that is called for each test.
"""

from __future__ import annotations

import pytest

from pytest_nodeleak.fixtures.fixtures import (
    node_app,
    nodeleak,
    nodeleak_app,
    nodeleak_base_url,
)
from pytest_nodeleak.session.running import Running
from pytest_nodeleak.session.session import (
    SETTINGS,
    SKIP_REASON,
    is_leak_test,
    marker_settings_of,
)
from pytest_nodeleak.settings import options
from pytest_nodeleak.settings.limit_texts import MARKER_ARGUMENTS

__all__ = ["node_app", "nodeleak", "nodeleak_app", "nodeleak_base_url"]

_MARKER = (
    f"nodeleak({', '.join(f'{name}=' for name in MARKER_ARGUMENTS)}): a leak test, with"
    " limits for assert_bounded()"
)
_RUNNING = "nodeleak-running"


def pytest_addoption(
    parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager
) -> None:
    """Register the options and their ini twins, and what leak tests need."""
    options.register(parser)
    pluginmanager.register(Running(), _RUNNING)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; check the settings when leak tests are to be run."""
    config.addinivalue_line("markers", _MARKER)
    if not (options.is_switch_given(config) and _begins(config)):
        config.pluginmanager.unregister(name=_RUNNING)


def _begins(config: pytest.Config) -> bool:
    """Make ready for leak tests; return False if the switch says that there are none."""
    from pytest_nodeleak.exceptions import ExtraMissing, InvalidSetting
    from pytest_nodeleak.session.addresses import take_addresses
    from pytest_nodeleak.session.terminal import take_terminal
    from pytest_nodeleak.settings.option_values import is_enabled

    try:
        if not is_enabled(config):
            return False
        from pytest_nodeleak.settings.settings import resolve

        config.stash[SETTINGS] = resolve(config)
        if take_addresses(config):
            from pytest_nodeleak.items.items import check_addresses

            check_addresses(config)
        take_terminal(config)
        _register_hooks(config)
    except (InvalidSetting, ExtraMissing) as exc:
        raise pytest.UsageError(str(exc)) from exc
    return True


def _register_hooks(config: pytest.Config) -> None:
    """Register what the settings ask for."""
    from pytest_nodeleak.session.summary import Summary

    settings, register = config.stash[SETTINGS], config.pluginmanager.register
    register(Summary(config), "nodeleak-summary")
    if settings.repeat:
        from pytest_nodeleak.items.repeat import Repeat
        from pytest_nodeleak.session.unreached import Unreached

        register(Repeat(config), "nodeleak-repeat")
        register(Unreached(config), "nodeleak-unreached")
    if settings.baseline.is_used:
        from pytest_nodeleak.session.baseline import BaselineSession

        register(BaselineSession(config), "nodeleak-baseline")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Skip leak tests, or check their markers and add those without a file."""
    if SETTINGS not in config.stash:
        _skip_leak_tests(items)
        return
    from pytest_nodeleak.exceptions import InvalidSetting
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
