"""Faults of the app itself."""

from __future__ import annotations

import signal

from faults.fault import Fault, by_signal
from faults.stages import Stage

__all__ = ["FAULTS"]

_ALL = tuple(one for one in Stage if one is not Stage.REPORT)

FAULTS = (
    Fault(
        name="killed",
        what="The app is ended by SIGKILL, as by an operator or a supervisor.",
        stages=_ALL,
        sample=(Stage.SNAPSHOT, Stage.CONFIRM),
        strike=by_signal(signal.SIGKILL),
        env={"FAULT": "kill"},
    ),
)
