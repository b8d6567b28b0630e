from __future__ import annotations

from typing import Any

import pytest
from openapi_documents import rendered, values_of

from pytest_nodeleak.load.fresh import Number
from pytest_nodeleak.traffic.openapi.texts import FreshText


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ({"const": 3}, [3]),
        ({"enum": ["a", "b", None]}, ["a", "b"]),
        ({"type": "boolean"}, [True, False]),
        ({"type": "null"}, [None]),
        ({"type": "integer", "minimum": 3, "maximum": 5}, [3, 4, 5]),
        (
            {"type": "integer", "minimum": 3, "exclusiveMinimum": True, "maximum": 5},
            [4, 5],
        ),
        ({"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 6}, [4, 5]),
        ({"type": "integer", "minimum": 1, "maximum": 9, "multipleOf": 4}, [4, 8]),
        ({"type": "integer", "maximum": -4, "minimum": -5}, [-5, -4]),
        ({"type": "number", "minimum": 1, "maximum": 1.02}, [1.0, 1.01, 1.02]),
        (
            {"type": "number", "multipleOf": 0.5, "minimum": 0, "maximum": 1},
            [0, 0.5, 1],
        ),
        ({"type": ["null", "integer"], "minimum": 1, "maximum": 2}, [1, 2]),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, ["a", "b"]),
        ({"anyOf": [{"type": "null"}, {"const": "b"}]}, ["b"]),
        ({"allOf": [{"type": "integer", "minimum": 2}, {"maximum": 3}]}, [2, 3]),
    ],
    ids=str,
)
def test_values_are_all_that_a_schema_allows(
    schema: dict[str, Any], values: list[object]
) -> None:
    assert set(values_of(schema)) == set(values)


def test_a_number_without_bounds_is_small_and_positive() -> None:
    for kind in ("integer", "number"):
        assert all(0 <= value <= 100 for value in values_of({"type": kind}))  # type: ignore[operator]


def test_an_id_counts_up_within_its_bounds() -> None:
    schema = {
        "type": "object",
        "required": ["userId", "id"],
        "properties": {
            "userId": {"type": "integer", "minimum": 10, "maximum": 19},
            "id": {"type": "integer", "format": "int32"},
        },
    }

    numbers = {
        "userId": Number(first=10, count=10),
        "id": Number(first=1, count=2**31 - 1),
    }
    assert all(value == numbers for value in values_of(schema))


def test_what_must_be_there_is_and_what_may_be_sometimes_is() -> None:
    schema = {
        "type": "object",
        "required": ["a", "made"],
        "properties": {
            "a": {"const": 1},
            "b": {"const": 2},
            "made": {"type": "string", "readOnly": True},
        },
    }

    values = values_of(schema)

    assert {"a": 1} in values
    assert {"a": 1, "b": 2} in values
    assert all(value in ({"a": 1}, {"a": 1, "b": 2}) for value in values)


def test_an_object_of_any_properties_has_one() -> None:
    schema = {"type": "object", "additionalProperties": {"const": 1}}

    assert values_of(schema) == [{"word-1": 1}]


def test_a_list_is_short_and_not_empty_unless_it_must_be() -> None:
    items = {"enum": ["a", "b", "c", "d", "e"]}
    lengths = {
        len(value)  # type: ignore[arg-type]
        for value in values_of({"type": "array", "items": items})
    }

    assert lengths == {1, 2, 3}
    assert values_of({"type": "array", "items": items, "maxItems": 0}) == [[]]


def test_items_are_unique_where_they_have_to_be() -> None:
    schema = {"type": "array", "uniqueItems": True, "items": {"enum": ["a", "b"]}}

    for value in values_of(schema):
        assert isinstance(value, list)
        assert len(set(value)) == len(value)


def test_a_schema_that_contains_itself_comes_to_an_end() -> None:
    node = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"enum": ["x"]},
            "children": {"type": "array", "items": {"$ref": "#/components/Node"}},
        },
    }

    values = values_of({"$ref": "#/components/Node"}, components={"Node": node})

    assert {"name": "x"} in values
    assert len(values) > 3


def test_a_schema_that_must_contain_itself_comes_to_an_end_as_well() -> None:
    node = {
        "type": "object",
        "required": ["next"],
        "properties": {"next": {"$ref": "#/components/Node"}},
    }

    assert len(values_of({"$ref": "#/components/Node"}, components={"Node": node})) == 1


def test_a_discriminator_tells_which_schema_a_value_is_of() -> None:
    schemas = {
        "Cat": {"type": "object", "properties": {"kind": {"type": "string"}}},
        "Dog": {"type": "object", "properties": {"kind": {"type": "string"}}},
        "Pet": {
            "oneOf": [{"$ref": "#/components/Cat"}, {"$ref": "#/components/Dog"}],
            "discriminator": {
                "propertyName": "kind",
                "mapping": {"dog": "#/components/Dog"},
            },
        },
    }

    values = values_of({"$ref": "#/components/Pet"}, components=schemas)

    assert sorted(value["kind"] for value in values) == ["Cat", "dog"]  # type: ignore[index, call-overload, type-var]


def test_a_free_text_is_the_example_and_one_like_it() -> None:
    values = values_of({"type": "string", "example": "Puffin"})

    assert sorted(map(rendered, values)) == ["Puffin", "Puffin-7"]


def test_a_text_of_a_pattern_matches_it() -> None:
    values = values_of({"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$"})

    assert all(isinstance(value, FreshText) for value in values)
    assert {rendered(value)[2:] for value in values} == {"-0007"}
