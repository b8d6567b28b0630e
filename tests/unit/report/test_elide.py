from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_nodeleak.report.elide import elide, name_load


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


def test_a_load_of_many_routes_is_named_by_the_first_ones() -> None:
    assert name_load("GET /a") == "GET /a"
    assert name_load("GET /a + GET /b + GET /c + GET /d") == (
        "GET /a + GET /b + GET /c + GET /d"
    )
    assert name_load("GET /a + GET /b + GET /c + GET /d + GET /e") == (
        "GET /a + GET /b + GET /c + 2 more"
    )
