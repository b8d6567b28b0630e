"""Finds what a module assigns to its exports and imports from others, in source text."""

from __future__ import annotations

import re

from pytest_nodeleak.heap.path_step import DEFAULT_EXPORT
from pytest_nodeleak.sources.declarations import Declaration

__all__ = ["find_assignment", "find_import"]

# Another file of the app, and nothing done with it: a call makes something new.
_IMPORT = re.compile(
    r"""^\s*(?:
        (?:import|export)\b[^;'"]*\bfrom\s*['"](?P<imported>\.{1,2}/[^'"]+)['"]
        | (?:const|let|var)\b[^=]*=\s*require\(\s*['"](?P<required>\.{1,2}/[^'"]+)['"]\s*\)
          (?:\.[\w$]+)?\s*(?:;|$|//)
    )""",
    re.VERBOSE,
)
_EXPORTS = re.compile(r"(?:module\.)?exports\.(?P<rest>.+)", re.DOTALL)


def find_assignment(source: str, chain: str) -> Declaration | None:
    """Return the first line that assigns to a chain of properties.

    Args:
        source: JavaScript.
        chain: For example ``"exports.cache"``; what belongs to the exports of a module
            may be written with and without ``module.``. What begins with the default
            export is found where that is exported.

    """
    if chain.startswith(DEFAULT_EXPORT):
        pattern = re.compile(r"(?P<indent>\s*)export\s+default\b")
        return _first_match(source, pattern)
    exported = _EXPORTS.fullmatch(chain)
    assigned = (
        rf"(?:module\.)?exports\.{re.escape(exported['rest'])}"
        if exported
        else re.escape(chain)
    )
    assignment = re.compile(rf"(?P<indent>\s*)(?:.*[^\w$.])?{assigned}\s*=(?![=>])")
    return _first_match(source, assignment)


def _first_match(source: str, pattern: re.Pattern[str]) -> Declaration | None:
    for number, line in enumerate(source.splitlines(), start=1):
        if match := pattern.match(line):
            scope = "function scope" if match["indent"] else "module scope"
            return Declaration(line=number, scope=scope)
    return None


def find_import(source: str, line: int) -> str | None:
    """Return the file that a declaration imports from, if it is one of the app's own.

    Args:
        source: JavaScript.
        line: Where the declaration is, 1-based.

    Returns:
        The path as it is written there: relative to the importing file.

    """
    lines = source.splitlines()
    match = _IMPORT.match(lines[line - 1]) if 0 < line <= len(lines) else None
    return None if match is None else match["imported"] or match["required"]
