"""The parts of a snapshot's text, each taken as it arrives, in pieces of any length."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Protocol

from pytest_nodeleak.heap.numerals import Integers, integers_in

__all__ = [
    "BadText",
    "Header",
    "Numbers",
    "Rows",
    "Section",
    "Skipped",
    "Strings",
    "excerpt",
]

# Numbers and strings are parsed when this much has arrived: the cost per call vanishes,
# and what numpy makes of it still fits into a processor's cache.
_PIECE_CHARACTERS = 1 << 17
# V8 writes about 1,500 characters.
_LONGEST_HEADER = 1 << 20
# No string of V8 has more characters.
_LONGEST_STRING = 1 << 29
# Places at the end of a piece that are tried as the end of a string.
_MOST_TRIES = 4
_EXCERPT_CHARACTERS = 20
_INTEGER = re.compile(r"\s*-?[0-9]{1,18}\s*")
_BRACKET_OR_QUOTE = re.compile(r'["\[\]{}]')
_QUOTE_OR_ESCAPE = re.compile(r'["\\]')
_SCALAR = re.compile(r"[^,\]}\s]*")
_LONGEST_SCALAR = 100


class BadText(Exception):
    """A section met what it cannot read, at an index of the text it was given."""

    def __init__(self, problem: str, position: int) -> None:
        self.problem = problem
        self.position = position
        super().__init__(problem, position)


def excerpt(text: str, position: int) -> str:
    """Return what stands somewhere, short enough for an error."""
    return repr(text[position : position + _EXCERPT_CHARACTERS])


class Section(Protocol):
    """The value of one key of the snapshot."""

    @property
    def enough(self) -> int:
        """How many characters should be there before it is worth looking at them."""

    def take(self, text: str, start: int, *, is_last: bool) -> tuple[int, bool]:
        """Take what can be taken of ``text[start:]``.

        Args:
            text: What has arrived and was not taken yet; the value's first character is
                no space.
            start: Where to go on.
            is_last: Whether nothing will come after ``text``.

        Returns:
            Where the taken part ends, and whether the section does.

        Raises:
            BadText: If it cannot be what it should be.

        """


class Skipped:
    """A value nobody needs, such as the trace tree of a timeline recording."""

    enough = 1

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._has_begun = False

    def take(self, text: str, start: int, *, is_last: bool) -> tuple[int, bool]:
        """Take all of it that has arrived."""
        if not self._has_begun and text[start] not in '"[{':
            return self._take_scalar(text, start, is_last=is_last)
        self._has_begun = True
        position = start
        while True:
            pattern = _QUOTE_OR_ESCAPE if self._in_string else _BRACKET_OR_QUOTE
            match = pattern.search(text, position)
            if match is None:
                return len(text), False
            position = match.end()
            if match[0] == "\\":
                if position == len(text):
                    # What it escapes has not arrived yet.
                    return match.start(), False
                position += 1
            elif self._ends_with(match[0]):
                return position, True

    def _ends_with(self, mark: str) -> bool:
        if mark == '"':
            self._in_string = not self._in_string
        else:
            self._depth += 1 if mark in "[{" else -1
        return not self._in_string and not self._depth

    def _take_scalar(self, text: str, start: int, *, is_last: bool) -> tuple[int, bool]:
        match = _SCALAR.match(text, start)
        end = start if match is None else match.end()
        if end - start > _LONGEST_SCALAR or end == start:
            raise BadText(f"expected a value, got {excerpt(text, start)}", start)
        if end == len(text) and not is_last:
            return start, False
        return end, True


class Header:
    """The ``snapshot`` key: what the numbers of the other sections mean."""

    enough = 1

    def __init__(self, found: Callable[[object], None]) -> None:
        self._found = found
        self._extent = Skipped()
        self._parts: list[str] = []
        self._length = 0

    def take(self, text: str, start: int, *, is_last: bool) -> tuple[int, bool]:
        """Take what has arrived; at its end, hand the value on."""
        end, is_whole = self._extent.take(text, start, is_last=is_last)
        self._parts.append(text[start:end])
        self._length += end - start
        if self._length > _LONGEST_HEADER:
            raise BadText("the header does not end", start)
        if is_whole:
            self._found(self._parsed(start))
        return end, is_whole

    def _parsed(self, start: int) -> Any:  # noqa: ANN401  # it is JSON
        try:
            return json.loads("".join(self._parts), strict=False)
        except (ValueError, RecursionError) as exc:
            raise BadText(f"the header is no JSON: {exc}", start) from exc


class Rows(Protocol):
    """What becomes of a flat list of integers."""

    def add(self, numbers: Integers) -> None:
        """Take the next numbers; a row may be cut between two calls."""


class Numbers:
    """A flat list of integers."""

    enough = _PIECE_CHARACTERS

    def __init__(self, table: Rows) -> None:
        self._table = table
        self._has_begun = False
        self._numbers = 0

    def take(self, text: str, start: int, *, is_last: bool) -> tuple[int, bool]:
        """Take the numbers that have arrived as a whole."""
        del (
            is_last
        )  # A list that does not end is truncated; there is nothing to decide.
        if not self._has_begun:
            if text[start] != "[":
                raise BadText(f"expected a list, got {excerpt(text, start)}", start)
            self._has_begun = True
            start += 1
        while True:
            closing = text.find("]", start, start + _PIECE_CHARACTERS)
            if closing >= 0:
                self._add(text[start:closing], start, is_end=True)
                return closing + 1, True
            if len(text) - start < _PIECE_CHARACTERS:
                return start, False
            comma = text.rfind(",", start, start + _PIECE_CHARACTERS)
            if comma < 0:
                raise BadText(f"expected a comma after {excerpt(text, start)}", start)
            self._add(text[start:comma], start, is_end=False)
            start = comma + 1

    def _add(self, text: str, start: int, *, is_end: bool) -> None:
        if is_end and not self._numbers and not text.strip():
            return
        numbers = integers_in(text)
        if numbers is None:
            raise self._bad_number(text, start)
        self._numbers += len(numbers)
        self._table.add(numbers)

    def _bad_number(self, text: str, start: int) -> BadText:
        for place, number in enumerate(text.split(",")):
            if not _INTEGER.fullmatch(number):
                shown = excerpt(number.strip(), 0)
                which = f"number {self._numbers + place}"
                return BadText(f"{which}: expected an integer, got {shown}", start)
            start += len(number) + 1
        return BadText("expected integers", start)


class Strings:
    """The string table: a list of strings."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self.enough = _PIECE_CHARACTERS
        self._has_begun = False
        # Real heaps contain lone surrogates, which faster parsers refuse.
        self._decoder = json.JSONDecoder(strict=False)

    def take(self, text: str, start: int, *, is_last: bool) -> tuple[int, bool]:
        """Take the strings that have arrived as a whole."""
        if not self._has_begun:
            if text[start] != "[":
                raise BadText(f"expected a list, got {excerpt(text, start)}", start)
            self._has_begun = True
            start += 1
        while len(text) - start >= self.enough:
            taken = self._take_piece(text, start)
            if taken == start:
                return self._take_end(text, start, is_last=is_last)
            start = taken
        return self._take_end(text, start, is_last=True) if is_last else (start, False)

    def _take_piece(self, text: str, start: int) -> int:
        """Take strings up to a comma; return where it is, or ``start``."""
        limit = start + self.enough
        for _ in range(_MOST_TRIES):
            limit = text.rfind('",', start, limit)
            if limit < 0:
                break
            try:
                strings = self._decoder.decode(f"[{text[start : limit + 1]}]")
            except (ValueError, RecursionError):
                # That quote opened a string which begins with a comma.
                continue
            self._add(strings, start)
            self.enough = _PIECE_CHARACTERS
            return limit + 2
        return start

    def _take_end(self, text: str, start: int, *, is_last: bool) -> tuple[int, bool]:
        """Take the rest of the table, if its end is there."""
        try:
            strings, end = self._decoder.raw_decode("[" + text[start:])
        except (ValueError, RecursionError) as exc:
            if is_last or len(text) - start > _LONGEST_STRING:
                where = start + getattr(exc, "pos", 1) - 1
                why = getattr(exc, "msg", str(exc))
                problem = f"the string table is truncated or corrupt: {why}"
                raise BadText(problem, where) from exc
            self.enough = 2 * (len(text) - start)
            return start, False
        if self.strings and not strings:
            raise BadText("the string table ends with a comma", start)
        self._add(strings, start)
        return start + end - 1, True

    def _add(self, strings: list[Any], start: int) -> None:
        if set(map(type, strings)) - {str}:
            msg = "the string table holds something that is not a string"
            raise BadText(msg, start)
        self.strings += strings
