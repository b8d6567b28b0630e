from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_nodeleak.load.fresh import Digits, Number, Numeral


def test_a_number_counts_up_without_end() -> None:
    assert [Number().at(n) for n in (0, 1, 12_345_678_901)] == ["0", "1", "12345678901"]


def test_a_number_with_bounds_begins_again_after_the_last() -> None:
    number = Number(first=5, step=10, count=3)

    assert [number.at(n) for n in range(4)] == ["5", "15", "25", "5"]


def test_a_number_of_a_width_is_filled_up_with_zeros() -> None:
    assert Number(width=4).at(7) == "0007"


@given(n=st.integers(0, 10**16), width=st.integers(1, 20))
def test_a_numeral_has_its_width_and_its_alphabet(n: int, width: int) -> None:
    text = Numeral(alphabet=string.ascii_uppercase, width=width).at(n)

    assert len(text) == width
    assert set(text) <= set(string.ascii_uppercase)


def test_a_numeral_is_another_one_for_every_request() -> None:
    numeral = Numeral(alphabet="abc", width=4)

    assert len({numeral.at(n) for n in range(81)}) == 81


@pytest.mark.parametrize("width", [0, 33])
def test_there_are_1_to_32_digits(width: int) -> None:
    with pytest.raises(ValueError, match="there are from 1 to 32"):
        Digits(width=width)
