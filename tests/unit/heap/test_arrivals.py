from __future__ import annotations

import pytest

from pytest_nodeleak.heap.arrivals import order_constructors


@pytest.mark.parametrize("job", [96, 104], ids=["a little less", "a little more"])
def test_what_comes_about_as_often_is_always_in_one_order(job: int) -> None:
    every = {"Timeout": 100.0, "CronTime": 100.0, "CronJob": float(job)}

    labels = [label for label, _ in order_constructors({}, every, 100)]

    assert labels == ["CronJob", "CronTime", "Timeout"]


def test_entries_come_first_then_what_says_something_and_most_often() -> None:
    every = {"string": 500.0, "User": 100.0, "Order": 300.0, "{id}": 50.0}

    ordered = order_constructors({"{id}": 50.0}, every, 100)

    assert ordered == (("{id}", 0.5), ("Order", 3.0), ("User", 1.0), ("string", 5.0))


def test_entries_that_are_not_among_all_are_left_out() -> None:
    assert order_constructors({"gone": 1.0}, {}, 100) == ()
