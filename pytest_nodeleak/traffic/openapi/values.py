"""Values as a client would send them, from a JSON schema, by Hypothesis.

A fuzzer wants what is barely valid; a load wants what is plausible and new every time. So
texts are words, numbers are small, no property is made up, and what may be anything (free
texts, UUIDs, ids) is left to the number of the request.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_nodeleak.load.fresh import Number
from pytest_nodeleak.load.plan import JsonValue
from pytest_nodeleak.traffic.openapi.patterns import matching
from pytest_nodeleak.traffic.openapi.references import (
    Node,
    References,
    mapping,
    sequence,
)
from pytest_nodeleak.traffic.openapi.texts import FreshText, formatted, free_text

__all__ = ["Strategy", "Value", "Values", "literal"]

Value: TypeAlias = (
    bool
    | int
    | float
    | str
    | FreshText
    | Number
    | list["Value"]
    | dict[str, "Value"]
    | None
)
Strategy: TypeAlias = SearchStrategy[Value]

# Deeper down only what must be there is made: schemas may go round in circles.
_DEEP, _DEEPEST = 4, 12
_FEW = 3
_SMALL = 100
_LARGEST = {"int32": 2**31 - 1}
_LARGEST_USUAL = 2**53 - 1
_HUNDREDTHS = 100
# What all parts of an allOf have to agree with, rather than the last one says.
_UNITED = ("properties", "required", "allOf")


@dataclass(frozen=True, slots=True)
class Values:
    """Makes values of schemas.

    Attributes:
        references: What they refer to.

    """

    references: References

    def of(self, schema: JsonValue, name: str = "value", depth: int = 0) -> Strategy:
        """Return a strategy for the values of a schema.

        Args:
            schema: With references.
            name: Of the parameter or property.
            depth: How far inside of another schema it is.

        Raises:
            UnreadableDocument: If a reference leads nowhere.

        """
        flat = self.flat(schema)
        if "const" in flat:
            return st.just(literal(flat["const"]))
        if options := sequence(flat.get("enum")):
            chosen = [one for one in options if one is not None] or options
            return st.sampled_from([literal(one) for one in chosen])
        for word in ("oneOf", "anyOf"):
            if branches := sequence(flat.get(word)):
                return self._one_of(flat, word, branches, name, depth)
        makers: Mapping[str, Callable[[Node, str, int], Strategy]] = {
            "object": self._object,
            "array": self._array,
            "integer": _integer,
            "number": _number,
            "boolean": lambda *_: st.booleans(),
            "null": lambda *_: st.none(),
        }
        return makers.get(_type(flat), _text)(flat, name, depth)

    def flat(self, schema: JsonValue) -> Node:
        """Return a schema with its references followed and its allOf put together."""
        flat = self.references.follow(schema)
        parts = sequence(flat.get("allOf"))
        if not parts:
            return flat
        merged: Node = {}
        properties: Node = {}
        required: list[JsonValue] = []
        own = {key: value for key, value in flat.items() if key != "allOf"}
        for part in (*map(self.flat, parts), own):
            properties |= mapping(part.get("properties"))
            required += sequence(part.get("required"))
            merged |= {key: one for key, one in part.items() if key not in _UNITED}
        return {**merged, "properties": properties, "required": required}

    def _one_of(
        self,
        flat: Node,
        word: str,
        branches: Sequence[JsonValue],
        name: str,
        depth: int,
    ) -> Strategy:
        """Return values of any of the branches, which a discriminator may name."""
        common = {key: value for key, value in flat.items() if key != word}
        discriminator = mapping(common.pop("discriminator", None))
        told = discriminator.get("propertyName")
        names = {
            str(target).rpartition("/")[2]: key
            for key, target in mapping(discriminator.get("mapping")).items()
        }
        made: list[Strategy] = []
        for branch in branches:
            if depth > _DEEPEST and made:
                break
            own = self.flat({"allOf": [common, branch]})
            if _type(own) == "null":
                continue
            target = str(mapping(branch).get("$ref", "")).rpartition("/")[2]
            if isinstance(told, str) and target:
                constant: Node = {told: {"const": names.get(target, target)}}
                own["properties"] = {**mapping(own.get("properties")), **constant}
                own["required"] = [*sequence(own.get("required")), told]
            made.append(self.of(own, name, depth + 1))
        return st.one_of(made) if made else st.none()

    def _object(self, flat: Node, name: str, depth: int) -> Strategy:
        properties = mapping(flat.get("properties"))
        required = set(map(str, sequence(flat.get("required"))))
        mandatory: dict[str, Strategy] = {}
        optional: dict[str, Strategy] = {}
        for key, schema in properties.items():
            # What only answers have is not to be sent, even if it is required there.
            is_sent = not self.flat(schema).get("readOnly")
            if key in required and depth <= _DEEPEST and is_sent:
                mandatory[key] = self.of(schema, key, depth + 1)
            elif depth < _DEEP and is_sent:
                optional[key] = self.of(schema, key, depth + 1)
        others = flat.get("additionalProperties")
        if isinstance(others, dict) and not properties and depth < _DEEP:
            mandatory[f"{name}-1"] = self.of(others, name, depth + 1)
        return st.fixed_dictionaries(mandatory, optional=optional)

    def _array(self, flat: Node, name: str, depth: int) -> Strategy:
        fewest = _whole(flat.get("minItems")) or 0
        most = _whole(flat.get("maxItems"))
        most = max(fewest, _FEW if most is None else min(most, _FEW))
        if depth >= _DEEP and not fewest:
            return st.just([])
        items = self.of(flat.get("items", {}), name, depth + 1)
        # Lists of nothing test little; what is fresh is the same all over a request.
        fewest = max(fewest, min(1, most))
        if flat.get("uniqueItems"):
            return st.lists(items, min_size=fewest, max_size=most, unique_by=repr)
        return st.lists(items, min_size=fewest, max_size=most)


def _type(flat: Node) -> str:
    """Return the type of a schema, told by what it has where it does not say."""
    given = flat.get("type")
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, str) and one != "null":
            return one
    if given:
        return "null"
    if "properties" in flat or "additionalProperties" in flat:
        return "object"
    if "items" in flat:
        return "array"
    return "integer" if "minimum" in flat or "maximum" in flat else "string"


def _text(flat: Node, name: str, _depth: int) -> Strategy:
    fewest, most = _whole(flat.get("minLength")), _whole(flat.get("maxLength"))
    pattern = flat.get("pattern")
    if isinstance(pattern, str):
        made = matching(pattern, fewest, most)
        if made is not None:
            return made
    made = formatted(flat.get("format"))
    if made is not None:
        return made
    example = flat.get("example", flat.get("default"))
    if isinstance(example, str) and example:
        return st.sampled_from([example, free_text(example, fewest, most)])
    return st.just(free_text(name, fewest, most))


def _bounds(flat: Node) -> tuple[float, float]:
    """Return what a number lies between; OpenAPI 3.0 has flags for what is exclusive."""
    low, high = _float(flat.get("minimum")), _float(flat.get("maximum"))
    over, under = flat.get("exclusiveMinimum"), flat.get("exclusiveMaximum")
    step = 1.0 if _type(flat) == "integer" else 1 / _HUNDREDTHS
    if over is True:
        low += step
    elif isinstance(over, int | float):
        low = max(low, over + step) if not math.isnan(low) else over + step
    if under is True:
        high -= step
    elif isinstance(under, int | float):
        high = min(high, under - step) if not math.isnan(high) else under - step
    return low, high


def _integer(flat: Node, name: str, _depth: int) -> Strategy:
    step = max(1, int(_float(flat.get("multipleOf"), 1.0)))
    low, high = _bounds(flat)
    largest = _LARGEST.get(str(flat.get("format")), _LARGEST_USUAL)
    if math.isnan(high):
        high = max(largest, low + 1) if not math.isnan(low) else largest
    if math.isnan(low):
        low = min(1.0, high)
    first = math.ceil(low / step) * step
    count = max(1, int(high - first) // step + 1)
    if _is_id(name):
        return st.just(Number(first=first, step=step, count=count))
    return st.integers(0, min(count, _SMALL) - 1).map(lambda turn: first + step * turn)


def _number(flat: Node, _name: str, _depth: int) -> Strategy:
    low, high = _bounds(flat)
    if math.isnan(low):
        low = min(0.0, high) if not math.isnan(high) else 0.0
    if math.isnan(high):
        high = low + _SMALL
    span = max(0, int(min(high - low, _SMALL) * _HUNDREDTHS))
    step = _float(flat.get("multipleOf"), 0.0)
    if step > 0:
        first = math.ceil(low / step)
        most = max(first, math.floor(high / step))
        return st.integers(first, min(most, first + _SMALL)).map(
            lambda turn: round(turn * step, 9)
        )
    return st.integers(0, span).map(lambda part: round(low + part / _HUNDREDTHS, 6))


def _is_id(name: str) -> bool:
    return name.lower() == "id" or name.endswith(("Id", "ID", "_id", "-id"))


def literal(given: JsonValue) -> Value:
    """Return a value of the document as one that is sent: the same."""
    if isinstance(given, list):
        return [literal(one) for one in given]
    if isinstance(given, dict):
        return {key: literal(one) for key, one in given.items()}
    return given


def _float(value: JsonValue, usual: float = math.nan) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else usual  # type: ignore[arg-type]  # it is one


def _whole(value: JsonValue) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number else None  # type: ignore[return-value]  # it is one
