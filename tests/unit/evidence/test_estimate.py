from __future__ import annotations

import operator
from collections.abc import Callable

import pytest

from pytest_nodeleak.evidence.estimate import Estimate

NOISY = Estimate(value=70.0, low=60.0, high=80.0)


@pytest.mark.parametrize(
    ("compare", "holds", "fails"),
    [
        pytest.param(operator.le, 60, 59.9, id="at most"),
        pytest.param(operator.lt, 60.1, 60, id="less"),
        pytest.param(operator.ge, 80, 80.1, id="at least"),
        pytest.param(operator.gt, 79.9, 80, id="more"),
    ],
)
def test_a_comparison_fails_only_when_the_whole_interval_contradicts_it(
    compare: Callable[[Estimate, float], bool], holds: float, fails: float
) -> None:
    assert compare(NOISY, holds)
    assert not compare(NOISY, fails)


def test_the_best_guess_alone_proves_nothing() -> None:
    assert NOISY.value > 64
    assert NOISY <= 64
    assert NOISY >= 76


@pytest.mark.parametrize("number", [60, 70.0, 80])
def test_it_equals_every_number_of_its_interval(number: float) -> None:
    assert number == NOISY
    assert not operator.ne(NOISY, number)


@pytest.mark.parametrize("number", [59.9, 80.1])
def test_it_differs_from_numbers_outside_its_interval(number: float) -> None:
    assert number != NOISY


def test_two_estimates_are_equal_only_if_all_their_numbers_are() -> None:
    assert Estimate(value=70.0, low=60.0, high=80.0) == NOISY
    assert Estimate(value=70.0, low=60.0, high=81.0) != NOISY


def test_it_is_no_text() -> None:
    assert NOISY != "70"


def test_it_cannot_be_a_key_since_it_equals_many_numbers() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(NOISY)


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(value=0.0012, low=-0.5, high=2.0), "0.0012 (-0.5 to 2)"),
        (Estimate(value=64.25, low=63.5, high=65), "64.25 (63.5 to 65)"),
        (
            Estimate(value=1234.4, low=-1100, high=2_345_678),
            "1,234 (-1,100 to 2,345,678)",
        ),
    ],
    ids=["small", "medium", "large"],
)
def test_its_text_has_the_interval_and_no_exponents(
    estimate: Estimate, text: str
) -> None:
    assert str(estimate) == text
