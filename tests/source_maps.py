"""Writes source maps for tests, so that none needs a compiler."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

__all__ = ["Mapped", "mappings", "source_map"]

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@dataclass(frozen=True, order=True, kw_only=True)
class Mapped:
    """A segment; all numbers are 0-based, as they are in a map.

    Attributes:
        line: Of the generated script.
        column: Of the generated script.
        source: Index of the source, None for code that comes from none.
        source_line: Of the source.
        source_column: Of the source.
        name: Index of the name, None if it has none.

    """

    line: int
    column: int
    source: int | None = 0
    source_line: int = 0
    source_column: int = 0
    name: int | None = None


def source_map(
    segments: Iterable[Mapped],
    *,
    sources: Sequence[str | None] = ("app.ts",),
    names: Sequence[str] = (),
    texts: Sequence[str | None] = (),
    root: str | None = None,
) -> bytes:
    """Return the JSON of a map with these segments."""
    content: dict[str, object] = {
        "version": 3,
        "sources": list(sources),
        "names": list(names),
        "mappings": mappings(segments),
    }
    if texts:
        content["sourcesContent"] = list(texts)
    if root is not None:
        content["sourceRoot"] = root
    return json.dumps(content).encode()


def mappings(segments: Iterable[Mapped]) -> str:
    """Encode segments (ECMA-426, "Mappings")."""
    lines: list[str] = []
    source = source_line = source_column = name = 0
    for line, group in groupby(sorted(segments, key=_place), lambda one: one.line):
        lines += [""] * (line - len(lines))
        fields: list[str] = []
        column = 0
        for one in group:
            deltas = [one.column - column]
            column = one.column
            if one.source is not None:
                deltas += [
                    one.source - source,
                    one.source_line - source_line,
                    one.source_column - source_column,
                ]
                source, source_line = one.source, one.source_line
                source_column = one.source_column
                if one.name is not None:
                    deltas.append(one.name - name)
                    name = one.name
            fields.append("".join(map(_vlq, deltas)))
        lines.append(",".join(fields))
    return ";".join(lines)


def _place(one: Mapped) -> tuple[int, int]:
    return one.line, one.column


def _vlq(number: int) -> str:
    """Encode a number in base 64 with the sign in its last bit."""
    rest = -number << 1 | 1 if number < 0 else number << 1
    digits = ""
    while True:
        digit, rest = rest & 31, rest >> 5
        digits += _DIGITS[digit | 32 if rest else digit]
        if not rest:
            return digits
