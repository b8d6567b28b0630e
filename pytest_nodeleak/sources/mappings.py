"""The ``mappings`` of a source map: Base64 VLQ numbers, decoded all at once.

References:
    ECMA-426, "Source map format specification", section "Mappings structure".

"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Mappings", "decode_mappings", "join_mappings"]

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_COMMA, _SEMICOLON, _FOREIGN = 64, 65, 66
_CODES = np.full(256, _FOREIGN, np.uint8)
_CODES[np.frombuffer(_BASE64, np.uint8)] = np.arange(64)
_CODES[ord(",")], _CODES[ord(";")] = _COMMA, _SEMICOLON
_CONTINUES, _DIGIT_BITS, _DIGIT = 32, 5, 31
# Numbers are of 32 bits, which are seven digits.
_MOST_DIGITS = 7
# Column; and source, line, column in it; and name.
_FIELDS = 5
_NONE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Mappings:
    """Where segments of a generated script come from, ordered by their place in it.

    All columns are int64 of one entry per segment; numbers count from 0, and -1 stands for
    what a segment does not have.

    Attributes:
        line: Of the generated script.
        column: Where the segment begins in it.
        source: Position in the list of sources.
        source_line: Line in that source.
        source_column: Column in it.
        name: Position in the list of names.

    """

    line: NDArray[np.int64]
    column: NDArray[np.int64]
    source: NDArray[np.int64]
    source_line: NDArray[np.int64]
    source_column: NDArray[np.int64]
    name: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.line)

    def at(self, line: int, column: int) -> int | None:
        """Return the segment that begins at a place or to its left on the line."""
        first = int(np.searchsorted(self.line, line, "left"))
        last = int(np.searchsorted(self.line, line, "right"))
        found = (
            first + int(np.searchsorted(self.column[first:last], column, "right")) - 1
        )
        return found if found >= first else None


def decode_mappings(text: str) -> Mappings:
    """Decode the value of a map's ``"mappings"``.

    Raises:
        ValueError: If it is no such list; says what is wrong.

    """
    codes = _CODES[np.frombuffer(text.encode("ascii", "replace"), np.uint8)]
    if np.any(codes == _FOREIGN):
        foreign = text[int(np.argmax(codes == _FOREIGN))]
        msg = f"{foreign!r} is no digit of a VLQ"
        raise ValueError(msg)
    numbers, start = _decode_numbers(codes)
    is_separator = codes >= _COMMA
    segment_of_number = np.cumsum(is_separator)[start] if len(start) else start
    segments, first, count = np.unique(
        segment_of_number, return_index=True, return_counts=True
    )
    if len(count) and not np.all(np.isin(count, (1, 4, _FIELDS))):
        msg = "a segment has neither one field nor four nor five"
        raise ValueError(msg)
    fields = np.zeros((len(segments), _FIELDS), np.int64)
    row = np.repeat(np.arange(len(segments)), count)
    fields[row, np.arange(len(numbers)) - first[row]] = numbers
    # A segment's line is the number of semicolons before it.
    line = np.cumsum(codes == _SEMICOLON)[start[first]] if len(first) else first
    return _accumulated(fields, count, line)


def _decode_numbers(
    codes: NDArray[np.uint8],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all numbers of the list, and where in it each begins."""
    is_digit = codes < _COMMA
    continues = is_digit & ((codes & _CONTINUES) > 0)
    follows = np.zeros(len(codes), np.bool_)
    follows[1:] = continues[:-1]
    if np.any(follows & ~is_digit) or (len(codes) and continues[-1]):
        msg = "a VLQ ends before its last digit"
        raise ValueError(msg)
    start = np.flatnonzero(is_digit & ~follows)
    digits = np.flatnonzero(is_digit)
    if not len(digits):
        return np.empty(0, np.int64), start
    number = np.cumsum(~follows[digits]) - 1
    place = digits - start[number]
    if place.max() >= _MOST_DIGITS:
        msg = "a VLQ has more than 32 bits"
        raise ValueError(msg)
    values = (codes[digits].astype(np.int64) & _DIGIT) << (_DIGIT_BITS * place)
    raw = np.add.reduceat(values, np.flatnonzero(place == 0))
    # The last bit is the sign.
    return np.where(raw & 1, -(raw >> 1), raw >> 1), start


def _accumulated(
    fields: NDArray[np.int64], count: NDArray[np.int64], line: NDArray[np.int64]
) -> Mappings:
    """Turn differences into numbers: columns start anew with each line, all else never."""
    totals = np.cumsum(fields, axis=0)
    column = totals[:, 0]
    is_first = np.ones(len(line), np.bool_)
    is_first[1:] = line[1:] != line[:-1]
    firsts = np.flatnonzero(is_first)
    before = (column - fields[:, 0])[firsts]
    column = column - np.repeat(before, np.diff(np.append(firsts, len(line))))
    has_source, has_name = count > 1, count == _FIELDS
    if np.any(column < 0) or np.any(totals[has_source, 1:4] < 0):
        msg = "a segment lies before the beginning of a file"
        raise ValueError(msg)
    order = np.lexsort((column, line))
    return Mappings(
        line=line[order],
        column=column[order],
        source=np.where(has_source, totals[:, 1], _NONE)[order],
        source_line=np.where(has_source, totals[:, 2], _NONE)[order],
        source_column=np.where(has_source, totals[:, 3], _NONE)[order],
        name=np.where(has_name, totals[:, 4], _NONE)[order],
    )


def join_mappings(
    parts: Sequence[tuple[Mappings, tuple[int, int], tuple[int, int]]],
) -> Mappings:
    """Join the maps of an index map's sections.

    Args:
        parts: Each with the line and column it begins at, and with the number of sources
            and of names of those before it.

    """
    shifted = [_shifted(*part) for part in parts]

    def joined(name: str) -> NDArray[np.int64]:
        columns = [getattr(part, name) for part in shifted]
        return np.concatenate([np.empty(0, np.int64), *columns])

    line, column = joined("line"), joined("column")
    order = np.lexsort((column, line))
    return Mappings(
        line=line[order],
        column=column[order],
        source=joined("source")[order],
        source_line=joined("source_line")[order],
        source_column=joined("source_column")[order],
        name=joined("name")[order],
    )


def _shifted(
    part: Mappings, begins: tuple[int, int], known: tuple[int, int]
) -> Mappings:
    (line, column), (sources, names) = begins, known
    return Mappings(
        line=part.line + line,
        column=np.where(part.line == 0, part.column + column, part.column),
        source=np.where(part.source < 0, part.source, part.source + sources),
        source_line=part.source_line,
        source_column=part.source_column,
        name=np.where(part.name < 0, part.name, part.name + names),
    )
