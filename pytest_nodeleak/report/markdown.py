"""Text from an app within Markdown, where none of it may become markup."""

from __future__ import annotations

import re

from pytest_nodeleak.report.culprit import printable

__all__ = ["code", "fenced"]

_LONGEST = 160
# As references these begin no markup, close no cell of a table and form no link; within
# <code> nobody is mentioned either. What is left reads well in the source.
_MARKUP = re.compile(r"[^\w /(){}.,=+-]|_|(?<=www)\.", re.ASCII | re.IGNORECASE)
_SHORTEST_FENCE = 3


def code(text: str) -> str:
    """Return a text as code within a line, also within a cell of a table."""
    safe = printable(" ".join(text.split()))
    if len(safe) > _LONGEST:
        safe = safe[: _LONGEST - 1] + "…"
    return f"<code>{_MARKUP.sub(_reference, safe)}</code>"


def fenced(text: str) -> str:
    """Return lines as a block of code that no line in it can end."""
    lines = [printable(line) for line in text.splitlines()]
    longest = max(map(len, re.findall(r"`+", "\n".join(lines))), default=0)
    fence = "`" * max(_SHORTEST_FENCE, longest + 1)
    return "\n".join([f"{fence}text", *lines, fence])


def _reference(character: re.Match[str]) -> str:
    letter = character[0]
    return letter if letter > "\x7f" else f"&#{ord(letter)};"
