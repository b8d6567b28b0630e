from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_nodeleak.sources.mappings import decode_mappings


def test_columns_start_anew_with_each_line_and_all_else_goes_on() -> None:
    mappings = decode_mappings("AAAA,IAAI,EACF;;EAAC")

    assert mappings.line.tolist() == [0, 0, 0, 2]
    assert mappings.column.tolist() == [0, 4, 6, 2]
    assert mappings.source.tolist() == [0, 0, 0, 0]
    assert mappings.source_line.tolist() == [0, 0, 1, 1]


def test_fewer_fields_mean_no_name_and_no_source() -> None:
    mappings = decode_mappings("AAAAA,C,CAAC")

    assert mappings.source.tolist() == [0, -1, 0]
    assert mappings.name.tolist() == [0, -1, -1]


def test_segments_out_of_order_are_put_in_order() -> None:
    mappings = decode_mappings("IAAA,JAAA")

    assert mappings.column.tolist() == [0, 4]


@pytest.mark.parametrize("text", ["", ";", ";;;", ",", ",,;,"])
def test_a_list_of_nothing_has_no_segments(text: str) -> None:
    assert len(decode_mappings(text)) == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("AA!A", "'!' is no digit of a VLQ"),
        ("AAAé", "'é' is no digit of a VLQ"),
        ("g", "a VLQ ends before its last digit"),
        ("Ag,A", "a VLQ ends before its last digit"),
        ("AA", "a segment has neither one field nor four nor five"),
        ("AAAAAA", "a segment has neither one field nor four nor five"),
        ("D", "a segment lies before the beginning of a file"),
        ("AADA", "a segment lies before the beginning of a file"),
        ("gggggggA", "a VLQ has more than 32 bits"),
    ],
)
def test_what_is_no_list_of_mappings_says_why(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        decode_mappings(text)


@given(st.text(alphabet="ACDEgh+/,;", max_size=60))
def test_any_text_is_a_list_in_order_or_refused(text: str) -> None:
    try:
        mappings = decode_mappings(text)
    except ValueError:
        return
    places = list(zip(mappings.line, mappings.column, strict=True))
    assert places == sorted(places)
    assert not len(mappings) or np.min(mappings.column) >= 0
