"""Text from an app on its way to a terminal or to the log of a CI job.

A terminal obeys escape sequences, and turns a line around where a character says so. A
runner takes lines of the log for commands: GitHub Actions what begins with ``::name::``
after blanks, and ``##[name]`` anywhere in a line (``ActionCommand.cs`` of actions/runner);
Azure Pipelines ``##vso[name]``, TeamCity ``##teamcity[name]``.
"""

from __future__ import annotations

import re

__all__ = ["printable", "visible"]

_WIDTH = 400
# Lines may be folded between words, so any word may come to begin one.
_COMMAND = re.compile(r"(?<!\S):(?=:[A-Za-z].*?::)|#(?=#\w*\[)")
_ELLIPSIS = "…"


def visible(line: str) -> str:
    """Return a line in which nothing is obeyed, neither by terminals nor by runners."""
    if not line.isprintable():
        line = "".join(
            c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line
        )
    if "::" in line or "##" in line:
        line = _COMMAND.sub(r"\g<0> ", line)
    return line


def printable(line: str) -> str:
    """Make names from the app harmless in a terminal, and lines bearable."""
    safe = visible(line[: _WIDTH + 1])
    return safe if len(safe) <= _WIDTH else safe[: _WIDTH - 1] + _ELLIPSIS
