from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import NothingReceived
from pytest_nodeleak.items.repetition import RepetitionDriver
from pytest_nodeleak.load.driver import CountedDriver


class App:
    """Counts the requests it gets, so many with each run of the test."""

    def __init__(self, per_run: Iterable[int]) -> None:
        self.received = 0
        self.runs = 0
        self.reads = 0
        self.threads: set[int] = set()
        self._per_run = iter(per_run)

    def repeat(self) -> bool:
        self.runs += 1
        self.received += next(self._per_run)
        self.threads.add(threading.get_ident())
        return True

    def read(self) -> int:
        self.reads += 1
        return self.received


def driver_of(app: App, repeat: Callable[[], bool] | None = None) -> RepetitionDriver:
    return RepetitionDriver("repeat test_it", repeat or app.repeat)


def test_a_test_is_run_until_the_app_has_got_so_many_requests() -> None:
    app = App(itertools.repeat(3))
    driver = driver_of(app)

    with driver.counting(app.read):
        result = driver.run(100, Deadline(5))

    assert (result.requests, app.runs) == (102, 34)
    assert (result.statuses, result.bad, result.lost) == ({200: 102}, 0, 0)
    # The app is not asked after each run: that would be load, too.
    assert app.reads == 3


def test_a_test_that_sends_fewer_than_it_did_is_run_more_often() -> None:
    app = App(itertools.chain([10] * 3, itertools.repeat(1)))
    driver = driver_of(app)

    with driver.counting(app.read):
        assert driver.run(50, Deadline(5)).requests >= 50


def test_what_several_processes_got_is_added() -> None:
    app, other = App(itertools.repeat(1)), App([])
    driver = driver_of(app)

    with ExitStack() as stack:
        for one in (app, other):
            stack.enter_context(driver.counting(one.read))
        other.received = 7
        assert driver.run(4, Deadline(5)).requests == 4


def test_a_test_that_calls_the_app_no_more_is_an_error() -> None:
    app = App(itertools.chain([2], itertools.repeat(0)))
    driver = driver_of(app)

    with driver.counting(app.read), pytest.raises(NothingReceived) as raised:
        driver.run(100, Deadline(5))
    assert raised.value.runs >= 3


def test_no_run_is_started_after_the_deadline() -> None:
    app = App(itertools.repeat(1))
    driver = driver_of(app)

    with driver.counting(app.read):
        assert driver.run(5, Deadline(0)).requests == 0
    assert app.runs == 0


def test_a_run_that_is_broken_off_ends_the_load_without_an_error() -> None:
    app = App(itertools.repeat(1))
    driver = driver_of(app, lambda: app.repeat() and app.runs < 4)

    with driver.counting(app.read):
        assert driver.run(100, Deadline(5)).requests == 4


def test_what_other_threads_ask_for_is_run_in_the_thread_of_the_tests() -> None:
    app = App(itertools.repeat(1))
    driver = driver_of(app)

    with ThreadPoolExecutor(2) as pool, driver.counting(app.read):
        asked = [pool.submit(driver.run, 5, Deadline(5)) for _ in range(2)]
        driver.attend(asked)

    assert [one.result().requests for one in asked] == [5, 5]
    assert app.threads == {threading.get_ident()}


def test_what_a_run_raises_is_raised_where_it_was_asked_for() -> None:
    def fail() -> bool:
        raise LookupError

    driver = driver_of(App([]), fail)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(driver.run, 5, Deadline(5))
        driver.attend([asked])

    assert isinstance(asked.exception(), LookupError)


def test_nobody_waits_for_a_load_that_was_interrupted() -> None:
    def interrupt() -> bool:
        raise KeyboardInterrupt

    driver = driver_of(App([]), interrupt)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(driver.run, 5, Deadline(5))
        with pytest.raises(KeyboardInterrupt):
            driver.attend([asked])
        assert asked.exception(timeout=5) is not None


def test_it_lets_the_app_count() -> None:
    assert isinstance(driver_of(App([])), CountedDriver)
