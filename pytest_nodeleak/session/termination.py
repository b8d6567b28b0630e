"""Ends a session by SIGTERM or SIGHUP as by Ctrl-C.

Python dies of them at once, and an app, which is in a session of its own, would run on.
Who cancels a job of CI, stops a container or closes a terminal sends one of them.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

__all__ = ["interrupt_by_signals"]

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
# As long as apps are given to end. More signals, such as one to the process and one to
# its group, must not break that off.
_ENDING_S = 15.0


def interrupt_by_signals() -> Callable[[], None]:
    """Let the signals that end a process raise ``KeyboardInterrupt``.

    One that is ignored (nohup) or handled by others stays theirs; in another thread than
    the main one nothing is done.

    Returns:
        What puts the former handlers back.

    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    handle = _Handler()
    former = {
        number: signal.signal(number, handle)
        for number in _SIGNALS
        if signal.getsignal(number) is signal.SIG_DFL
    }

    def restore() -> None:
        for number, handler in former.items():
            if signal.getsignal(number) is handle:
                signal.signal(number, handler)

    return restore


class _Handler:
    def __init__(self) -> None:
        self._ends_by = 0.0

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if now < self._ends_by:
            return
        self._ends_by = now + _ENDING_S
        raise KeyboardInterrupt(signal.Signals(number).name)
