"""Where a holder is declared: in its own file, or in the file it is imported from."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pytest_nodeleak.heap.holders import Holder
from pytest_nodeleak.heap.path_step import DEFAULT_EXPORT
from pytest_nodeleak.heap.sources import script_path
from pytest_nodeleak.sources.declarations import Declaration, find_declaration
from pytest_nodeleak.sources.exported import find_assignment, find_import

__all__ = ["Declared", "find_declared"]

_IDENTIFIER = re.compile(r"[\w$#]+")
# What an import may leave out, in the order Node.js tries it, TypeScript's last.
_ENDINGS = ("", ".js", ".cjs", ".mjs", ".ts", "/index.js", "/index.cjs", "/index.ts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A declaration and the file it is in."""

    path: str
    declaration: Declaration


def find_declared(holder: Holder, text_of: Callable[[str], str]) -> Declared | None:
    """Return where the holder is declared, as far as sources tell.

    Args:
        holder: What a snapshot knows of it.
        text_of: Gives the source of a script; empty where there is none.

    """
    near = holder.near
    if near is None or near.is_node_internal or not holder.variable:
        return None
    path, source = script_path(near.script), text_of(near.script)
    found = None
    if not holder.name.startswith(DEFAULT_EXPORT):
        found = find_declaration(source, holder.variable, near_line=near.line)
    if found is None:
        found = find_assignment(source, holder.name)
    if found is None:
        return None
    own = Declared(path=path, declaration=found)
    file = find_import(source, found.line)
    return own if file is None else _in_import(holder, path, file, text_of) or own


def _in_import(
    holder: Holder, importer: str, file: str, text_of: Callable[[str], str]
) -> Declared | None:
    """Return where the file that is imported declares or exports it."""
    base = posixpath.normpath(posixpath.join(posixpath.dirname(importer), file))
    path = next((base + end for end in _ENDINGS if text_of(base + end)), None)
    if path is None:
        return None
    source = text_of(path)
    for name in _names_in_import(holder):
        found = find_declaration(source, name, near_line=None)
        if found is None:
            found = find_assignment(source, f"exports.{name}")
        # What is only passed on is declared further away, where nobody looks.
        if found is not None and find_import(source, found.line) is None:
            return Declared(path=path, declaration=found)
    return None


def _names_in_import(holder: Holder) -> Iterator[str]:
    """Return what it may be called there: the import itself, or its first property."""
    if holder.variable:
        yield holder.variable
        rest = holder.name.removeprefix(f"{holder.variable}.")
        if rest != holder.name and (first := _IDENTIFIER.match(rest)):
            yield first[0]
