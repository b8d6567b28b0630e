from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_nodeleak.sources.source_text import SourceText

TEXTS = st.text(alphabet="ab \n\r\u2028é\N{PILE OF POO}\ud800", max_size=40)


@given(TEXTS, st.data())
def test_an_offset_is_found_again_by_its_place(text: str, data: st.DataObject) -> None:
    source = SourceText(text)
    offset = data.draw(st.integers(0, len(text)))

    assert source.offset(*source.position(offset)) == offset


@pytest.mark.parametrize(
    ("text", "place", "offset"),
    [
        ("ab\ncd", (1, 1), 0),
        ("ab\ncd", (2, 2), 4),
        ("ab\r\ncd", (2, 1), 4),
        ("ab\rcd", (2, 1), 3),
        ("a\u2028b", (2, 1), 2),
        ("\N{PILE OF POO}b", (1, 3), 1),
        ("é\N{PILE OF POO}b", (1, 4), 2),
        ("ab", (1, 99), 2),
    ],
)
def test_columns_are_utf_16_code_units(
    text: str, place: tuple[int, int], offset: int
) -> None:
    assert SourceText(text).offset(*place) == offset


@pytest.mark.parametrize("line", [0, 3])
def test_a_line_that_is_not_there_has_no_offset(line: int) -> None:
    assert SourceText("a\nb").offset(line, 1) is None
