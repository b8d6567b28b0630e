from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_nodeleak.heap.numerals import integers_in

_LARGEST = 2**63 - 1


def _expected(text: str) -> list[int] | None:
    if not re.fullmatch(r"\s*-?[0-9]+\s*(,\s*-?[0-9]+\s*)*", text):
        return None
    numbers = [int(number) for number in text.split(",")]
    return None if max(numbers) >= _LARGEST else numbers


def _read(text: str) -> list[int] | None:
    integers = integers_in(text)
    return None if integers is None else integers[:].tolist()


@given(
    numbers=st.lists(st.integers(0, 10**17) | st.integers(0, 99), min_size=1),
    row=st.integers(1, 4),
    first=st.integers(0, 3),
    step=st.integers(1, 4),
)
@pytest.mark.parametrize("end_of_row", ["", "\n"])
def test_columns_are_what_is_written(
    end_of_row: str, numbers: list[int], row: int, first: int, step: int
) -> None:
    text = ",".join(
        f"{number}{end_of_row if place % row == row - 1 else ''}"
        for place, number in enumerate(numbers)
    )
    integers = integers_in(text)
    assert integers is not None
    assert len(integers) == len(numbers)
    assert integers[first::step].tolist() == numbers[first::step]


@pytest.mark.parametrize("digits", range(1, 19))
@pytest.mark.parametrize("before", range(9))
def test_a_number_of_any_length_is_read_wherever_it_stands(
    before: int, digits: int
) -> None:
    number = int("987654321987654321"[:digits])
    text = "1" * (before + 1) + f",{number},0"
    assert _read(text) == [int("1" * (before + 1)), number, 0]


@given(text=st.text(alphabet="0123456789,,,\n\n -", min_size=1, max_size=30))
def test_whatever_stands_between_numbers_is_taken_or_refused_as_a_whole(
    text: str,
) -> None:
    assert _read(text) == _expected(text)


@pytest.mark.parametrize(
    "text",
    [
        "1.5",
        "1,,2",
        ",1",
        "1,",
        "+1",
        "1;2",
        "a",
        "1e3",
        "1,\n",
        "1 2",
        "\u0663",
        "9" * 19,
    ],
)
def test_what_is_no_list_of_integers_is_refused(text: str) -> None:
    assert integers_in(text) is None
    assert integers_in(f"1,{text}") is None


def test_what_is_taken_from_a_text_is_an_array_of_its_own() -> None:
    integers = integers_in("1,2\n,3,4\n")
    assert integers is not None
    every_second = integers[1::2]
    every_second += 1
    assert integers[:].tolist() == [1, 2, 3, 4]
    assert isinstance(every_second, np.ndarray)
