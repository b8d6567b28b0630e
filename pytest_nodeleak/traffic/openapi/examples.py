"""Examples of a document, made new where their schema lets them be."""

from __future__ import annotations

from pytest_nodeleak.load.plan import JsonValue
from pytest_nodeleak.traffic.openapi.references import Node, mapping, sequence
from pytest_nodeleak.traffic.openapi.texts import fresh_like
from pytest_nodeleak.traffic.openapi.values import Value, Values

__all__ = ["freshened"]

# Of what the schema does not know, and of what tells one schema from another.
_FIXED: Node = {"enum": []}


def freshened(example: JsonValue, schema: JsonValue, values: Values) -> Value:
    """Return an example with its free texts, addresses and UUIDs made new.

    Numbers and choices stay: they may stand for what the app has.
    """
    flat = values.flat(schema)
    match example:
        case dict():
            properties = _properties(flat, values)
            return {
                key: freshened(one, properties.get(key, _FIXED), values)
                for key, one in example.items()
            }
        case list():
            return [freshened(one, flat.get("items", {}), values) for one in example]
        case str():
            return fresh_like(example, flat)
        case _:
            return example


def _properties(flat: Node, values: Values) -> Node:
    """Return the properties of a schema and of all its branches."""
    found = dict(mapping(flat.get("properties")))
    for word in ("oneOf", "anyOf"):
        for branch in sequence(flat.get(word)):
            found |= _properties(values.flat(branch), values)
    told = mapping(flat.get("discriminator")).get("propertyName")
    return {**found, told: _FIXED} if isinstance(told, str) else found
