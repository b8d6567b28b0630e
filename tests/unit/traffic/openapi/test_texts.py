from __future__ import annotations

import base64
import uuid
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_documents import rendered

from pytest_nodeleak.load.plan import JsonValue
from pytest_nodeleak.traffic.openapi.drawing import draw
from pytest_nodeleak.traffic.openapi.texts import formatted, free_text, fresh_like

LARGEST_NUMBER = 9_999_999_999_999_999


def texts(name: str) -> list[str]:
    strategy = formatted(name)
    assert strategy is not None
    return [rendered(one) for one in draw(strategy, 20, "test")]


@given(
    word=st.text("abc", min_size=1, max_size=30),
    fewest=st.integers(0, 60),
    more=st.integers(0, 60) | st.none(),
    n=st.integers(0, LARGEST_NUMBER),
)
def test_a_free_text_is_as_long_as_it_has_to_be(
    word: str, fewest: int, more: int | None, n: int
) -> None:
    most = None if more is None else fewest + more

    text = rendered(free_text(word, fewest, most), n)

    assert len(text) >= fewest
    assert most is None or len(text) <= most


@pytest.mark.parametrize("most", [None, 1000, 30, 18, 10, 4])
def test_free_texts_are_new_in_every_request(most: int | None) -> None:
    text = free_text("title", None, most)

    assert len({rendered(text, n) for n in range(1000)}) == 1000


def test_a_free_text_begins_with_its_word() -> None:
    assert rendered(free_text("title", None, None)) == "title-7"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("email", "user-7@example.com"),
        ("uri", "https://example.com/7"),
        ("hostname", "host-7.example.com"),
    ],
)
def test_addresses_are_new_in_every_request(name: str, text: str) -> None:
    assert texts(name) == [text]


def test_a_uuid_is_one() -> None:
    [text] = texts("uuid")
    assert str(uuid.UUID(text)) == text


def test_days_and_moments_are_of_our_time() -> None:
    assert all(2020 <= date.fromisoformat(one).year <= 2030 for one in texts("date"))
    assert all(
        2020 <= datetime.fromisoformat(one).year <= 2030 for one in texts("date-time")
    )


def test_bytes_are_base64() -> None:
    assert all(base64.b64decode(one, validate=True) for one in texts("byte"))


def test_addresses_of_networks_are_private_ones() -> None:
    assert all(one.startswith("10.") for one in texts("ipv4"))
    assert all(one.startswith("fd") for one in texts("ipv6"))


@pytest.mark.parametrize("name", [None, "password", "x-own", 3])
def test_a_format_that_says_nothing_is_a_free_text(name: JsonValue) -> None:
    assert formatted(name) is None


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({}, "Puffin-7"),
        ({"maxLength": 30}, "Puffin-7"),
        ({"maxLength": 8}, "Puffin"),
        ({"enum": ["Puffin"]}, "Puffin"),
        ({"pattern": "^P"}, "Puffin"),
        ({"format": "date"}, "Puffin"),
        ({"format": "email"}, "user-7@example.com"),
    ],
)
def test_an_example_is_made_new_where_its_schema_leaves_it_free(
    schema: dict[str, JsonValue], text: str
) -> None:
    assert rendered(fresh_like("Puffin", schema)) == text
