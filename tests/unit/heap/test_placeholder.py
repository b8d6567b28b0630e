from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_nodeleak.heap.placeholder import STRING, hidden_length, placeholder


def test_a_placeholder_says_what_and_how_long_it_was() -> None:
    assert placeholder("class", "x" * 1234, 17) == "<class of 1,234 characters #17>"


@given(text=st.text(), number=st.integers(0))
def test_the_length_of_a_string_is_read_as_it_was_written(
    text: str, number: int
) -> None:
    assert hidden_length(placeholder(STRING, text, number)) == len(text)


def test_what_stands_for_no_string_hides_none() -> None:
    assert hidden_length(placeholder("class", "Bob", 1)) is None
    assert hidden_length("<string of 3 characters #1> and more") is None
