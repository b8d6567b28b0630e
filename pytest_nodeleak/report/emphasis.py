"""How a failure's text is shown on a terminal: what stands out, and where it breaks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from enum import StrEnum

__all__ = ["Emphasis", "emphasized", "folded"]

# Where the text of a row begins.
_INDENT = " " * 14
# Below this, what is folded is harder to read than what is not.
_NARROWEST = 40
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


def folded(line: str, width: int | None) -> Sequence[str]:
    """Break a line between words, with what follows below the text of its row.

    Args:
        line: Of a report.
        width: Of the terminal; None where there is none, and nothing to be broken.

    """
    if width is None or len(line) <= width or width < _NARROWEST:
        return [line]
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=_INDENT if line.startswith(" ") else "",
        # Places and commands are to be copied whole.
        break_long_words=False,
        break_on_hyphens=False,
    )
