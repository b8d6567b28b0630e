"""What stands out in the text of a failure, where colours are allowed."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

__all__ = ["Emphasis", "emphasized"]

_CULPRIT_ROWS = ("  held by ", "  put there ", "  blocked ", "  by ")


class Emphasis(StrEnum):
    """How much a line is to stand out."""

    WRONG = "wrong"
    VERDICT = "verdict"
    CULPRIT = "culprit"
    NONE = "none"


def emphasized(text: str) -> Iterator[tuple[str, Emphasis]]:
    """Yield the lines of one or several reports with what they are.

    The first line of a report says what is wrong; the second one, if it is no row, is the
    verdict that this rests on.
    """
    number = 0
    for line in text.split("\n"):
        number = number + 1 if line else 0
        if number == 1:
            yield line, Emphasis.WRONG
        elif number == 2 and not line.startswith(" "):
            yield line, Emphasis.VERDICT
        elif line.startswith(_CULPRIT_ROWS):
            yield line, Emphasis.CULPRIT
        else:
            yield line, Emphasis.NONE
