from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_nodeleak.report.elide import elide


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (13, "GET /users/17"),
        (12, "GET /u…rs/17"),
        (5, "GE…17"),
        (2, "G…"),
        (1, "…"),
    ],
)
def test_a_text_loses_its_middle(width: int, shown: str) -> None:
    assert elide("GET /users/17", width) == shown


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_a_text_is_never_longer_than_its_place(text: str, width: int) -> None:
    assert len(elide(text, width)) == min(len(text), width)
