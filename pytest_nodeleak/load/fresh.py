"""What is different in every request: numbers, digits, identifiers.

Everything is derived from the number of the request, so that what one request says in
several places agrees and a run can be repeated.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Digits", "Fresh", "Identifier", "Number", "Numeral"]

_BITS = 128
_BITS_PER_DIGIT = 4
_SHORTEST, _LONGEST = 1, _BITS // _BITS_PER_DIGIT


class Fresh(Protocol):
    """A part of a text that requests do not share."""

    def at(self, n: int) -> str:
        """Return the part of request number ``n``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """Counts up; from the start again where there are bounds.

    Attributes:
        first: The smallest.
        step: From one to the next.
        count: How many different ones there are; None for no bound.
        width: Digits, filled up with zeros; 0 for as many as it takes.

    """

    first: int = 0
    step: int = 1
    count: int | None = None
    width: int = 0

    def at(self, n: int) -> str:
        """Return the number of a request."""
        turn = n if self.count is None else n % self.count
        return f"{self.first + self.step * turn:0{self.width}d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeral:
    """Counts in the characters of an alphabet; from the start again after the last.

    Attributes:
        alphabet: The first one stands for nothing.
        width: How many characters.

    """

    alphabet: str
    width: int

    def at(self, n: int) -> str:
        """Return the characters of a request."""
        base, text = len(self.alphabet), ""
        for _ in range(self.width):
            n, turn = divmod(n, base)
            text = self.alphabet[turn] + text
        return text


@dataclass(frozen=True, slots=True)
class Identifier:
    """A UUID of version 4."""

    def at(self, n: int) -> str:
        """Return the UUID of a request."""
        return str(uuid.UUID(int=_bits(n), version=4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """Hexadecimal digits, in small letters.

    Attributes:
        width: How many, 32 at most.

    """

    width: int

    def __post_init__(self) -> None:
        """Check the width."""
        if not _SHORTEST <= self.width <= _LONGEST:
            msg = f"{self.width} digits; there are from {_SHORTEST} to {_LONGEST}"
            raise ValueError(msg)

    def at(self, n: int) -> str:
        """Return the digits of a request."""
        mask = (1 << _BITS_PER_DIGIT * self.width) - 1
        return f"{_bits(n) & mask:0{self.width}x}"


def _bits(n: int) -> int:
    return random.Random(n).getrandbits(_BITS)  # noqa: S311  # unique, not secret
