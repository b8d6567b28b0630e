from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_nodeleak.load.fresh import Number
from pytest_nodeleak.traffic.openapi.operations import Parameter
from pytest_nodeleak.traffic.openapi.texts import FreshText
from pytest_nodeleak.traffic.openapi.values import Value
from pytest_nodeleak.traffic.openapi.writing import (
    BOUNDARY,
    form,
    json_pieces,
    multipart,
    parameter,
    plain,
    template,
)

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(DOCUMENTS)
@example("\x010")
@example("\x020\x02")
def test_json_without_new_parts_is_what_it_was(document: Value) -> None:
    assert json.loads(template(json_pieces(document)).render(3)) == document


def test_new_parts_of_json_are_numbers_and_parts_of_texts() -> None:
    value: Value = {
        "id": Number(),
        "name": FreshText('"é', Number(first=1), "\\"),
        "all": [Number(first=2)],
    }

    written = template(json_pieces(value))

    assert json.loads(written.render(5)) == {"id": 5, "name": '"é6\\', "all": [7]}


def given_as(place: str, style: str, *, explode: bool) -> Parameter:
    return Parameter(
        name="a b",
        place=place,
        schema={},
        required=True,
        style=style,
        explode=explode,
    )


@pytest.mark.parametrize(
    ("style", "explode", "value", "written"),
    [
        ("form", True, "x y", ["a%20b=x%20y"]),
        ("form", True, True, ["a%20b=true"]),
        ("form", True, Number(), ["a%20b=7"]),
        ("form", True, FreshText("é/", Number()), ["a%20b=%C3%A9%2F7"]),
        ("form", True, ["x", "y"], ["a%20b=x", "a%20b=y"]),
        ("form", False, ["x", "y"], ["a%20b=x,y"]),
        ("pipeDelimited", False, ["x", "y"], ["a%20b=x%7Cy"]),
        ("form", True, {"x": 1, "y": 2}, ["x=1", "y=2"]),
        ("form", False, {"x": 1, "y": 2}, ["a%20b=x,1,y,2"]),
        ("deepObject", True, {"x": 1}, ["a%20b%5Bx%5D=1"]),
        ("json", False, {"x": Number()}, ["a%20b=%7B%22x%22%3A%207%7D"]),
    ],
)
def test_a_parameter_in_a_query_is_written_as_its_style_says(
    style: str,
    explode: bool,  # noqa: FBT001  # a parameter of the test
    value: Value,
    written: list[str],
) -> None:
    pieces = parameter(given_as("query", style, explode=explode), value)

    assert [template(one).render(7) for one in pieces] == written


@pytest.mark.parametrize(
    ("place", "style", "value", "written"),
    [
        ("path", "simple", "x/y", "x%2Fy"),
        ("path", "simple", ["x", "y"], "x,y"),
        ("header", "simple", "x/y", "x/y"),
        ("header", "json", {"x": "y"}, '{"x": "y"}'),
    ],
)
def test_a_parameter_elsewhere_is_its_value(
    place: str, style: str, value: Value, written: str
) -> None:
    [pieces] = parameter(given_as(place, style, explode=False), value)

    assert template(pieces).render(7) == written


def test_a_form_is_read_as_what_it_was() -> None:
    value: Value = {"a b": "x&y=z", "all": ["1", "2"], "n": FreshText("é", Number())}

    assert parse_qs(template(form(value)).render(4)) == {
        "a b": ["x&y=z"],
        "all": ["1", "2"],
        "n": ["é4"],
    }


def test_a_form_with_files_says_what_each_part_is() -> None:
    value: Value = {"title": "x", "file": FreshText("content-", Number())}

    written = template(multipart(value, {"file": "application/pdf"})).render(4)

    assert written == (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="title"\r\n\r\nx\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file";'
        ' filename="file"\r\nContent-Type: application/pdf\r\n\r\ncontent-4\r\n'
        f"--{BOUNDARY}--\r\n"
    )


def test_a_value_that_is_alone_is_written_as_it_is() -> None:
    assert template(plain("a b", safe=None)).render(1) == "a b"
    assert template(plain(["x"], safe=None)).render(1) == '["x"]'
