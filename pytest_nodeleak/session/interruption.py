"""Breaks off a test that waits for an app that will not answer any more."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Interruption", "RunInterrupted"]

_LOOK_S = 0.25


class RunInterrupted(Exception):
    """Raised where a test waits, whatever it waits for."""


class Interruption:
    """Looks now and then whether there is a reason to go on.

    It needs the alarm clock of the process: where the test's own timeout has it
    (pytest-timeout), or in another thread than the main one, nothing is broken off.

    Attributes:
        reason: Why a test was broken off; empty if it was not.

    """

    def __init__(self, find_reason: Callable[[], str]) -> None:
        """Take what returns the reason to break off, or an empty text."""
        self.reason = ""
        self._find_reason = find_reason

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Break off what is done in the ``with`` block, once there is a reason to.

        Raises:
            RunInterrupted: If there is one.

        """
        if not _is_clock_free():
            yield
            return
        before = signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, _LOOK_S, _LOOK_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _look(self, _number: int, _frame: FrameType | None) -> None:
        # Again and again: a test may catch it and try once more.
        reason = self._find_reason()
        if reason:
            self.reason = reason
            raise RunInterrupted(reason)


def _is_clock_free() -> bool:
    if threading.current_thread() is not threading.main_thread():
        return False
    is_running = any(signal.getitimer(signal.ITIMER_REAL))
    return not is_running and signal.getsignal(signal.SIGALRM) in {
        signal.SIG_DFL,
        signal.SIG_IGN,
    }
