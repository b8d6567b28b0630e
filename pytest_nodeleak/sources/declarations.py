"""Finds the line that declares a variable or property, in JavaScript source text.

A snapshot knows the names of captured variables and where functions are, but not where
a variable is declared. A search by pattern is enough to point a reader at the line; where
it finds nothing, no line is claimed. Where a program has put everything on one line, it
is braces and not lines that tell what a function sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Declaration", "find_declaration", "find_declarator"]

# What stands before a name where it is declared.
_HEAD = re.compile(
    r"(?:(?<![\w$.])(?:(?:var|let|const|class|function)\s+|function\s*\*\s*)|,)\s*\Z"
)
_LONGEST_HEAD = 30
_BRACE = re.compile(r"[{}]")
_TOKEN = re.compile(r"[()\[\]{};]|(?<![\w$.])(?:var|let|const)(?![\w$])")


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
    identifier = _identifier(name)
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
    found = _matches(lines, pattern) or _matches(lines, _later_declarator(identifier))
    if not found:
        return None
    depth = _indent_of(lines, near_line)
    visible = [
        one
        for one in found
        if (near_line is None or one[0] <= near_line) and len(one[1]) <= depth
    ]
    line, indent = visible[-1] if visible else found[0]
    scope = "function scope" if indent else "module scope"
    return Declaration(line=line, scope=scope)


def _later_declarator(identifier: str) -> re.Pattern[str]:
    """Match a variable that is not the first one its statement declares."""
    return re.compile(
        rf"""^(?P<indent>\s*)(?:export\s+)?(?:const|let|var)\b
            .*,\s*{identifier}\s*=(?![=>])""",
        re.VERBOSE,
    )


def _matches(lines: list[str], pattern: re.Pattern[str]) -> list[tuple[int, str]]:
    """Return numbers and indentations of the lines that match."""
    return [
        (number, match["indent"])
        for number, line in enumerate(lines, start=1)
        if (match := pattern.match(line))
    ]


def _indent_of(lines: list[str], number: int | None) -> int:
    if number is None or not 0 < number <= len(lines):
        return 0
    line = lines[number - 1]
    return len(line) - len(line.lstrip())


def _identifier(name: str) -> str:
    # A dollar sign is part of a name, so \b does not tell where names end.
    return rf"(?<![\w$]){re.escape(name)}(?![\w$])"


def find_declarator(source: str, name: str, *, near: int) -> int | None:
    """Return the offset of ``name`` in the declaration seen at the offset ``near``.

    Blocks are told by braces, so this works on minified code, where one name is declared
    many times. Braces in strings and regular expressions are taken for blocks: they come
    in pairs, mostly.
    """
    declared = [
        match.start()
        for match in re.finditer(_identifier(name), source)
        if _is_declared(source, match.start())
    ]
    blocks = _blocks_around(source, [near, *declared])
    around = blocks[near]
    # The innermost block comes first, and in it the last declaration before the place.
    return max(
        (at for at in declared if blocks[at] == around[: len(blocks[at])]),
        key=lambda at: (len(blocks[at]), at < near, at if at < near else -at),
        default=None,
    )


def _blocks_around(
    source: str, offsets: Sequence[int]
) -> Mapping[int, tuple[int, ...]]:
    """Return for each offset where the blocks begin that it is in, outermost first."""
    around: dict[int, tuple[int, ...]] = {}
    blocks: list[int] = []
    ahead = sorted(offsets, reverse=True)
    for brace in _BRACE.finditer(source):
        while ahead and ahead[-1] <= brace.start():
            around[ahead.pop()] = tuple(blocks)
        if brace[0] == "{":
            blocks.append(brace.start())
        elif blocks:
            blocks.pop()
    return around | dict.fromkeys(ahead, tuple(blocks))


def _is_declared(source: str, at: int) -> bool:
    """Tell whether the name at an offset is declared there, not used."""
    head = _HEAD.search(source, max(0, at - _LONGEST_HEAD), at)
    if head is None:
        return False
    return head[0] != "," or _is_in_declaration(source, head.start())


def _is_in_declaration(source: str, comma: int) -> bool:
    """Tell whether the list that a comma is part of begins with ``var`` or its like."""
    closed = 0
    for piece in _backwards(source, comma):
        if piece in ")]}":
            closed += 1
        elif piece in "([{":
            if not closed:
                return False
            closed -= 1
        elif not closed:
            return piece != ";"
    return False


def _backwards(source: str, end: int) -> Iterator[str]:
    """Yield the brackets, semicolons and keywords before an offset, the last first."""
    size = 1_000
    while end > 0:
        start = max(0, end - size)
        yield from reversed(_TOKEN.findall(source, start, end))
        end, size = start, 2 * size
