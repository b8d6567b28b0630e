"""The integers of a text, worked out side by side.

A snapshot is mostly lists of small integers, and parsing these one by one is most of the
work of reading it. Here eight characters of each number are taken at once, as one word
of 64 bits, and all numbers of a column become values by the same few operations.

References:
    D. Lemire, "Quickly parsing eight digits" (2018), for a single number.

"""

from __future__ import annotations

import re
import sys
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Integers", "integers_in"]

_ZERO, _NINE, _COMMA, _NEWLINE = b"09,\n"
_WORD = 8
_WORD_BITS = np.uint64(64)
# What is looked up before the first number, and after the last one, must be there.
_BEFORE = b"0" * (2 * _WORD - 1) + b","
_AFTER = b"," + b"0" * _WORD
_MOST_DIGITS = 2 * _WORD
# By how far it is from the comma before a number to its end: the bytes of the last word
# that are the number's, which are the last ones.
_OWN_BYTES = np.array(
    [0, *((1 << 64) - (1 << 8 * (_WORD - digits)) for digits in range(_WORD + 1))],
    np.uint64,
)
# Digits become pairs, these fours, and these eights: what to keep, by what to multiply
# so that the upper half counts more, and where the sum is then.
_FOLDS = tuple(
    (np.uint64(kept), np.uint64((power << bits) + 1), np.uint64(bits))
    for kept, power, bits in (
        (0x0F0F0F0F0F0F0F0F, 10, 8),
        (0x00FF00FF00FF00FF, 100, 16),
        (0x0000FFFF0000FFFF, 10_000, 32),
    )
)

_INTEGERS = re.compile(r"\s*-?[0-9]+\s*(?:,\s*-?[0-9]+\s*)*+", re.ASCII)


class Integers(Protocol):
    """Integers that may have to be worked out, such as an array of them."""

    def __len__(self) -> int:
        """Return how many there are."""

    def __getitem__(self, wanted: slice, /) -> NDArray[np.integer]:
        """Return some of them."""


def integers_in(text: str) -> Integers | None:
    """Return the integers in a text, None if there is something else.

    Args:
        text: Integers with commas between them, and perhaps spaces.

    """
    return _Numerals.of(text) or _parsed(text)


class _Numerals:
    """Integers as V8 writes them: no signs, and no space but newlines before commas."""

    def __init__(
        self,
        characters: NDArray[np.uint8],
        end: NDArray[np.int64],
        reach: NDArray[np.int64],
    ) -> None:
        self._characters = characters
        self._words = characters.view("<u8")
        # Where each number ends, and how far that is from the comma before it.
        self._end = end
        self._reach = reach

    @classmethod
    def of(cls, text: str) -> _Numerals | None:
        """Return the integers of a text; None if it is not written as V8 does."""
        if sys.byteorder == "big" or not text.isascii():
            return None
        fill = b"0" * (-(len(text) + 1) % _WORD)
        characters = np.frombuffer(
            b"".join([_BEFORE, text.encode(), _AFTER, fill]), np.uint8
        )
        comma = np.flatnonzero(characters == _COMMA)
        end, others = comma[1:], 0
        if "\n" in text:
            is_newline = characters == _NEWLINE
            before_comma = is_newline.take(end - 1)
            others = int(np.count_nonzero(is_newline))
            if np.count_nonzero(before_comma) != others:
                return None
            end = end - before_comma
        others += len(comma)
        if characters.max() > _NINE or np.count_nonzero(characters < _ZERO) != others:
            return None
        reach = end - comma[:-1]
        if reach.min() < 2 or reach.max() > 1 + _MOST_DIGITS:
            return None
        return cls(characters, end, reach)

    def __len__(self) -> int:
        return len(self._end)

    def __getitem__(self, wanted: slice) -> NDArray[np.integer]:
        end, reach = self._end[wanted], self._reach[wanted]
        if not len(end):
            return np.empty(0, np.int64)
        most_digits = reach.max() - 1
        if most_digits == 1:
            digits: NDArray[np.integer] = self._characters.take(end - 1) - _ZERO
            return digits
        values = self._last_eight(end, reach)
        if most_digits > _WORD:
            values += 10**_WORD * self._last_eight(end - _WORD, reach - _WORD)
        return values

    def _last_eight(
        self, end: NDArray[np.int64], reach: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return the values of the last eight digits that end somewhere."""
        # A word begins at every eighth byte: the digits may be in two of them.
        word = end >> 3
        offset = end & 7
        offset <<= 3
        bits_before = offset.view(np.uint64)
        rest = self._words.take(word)
        word -= 1
        digits = self._words.take(word)
        digits >>= bits_before
        # To shift by all 64 bits gives 0.
        rest <<= np.subtract(_WORD_BITS, bits_before, out=bits_before)
        digits |= rest
        digits &= _OWN_BYTES.take(reach, mode="clip")
        for kept, factor, bits in _FOLDS:
            digits &= kept
            digits *= factor
            digits >>= bits
        return digits.view(np.int64)


def _parsed(text: str) -> NDArray[np.int64] | None:
    """Return the integers of a text, however it is written; None if there are others."""
    # numpy reads a 0 where nothing is, or nothing but a sign.
    if not _INTEGERS.fullmatch(text):
        return None
    numbers = np.fromstring(text, dtype=np.int64, sep=",")
    # What is too large for 64 bits is read as the largest number.
    return None if numbers.max() == np.iinfo(np.int64).max else numbers
