from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from pytest_nodeleak.session.termination import interrupt_by_signals


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """Leave the handlers of this process as they are."""
    former = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)}
    for number in former:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_would_kill_interrupts(number: signal.Signals) -> None:
    restore = interrupt_by_signals()
    with pytest.raises(KeyboardInterrupt, match=number.name):
        os.kill(os.getpid(), number)
    restore()
    assert signal.getsignal(number) is signal.SIG_DFL


def test_a_second_signal_does_not_break_off_what_the_first_has_begun() -> None:
    restore = interrupt_by_signals()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGHUP)
    restore()


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    restore = interrupt_by_signals()
    os.kill(os.getpid(), signal.SIGHUP)
    restore()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_a_handler_that_others_put_there_meanwhile_is_left() -> None:
    restore = interrupt_by_signals()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    restore()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_in_another_thread_nothing_is_done() -> None:
    restores = []
    thread = threading.Thread(target=lambda: restores.append(interrupt_by_signals()))
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    restores[0]()
