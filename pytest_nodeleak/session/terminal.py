"""The terminal that pytest writes to, if somebody watches it."""

from __future__ import annotations

import os
import sys

import pytest

__all__ = ["TERMINAL", "is_watched", "take_terminal"]

# Output that is not captured would be written over a line that moves.
_CAPTURING = {"fd", "sys"}

TERMINAL = pytest.StashKey[int]()


def take_terminal(config: pytest.Config) -> None:
    """Keep a descriptor of the terminal: pytest redirects the usual one during a test.

    To be called in ``pytest_configure``, when standard output is not captured.
    """
    if is_watched(config):
        terminal = config.stash[TERMINAL] = os.dup(sys.stdout.fileno())
        config.add_cleanup(lambda: os.close(terminal))


def is_watched(config: pytest.Config) -> bool:
    """Tell whether a line that moves is welcome: on a terminal that nobody else uses."""
    environ = os.environ
    return (
        sys.stdout.isatty()
        and config.getoption("verbose", default=0) >= 0
        and environ.get("TERM", "") not in {"", "dumb"}
        # As pytest knows that it runs in CI.
        and not (environ.get("CI") or environ.get("BUILD_NUMBER"))
        and not hasattr(config, "workerinput")
        and config.pluginmanager.hasplugin("terminal")
        and config.getoption("capture", "no") in _CAPTURING
        and not _logs_live(config)
    )


def _logs_live(config: pytest.Config) -> bool:
    if not config.pluginmanager.hasplugin("logging"):
        return False
    return bool(config.getoption("log_cli_level") or config.getini("log_cli"))
