"""How long a push lasts where other processes have the CPU."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.stages.bench import Bench
from pytest_nodeleak.stages.push import Pushing


class Machine:
    """A clock, and the time that the app has waited for a CPU."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.waited: float | None = 0.0

    def bench(self, budget_s: float) -> Bench:
        has_what_it_takes = SimpleNamespace(
            deadline=Deadline(budget_s, clock=lambda: self.now_s),
            waited_s=lambda: self.waited,
        )
        return cast(Bench, has_what_it_takes)


def test_time_that_is_not_told_at_the_end_is_not_taken_for_running() -> None:
    machine = Machine()
    machine.waited = 100.0
    pushing = Pushing(machine.bench(60.0))

    machine.now_s, machine.waited = 1.9, None

    assert not pushing.is_over()


@pytest.mark.parametrize(
    ("elapsed_s", "waited_s", "is_over"),
    [
        pytest.param(1.9, 0.0, False, id="not yet"),
        pytest.param(2.0, 0.0, True, id="two seconds of its own"),
        pytest.param(2.0, None, True, id="on a system that does not say"),
        pytest.param(6.0, 4.5, False, id="most of the time waiting"),
        pytest.param(6.0, 4.0, True, id="two of six seconds"),
        pytest.param(15.0, 15.0, True, id="a quarter of the budget"),
    ],
)
def test_a_push_lasts_until_the_app_had_its_time_within_the_budget(
    elapsed_s: float, waited_s: float | None, *, is_over: bool
) -> None:
    machine = Machine()
    pushing = Pushing(machine.bench(60.0))

    machine.now_s, machine.waited = elapsed_s, waited_s

    assert pushing.is_over() is is_over
