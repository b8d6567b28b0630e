"""Writes values as JSON, as parts of a path or a query, and as forms."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

from pytest_nodeleak.load.fresh import Fresh, Number
from pytest_nodeleak.load.template import Template
from pytest_nodeleak.traffic.openapi.operations import Parameter
from pytest_nodeleak.traffic.openapi.texts import FreshText
from pytest_nodeleak.traffic.openapi.values import Value

__all__ = [
    "Pieces",
    "form",
    "json_pieces",
    "multipart",
    "parameter",
    "plain",
    "template",
]

Pieces = tuple[str | Fresh, ...]

BOUNDARY = "nodeleak-0123456789abcdef"
_JOINED = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}


def template(pieces: Iterable[str | Fresh]) -> Template:
    """Return pieces as a text that is rendered once per request."""
    literals: list[str] = [""]
    fresh: list[Fresh] = []
    for piece in pieces:
        if isinstance(piece, str):
            literals[-1] += piece
        else:
            fresh.append(piece)
            literals.append("")
    return Template.of(literals, fresh)


def json_pieces(value: Value) -> Pieces:
    """Write a value as JSON."""
    return tuple(_json_of(value))


def _json_of(value: Value) -> Iterator[str | Fresh]:
    match value:
        case Number():
            yield value
        case FreshText(before, fresh, after):
            yield json.dumps(before)[:-1]
            yield fresh
            yield json.dumps(after)[1:]
        case list():
            yield from _bracketed("[]", ([*_json_of(one)] for one in value))
        case dict():
            yield from _bracketed(
                "{}",
                (
                    [f"{json.dumps(key)}: ", *_json_of(one)]
                    for key, one in value.items()
                ),
            )
        case _:
            yield json.dumps(value)


def _bracketed(
    brackets: str, members: Iterable[Iterable[str | Fresh]]
) -> Iterator[str | Fresh]:
    yield brackets[0]
    for number, member in enumerate(members):
        if number:
            yield ", "
        yield from member
    yield brackets[1]


def plain(value: Value, *, safe: str | None = "") -> Pieces:
    """Write a single value as text.

    Args:
        value: No list, no object: of those the JSON is taken.
        safe: What a URL keeps beside letters and digits; None for no quoting at all.

    """

    def quoted(text: str) -> str:
        return text if safe is None else quote(text, safe=safe)

    match value:
        case FreshText(before, fresh, after):
            return (quoted(before), fresh, quoted(after))
        case Number():
            return (value,)
        case str():
            return (quoted(value),)
        case list() | dict():
            return tuple(
                quoted(piece) if isinstance(piece, str) else piece
                for piece in json_pieces(value)
            )
        case _:
            return (json.dumps(value),)


def parameter(given: Parameter, value: Value) -> Iterator[Pieces]:
    """Write a parameter: its value, and in a query ``name=value``, once or more often."""
    if given.place == "query":
        yield from _in_query(given, value)
    elif given.style == "json":
        yield json_pieces(value)
    else:
        yield tuple(_joined(value, ",", safe="" if given.place == "path" else None))


def _in_query(given: Parameter, value: Value) -> Iterator[Pieces]:
    name = quote(given.name, safe="") + "="
    match value:
        case list() | dict() if given.style == "json":
            yield (name, *plain(value))
        case dict() if given.style == "deepObject":
            for key, one in value.items():
                yield (quote(f"{given.name}[{key}]", safe="") + "=", *plain(one))
        case dict() if given.explode:
            for key, one in value.items():
                yield (quote(key, safe="") + "=", *plain(one))
        case list() if given.explode:
            for one in value:
                yield (name, *plain(one))
        case _:
            yield (name, *_joined(value, _JOINED.get(given.style, ","), safe=""))


def _joined(value: Value, joint: str, *, safe: str | None) -> Iterator[str | Fresh]:
    parts = _flat(value) if isinstance(value, list | dict) else [value]
    for position, one in enumerate(parts):
        yield joint if position else ""
        yield from plain(one, safe=safe)


def _flat(value: list[Value] | dict[str, Value]) -> list[Value]:
    if isinstance(value, list):
        return value
    return [each for key, one in value.items() for each in (key, one)]


def form(value: Value) -> Pieces:
    """Write an object as a form of a web page."""
    pieces: list[str | Fresh] = []
    for key, one in _fields(value):
        pieces += ["&" if pieces else "", quote(key, safe=""), "=", *plain(one)]
    return tuple(pieces)


def multipart(value: Value, files: Mapping[str, str]) -> Pieces:
    """Write an object as a form with files.

    Args:
        value: The object.
        files: The names of the properties that are files, with their content types.

    """
    pieces: list[str | Fresh] = []
    for key, one in _fields(value):
        disposition = f'Content-Disposition: form-data; name="{key}"'
        if key in files:
            disposition += f'; filename="{key}"\r\nContent-Type: {files[key]}'
        pieces += [
            f"--{BOUNDARY}\r\n{disposition}\r\n\r\n",
            *plain(one, safe=None),
            "\r\n",
        ]
    return (*pieces, f"--{BOUNDARY}--\r\n")


def _fields(value: Value) -> Iterator[tuple[str, Value]]:
    for key, one in value.items() if isinstance(value, dict) else []:
        for each in one if isinstance(one, list) else [one]:
            yield key, each
