"""What stands in a redacted snapshot in place of a name that may carry data."""

from __future__ import annotations

import re

__all__ = ["STRING", "hidden_length", "placeholder"]

#: What the text of a string is called.
STRING = "string"
_OF_STRING = re.compile(rf"<{STRING} of ([\d,]+) characters #\d+>")


def placeholder(noun: str, text: str, number: int) -> str:
    """Return e.g. ``<string of 23 characters #17>``."""
    return f"<{noun} of {len(text):,} characters #{number}>"


def hidden_length(text: str) -> int | None:
    """Return how long a string was that a text stands for; None if it is no placeholder."""
    match = _OF_STRING.fullmatch(text)
    return int(match[1].replace(",", "")) if match else None
