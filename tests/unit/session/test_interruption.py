from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_nodeleak.session.interruption import Interruption, RunInterrupted


def test_a_wait_is_broken_off_once_there_is_a_reason() -> None:
    started_s = time.monotonic()
    interruption = Interruption(lambda: "the app is gone")

    with pytest.raises(RunInterrupted, match="the app is gone"), interruption.armed():
        threading.Event().wait(10)

    assert time.monotonic() - started_s < 5
    assert interruption.reason == "the app is gone"


def test_without_a_reason_nothing_happens_and_nothing_is_left_behind() -> None:
    before = signal.getsignal(signal.SIGALRM)
    interruption = Interruption(lambda: "")

    with interruption.armed():
        time.sleep(0.3)

    assert interruption.reason == ""
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_the_alarm_of_another_is_left_alone() -> None:
    signal.setitimer(signal.ITIMER_REAL, 60)
    try:
        with Interruption(lambda: "never").armed():
            time.sleep(0.3)
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 50
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def test_other_threads_go_on() -> None:
    def wait() -> str:
        with Interruption(lambda: "never").armed():
            time.sleep(0.3)
        return "done"

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(wait).result() == "done"
