from __future__ import annotations

import json

import pytest

from pytest_nodeleak.traffic.headers import Headers, parse_header

ENVIRON = {"TOKEN": "s3cret-value", "PART": "x"}


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("Authorization: Bearer $TOKEN", ("Authorization", "Bearer s3cret-value")),
        ("X-Key:${TOKEN}s", ("X-Key", "s3cret-values")),
        ("  X-Empty:  ", ("X-Empty", "")),
        ("X-Time: 12:30", ("X-Time", "12:30")),
        ("X-Price: 5 $", ("X-Price", "5 $")),
    ],
)
def test_a_header_is_a_name_and_a_value_with_variables(
    text: str, parsed: tuple[str, str]
) -> None:
    assert parse_header(text, ENVIRON) == parsed


@pytest.mark.parametrize("text", ["", "Authorization", "a b: c", ": x", "X: a\nY: b"])
def test_what_is_no_header_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as 'Authorization: Bearer"):
        parse_header(text, ENVIRON)


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(ValueError, match="the environment has no MISSING"):
        parse_header("X-Key: $MISSING", ENVIRON)


def test_values_are_hidden_whole_and_word_by_word() -> None:
    headers = Headers(
        {"Authorization": "Bearer s3cret-value", "Cookie": "sid=abcdef12"}
    )

    hidden = headers.hidden_in(
        "Bearer s3cret-value, s3cret-value alone, Bearer other and abcdef12"
    )

    assert hidden == "***, *** alone, Bearer other and ***"


def test_values_are_hidden_in_json_as_well() -> None:
    headers = Headers({"X-Key": 'quoted "secret"'})

    assert headers.hidden_in(json.dumps({"key": 'quoted "secret"'})) == '{"key": "***"}'


def test_short_values_are_no_secrets() -> None:
    assert Headers({"X-Version": "2"}).hidden_in("2 of 20") == "2 of 20"


def test_values_are_not_shown_where_the_settings_are() -> None:
    assert "secret" not in repr(Headers({"X-Key": "secret"}))
