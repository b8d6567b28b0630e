from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.items.repetition import RepetitionDriver
from pytest_nodeleak.load.result import LoadResult
from pytest_nodeleak.load.shared import LoadAbandoned, Participant, SharedLoad


@dataclass
class Spreading:
    """A driver whose requests come to the processes of an app in turn.

    Attributes:
        to: Which process gets them; of two, 0 and 1.
        http_per_request: What a call of a scenario sends.
        bad: How many of each load go wrong.
        fails_at: The load that a scenario's own error ends.

    """

    to: Sequence[int] = (0, 1)
    http_per_request: int = 1
    bad: int = 0
    fails_at: int | None = None
    loads: list[int] = field(default_factory=list)
    answered: dict[int, int] = field(default_factory=lambda: {0: 0, 1: 0})

    targets = ("GET /a", "GET /b")

    def run(
        self, requests: int, deadline: Deadline, *, only: int | None = None
    ) -> LoadResult:
        del deadline, only
        self.loads.append(requests)
        if self.fails_at == len(self.loads):
            raise ZeroDivisionError
        for process in itertools.islice(itertools.cycle(self.to), requests):
            self.answered[process] += self.http_per_request
        return LoadResult(
            requests=requests,
            elapsed_s=0.1,
            statuses={200: requests - self.bad, 500: self.bad},
            bad=self.bad,
            first_bad="GET /a answered 500" if self.bad else None,
        )

    def close(self) -> None:
        """Nothing is open."""

    def reader(self, process: int) -> Callable[[], int]:
        return lambda: self.answered[process]


def workers(driver: Spreading) -> tuple[SharedLoad, list[Participant]]:
    shared = SharedLoad(driver, Deadline(30.0))
    both = [shared.join(serves=True, is_front=True) for _ in range(2)]
    for number, one in enumerate(both):
        one.read = driver.reader(number)
    return shared, both


def at_once(*steps: Callable[[], LoadResult]) -> list[LoadResult]:
    with ThreadPoolExecutor(len(steps)) as pool:
        return [one.result(10.0) for one in [pool.submit(step) for step in steps]]


def load(one: Participant, requests: int) -> Callable[[], LoadResult]:
    return lambda: one.run(requests, Deadline(30.0))


def test_a_load_is_what_one_process_needs_times_their_number() -> None:
    driver = Spreading()
    _, (first, second) = workers(driver)
    results = at_once(load(first, 100), load(second, 100))
    assert driver.loads == [200]
    assert [one.requests for one in results] == [100, 100]


def test_each_process_is_told_how_many_requests_it_has_answered_itself() -> None:
    _, (first, second) = workers(Spreading(to=(0, 0, 0, 1)))
    results = at_once(load(first, 100), load(second, 100))
    assert [one.requests for one in results] == [150, 50]
    assert [one.statuses for one in results] == [{200: 150}, {200: 50}]
    assert (first.requests, first.sent) == (150, 200)


def test_a_process_that_answers_nothing_itself_is_told_of_all_requests() -> None:
    driver = Spreading()
    shared, (first, second) = workers(driver)
    primary = shared.join(serves=False, is_front=False)
    primary.read = lambda: 0
    results = at_once(load(first, 50), load(second, 50), load(primary, 50))
    assert [one.requests for one in results] == [50, 50, 100]


def test_calls_of_a_scenario_are_told_and_not_the_requests_they_consist_of() -> None:
    _, (first, second) = workers(Spreading(http_per_request=3))
    results = at_once(load(first, 10), load(second, 10))
    assert [one.requests for one in results] == [10, 10]


def test_requests_that_no_process_can_count_are_thought_to_be_spread_evenly() -> None:
    shared, (first, second) = workers(Spreading(http_per_request=0))
    results = at_once(load(first, 10), load(second, 10))
    assert [one.requests for one in results] == [10, 10]
    assert not shared.is_counted


def test_nothing_is_sent_while_another_process_wants_silence() -> None:
    driver = Spreading()
    shared, (first, second) = workers(driver)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(load(first, 10))
        with pytest.raises(TimeoutError):
            waiting.result(0.1)
        assert driver.loads == []
        shared.leave(second)
        assert waiting.result(10.0).requests == 10


def test_who_wants_much_more_than_others_waits_for_several_loads() -> None:
    driver = Spreading()
    shared, (first, second) = workers(driver)

    def one_large_step() -> LoadResult:
        try:
            return first.run(100, Deadline(30.0))
        finally:
            shared.leave(first)

    def small_steps() -> LoadResult:
        return [second.run(10, Deadline(30.0)) for _ in range(3)][-1]

    much, _ = at_once(one_large_step, small_steps)
    # Never more than four times of what somebody wants.
    assert driver.loads[0] == 80
    assert much.requests >= 50


def test_a_process_that_is_done_still_gets_its_part_of_the_others_load() -> None:
    driver = Spreading(to=(0, 0, 0, 1))
    shared, (first, second) = workers(driver)
    at_once(load(first, 100), load(second, 100))
    shared.leave(first)
    assert second.run(100, Deadline(30.0)).requests == 50


def test_a_process_that_gets_no_requests_does_not_keep_the_loads_small() -> None:
    driver = Spreading(to=(0,))
    _, (first, second) = workers(driver)
    at_once(load(first, 10), load(second, 10))
    at_once(load(first, 1000), load(second, 10))
    assert driver.loads == [20, 2000]


def test_bad_answers_are_told_to_each_by_its_part() -> None:
    _, (first, second) = workers(Spreading(bad=100))
    results = at_once(load(first, 100), load(second, 100))
    assert [one.bad for one in results] == [50, 50]
    assert not any(one.is_valid for one in results)


def test_what_ends_one_ends_all() -> None:
    _, (first, second) = workers(Spreading(fails_at=1))
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(load(one, 10)) for one in (first, second)]
        kinds = {type(one.exception(10.0)) for one in both}
    assert kinds == {ZeroDivisionError, LoadAbandoned}


def test_an_error_in_counting_is_raised_where_that_process_is_measured() -> None:
    _, (first, second) = workers(Spreading())

    def fail() -> int:
        raise OSError

    first.read = fail
    with ThreadPoolExecutor(2) as pool:
        ours, theirs = [pool.submit(load(one, 10)) for one in (first, second)]
        assert isinstance(ours.exception(10.0), OSError)
        assert theirs.result(10.0).requests == 10


def test_several_routes_are_one_target_as_no_process_has_one_to_itself() -> None:
    _, (first, _) = workers(Spreading())
    assert first.targets == ["GET /a + GET /b"]


def test_a_driver_that_does_not_count_asks_the_processes_that_get_requests() -> None:
    sent = [0, 0]

    def repeat() -> bool:
        # The first one hands each on to the second, which is asked by nobody else.
        sent[0] += 1
        sent[1] += 1
        return True

    driver = RepetitionDriver("repeat test_it", repeat)
    shared = SharedLoad(driver, Deadline(30.0))
    front = shared.join(serves=True, is_front=True)
    behind = shared.join(serves=True, is_front=False)
    with front.counting(lambda: sent[0]), behind.counting(lambda: sent[1]):
        asked = [load(front, 10), load(behind, 10)]
        with ThreadPoolExecutor(2) as pool:
            answers = [pool.submit(one) for one in asked]
            driver.attend(answers)

    assert [one.result().requests for one in answers] == [10, 10]
    assert sent == [10, 10]
