from __future__ import annotations

import pytest

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import DeadlineExceeded


class FakeClock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_time_that_passes_is_taken_from_what_is_left(clock: FakeClock) -> None:
    deadline = Deadline(10.0, clock=clock)

    clock.now_s += 4.0

    assert deadline.elapsed_s() == 4.0
    assert deadline.remaining_s() == 6.0
    assert deadline.check("a reply") == 6.0
    assert not deadline.has_passed()


@pytest.mark.parametrize("waited_s", [10.0, 12.5])
def test_when_no_time_is_left_a_check_says_what_was_waited_for(
    clock: FakeClock, waited_s: float
) -> None:
    deadline = Deadline(10.0, clock=clock)

    clock.now_s += waited_s

    assert deadline.has_passed()
    assert deadline.remaining_s() == 0.0
    assert deadline.elapsed_s() == waited_s
    with pytest.raises(DeadlineExceeded) as exceeded:
        deadline.check("a reply")
    assert (exceeded.value.waiting_for, exceeded.value.allowed_s) == ("a reply", 10.0)


def test_a_step_gets_its_own_time(clock: FakeClock) -> None:
    deadline = Deadline(10.0, clock=clock)
    clock.now_s += 4.0

    step = deadline.at_most(5.0)
    clock.now_s += 5.0

    assert step.has_passed()
    assert deadline.remaining_s() == 1.0


def test_a_step_never_gets_more_than_is_left(clock: FakeClock) -> None:
    deadline = Deadline(10.0, clock=clock)
    clock.now_s += 8.0

    step = deadline.at_most(5.0)

    assert step.allowed_s == 2.0


def test_after_its_end_there_is_no_time_for_a_step(clock: FakeClock) -> None:
    deadline = Deadline(1.0, clock=clock)
    clock.now_s += 3.0

    assert deadline.at_most(5.0).has_passed()
