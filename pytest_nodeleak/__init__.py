"""Catch production leaks of Node.js services before they ship.

The public names are imported when they are first used, so that loading the plugin costs
next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_nodeleak.evidence.estimate import Estimate
    from pytest_nodeleak.evidence.findings import Finding
    from pytest_nodeleak.exceptions import (
        AppCrashed,
        AppError,
        AppHangs,
        DoesNotFit,
        LeakDetected,
        NodeLeakError,
    )
    from pytest_nodeleak.fixtures.app import NodeApp
    from pytest_nodeleak.fixtures.factory import NodeLeak
    from pytest_nodeleak.fixtures.outcome import InconclusiveWarning, Report, Reports
    from pytest_nodeleak.load.connections import Connections

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
    "Estimate": "evidence.estimate",
    "Finding": "evidence.findings",
    "InconclusiveWarning": "fixtures.outcome",
    "LeakDetected": "exceptions",
    "NodeApp": "fixtures.app",
    "NodeLeak": "fixtures.factory",
    "NodeLeakError": "exceptions",
    "Report": "fixtures.outcome",
    "Reports": "fixtures.outcome",
}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
