"""Catch production leaks of Node.js services before they ship.

The public names are imported when they are first used, so that loading the plugin costs
next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_nodeleak.app import NodeApp
    from pytest_nodeleak.estimate import Estimate
    from pytest_nodeleak.exceptions import (
        AppCrashed,
        AppError,
        AppHangs,
        DoesNotFit,
        LeakDetected,
        NodeLeakError,
    )
    from pytest_nodeleak.factory import NodeLeak
    from pytest_nodeleak.findings import Finding
    from pytest_nodeleak.load.connections import Connections
    from pytest_nodeleak.outcome import InconclusiveWarning, Report, Reports

__all__ = [
    "AppCrashed",
    "AppError",
    "AppHangs",
    "Connections",
    "DoesNotFit",
    "Estimate",
    "Finding",
    "InconclusiveWarning",
    "LeakDetected",
    "NodeApp",
    "NodeLeak",
    "NodeLeakError",
    "Report",
    "Reports",
]

_HOME_OF = {
    "AppCrashed": "exceptions",
    "AppError": "exceptions",
    "AppHangs": "exceptions",
    "Connections": "load.connections",
    "DoesNotFit": "exceptions",
    "Estimate": "estimate",
    "Finding": "findings",
    "InconclusiveWarning": "outcome",
    "LeakDetected": "exceptions",
    "NodeApp": "app",
    "NodeLeak": "factory",
    "NodeLeakError": "exceptions",
    "Report": "outcome",
    "Reports": "outcome",
}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
