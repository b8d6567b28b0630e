"""Finds the line that declares a variable or property, in JavaScript source text.

A snapshot knows the names of captured variables and where functions are, but not where
a variable is declared. A search by pattern is enough to point a reader at the line; where
it finds nothing, no line is claimed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Declaration", "find_declaration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """Where a name is declared.

    Attributes:
        line: 1-based.
        scope: ``"module scope"`` if the line is not indented, else ``"function scope"``.

    """

    line: int
    scope: str


def find_declaration(
    source: str, name: str, *, near_line: int | None
) -> Declaration | None:
    """Return the declaration of ``name`` that a function at ``near_line`` would see.

    That is the last one before the function that is not inside another function, as
    far as indentation tells; else the first one in the file.
    """
    lines = source.splitlines()
    # A dollar sign is part of a name, so \b does not tell where names end.
    identifier = rf"(?<![\w$]){re.escape(name)}(?![\w$])"
    pattern = re.compile(
        rf"""^(?P<indent>\s*)(?:export\s+(?:default\s+)?)?(?:
            (?:const|let|var)\b[^=;/]*?{identifier}
            | (?:async\s+)?function\s*\*?\s*{identifier}
            | class\s+{identifier}
            | (?:static\s+)?(?:this\.)?\#?{identifier}\s*=(?![=>])
            | import\b[^;'"]*{identifier}
        )""",
        re.VERBOSE,
    )
    found = [
        (number, match["indent"])
        for number, line in enumerate(lines, start=1)
        if (match := pattern.match(line))
    ]
    if not found:
        return None
    depth = _indent_of(lines, near_line)
    visible = [
        one
        for one in found
        if near_line is None or (one[0] <= near_line and len(one[1]) <= depth)
    ]
    line, indent = visible[-1] if visible else found[0]
    scope = "function scope" if indent else "module scope"
    return Declaration(line=line, scope=scope)


def _indent_of(lines: list[str], number: int | None) -> int:
    if number is None or not 0 < number <= len(lines):
        return 0
    line = lines[number - 1]
    return len(line) - len(line.lstrip())
