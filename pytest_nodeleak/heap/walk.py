"""The text of a snapshot followed from key to key, while it is still arriving.

What becomes of the value of a key is for others to say; here is what a JSON object looks
like from outside. What is none is refused by its first characters, and never kept.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import Enum, auto

from pytest_nodeleak.exceptions import SnapshotFormatError
from pytest_nodeleak.heap.sections import BadText, Section, Skipped, excerpt

__all__ = ["Walk"]

# A byte order mark, which some editors put before everything.
_SPACE = re.compile("[ \t\r\n\ufeff]*")
_KEY = re.compile(r'"([^"\\]*)"[ \t\r\n]*:[ \t\r\n]*(?=[^ \t\r\n])')
_LONGEST_KEY = 256


class _Next(Enum):
    """What the text goes on with."""

    OBJECT = auto()
    KEY = auto()
    VALUE = auto()
    COMMA = auto()
    NOTHING = auto()


_EXPECTED: Mapping[_Next, Mapping[str, _Next]] = {
    _Next.OBJECT: {"{": _Next.KEY},
    _Next.COMMA: {",": _Next.KEY, "}": _Next.NOTHING},
    _Next.NOTHING: {},
}


class Walk(ABC):
    """Takes a text in pieces, and has the value of each key taken by a section."""

    def __init__(self) -> None:
        self._chunks: list[str] = []
        self._length = 0
        self._taken = 0
        self._next = _Next.OBJECT
        self._key = ""
        self._section: Section = Skipped()

    def feed(self, chunk: str) -> None:
        """Take the next piece of text, of any length.

        Raises:
            SnapshotFormatError: If what has arrived so far cannot be a snapshot.

        """
        self._chunks.append(chunk)
        self._length += len(chunk)
        enough = self._section.enough if self._next is _Next.VALUE else 1
        if self._length >= enough:
            self._read(is_last=False)

    @abstractmethod
    def begin(self, key: str, start: int) -> Section:
        """Return what takes the value of a key.

        Args:
            key: The key.
            start: Where in the text it is, for a BadText that says what is wrong with it.

        """

    def finish(self) -> None:
        """Take what is left of the text.

        Raises:
            SnapshotFormatError: If the object does not end.

        """
        self._read(is_last=True)
        self._chunks.clear()
        if self._next is not _Next.NOTHING:
            raise SnapshotFormatError(self._truncation())

    def _truncation(self) -> str:
        length = self._taken + self._length
        if not length:
            return "there is no text at all"
        where = {_Next.OBJECT: "before anything came", _Next.KEY: "before a key"}.get(
            self._next, f"in section {self._key!r}"
        )
        return (
            f"the snapshot ends {where}, after {length:,} characters; it is truncated"
        )

    def _read(self, *, is_last: bool) -> None:
        text = "".join(self._chunks)
        position = 0
        try:
            while (after := self._step(text, position, is_last=is_last)) is not None:
                position = after
        except BadText as exc:
            where = f"character {self._taken + exc.position:,}"
            if self._next is _Next.VALUE:
                where = f"section {self._key!r}, {where}"
            msg = f"{where}: {exc.problem}"
            raise SnapshotFormatError(msg) from exc
        self._taken += position
        self._chunks = [text[position:]]
        self._length = len(text) - position

    def _step(self, text: str, start: int, *, is_last: bool) -> int | None:
        """Take a token or a section; return where it ends, None if it is not all there."""
        if self._next is _Next.VALUE:
            end, is_whole = self._section.take(text, start, is_last=is_last)
            if is_whole:
                self._next = _Next.COMMA
            return end if is_whole or end > start else None
        spaces = _SPACE.match(text, start)
        if spaces is not None and spaces.end() > start:
            return spaces.end()
        if start == len(text):
            return None
        if self._next is _Next.KEY:
            return self._take_key(text, start)
        token = text[start]
        expected = _EXPECTED[self._next]
        if token not in expected:
            what = " or ".join(map(repr, expected)) or "the end"
            problem = f"expected {what}, got {excerpt(text, start)}"
            if self._next is _Next.OBJECT:
                problem += "; this is no heap snapshot"
            raise BadText(problem, start)
        self._next = expected[token]
        return start + 1

    def _take_key(self, text: str, start: int) -> int | None:
        match = _KEY.match(text, start, start + _LONGEST_KEY)
        if match is not None:
            self._section = self.begin(match[1], start)
            self._key = match[1]
            self._next = _Next.VALUE
            return match.end()
        if text[start] == '"' and len(text) - start < _LONGEST_KEY:
            return None
        raise BadText(f"expected a key, got {excerpt(text, start)}", start)
