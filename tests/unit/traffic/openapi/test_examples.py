from __future__ import annotations

from openapi_documents import references_of

from pytest_nodeleak.load.fresh import Identifier, Number
from pytest_nodeleak.load.plan import JsonValue
from pytest_nodeleak.traffic.openapi.examples import freshened
from pytest_nodeleak.traffic.openapi.texts import FreshText
from pytest_nodeleak.traffic.openapi.values import Value, Values


def fresh(example: JsonValue, schema: JsonValue) -> Value:
    return freshened(example, schema, Values(references_of({"openapi": "3.1.0"})))


def test_free_texts_are_made_new_and_all_else_stays() -> None:
    schema: JsonValue = {
        "properties": {
            "name": {"type": "string"},
            "key": {"type": "string", "format": "uuid"},
            "kind": {"enum": ["a", "b"]},
            "tags": {"items": {"type": "string"}},
        }
    }
    example: JsonValue = {
        "name": "Puffin",
        "key": "00000000-0000-0000-0000-000000000000",
        "kind": "a",
        "tags": ["x"],
        "berthId": 3,
        "unknown": "y",
    }

    assert fresh(example, schema) == {
        "name": FreshText("Puffin-", Number()),
        "key": FreshText("", Identifier()),
        "kind": "a",
        "tags": [FreshText("x-", Number())],
        "berthId": 3,
        "unknown": "y",
    }


def test_the_properties_of_all_branches_are_known_and_the_one_that_tells_them_stays() -> (
    None
):
    schema: JsonValue = {
        "oneOf": [
            {"properties": {"kind": {"type": "string"}, "name": {"type": "string"}}},
            {"properties": {"kind": {"type": "string"}}},
        ],
        "discriminator": {"propertyName": "kind"},
    }

    assert fresh({"kind": "boat", "name": "Puffin"}, schema) == {
        "kind": "boat",
        "name": FreshText("Puffin-", Number()),
    }
