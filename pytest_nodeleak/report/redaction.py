"""What was replaced in a snapshot and what was kept, as text and as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_nodeleak.heap.disguise import Role
from pytest_nodeleak.heap.redaction import Redaction
from pytest_nodeleak.report.culprit import printable, row
from pytest_nodeleak.report.schema import SCHEMA

__all__ = ["redaction_lines", "redaction_record"]

_NOUNS = {
    Role.STRING: ("string", "strings"),
    Role.REGEXP: ("regular expression", "regular expressions"),
    Role.NUMBER: ("number", "numbers"),
    Role.BIGINT: ("bigint", "bigints"),
    Role.SYMBOL: ("symbol", "symbols"),
    Role.CLASS: ("class name", "class names"),
    Role.FUNCTION: ("function name", "function names"),
    Role.CODE: ("name of compiled code", "names of compiled code"),
    Role.SCRIPT: ("script name", "script names"),
    Role.INTERNAL_NODE: ("name of V8's", "names of V8's"),
    Role.VARIABLE: ("variable name", "variable names"),
    Role.PROPERTY: ("property name", "property names"),
    Role.INTERNAL_EDGE: ("reference of V8's", "references of V8's"),
    Role.UNKNOWN: ("name of an unknown kind", "names of an unknown kind"),
}
# Placeholders of V8's own, such as "(concatenated string)", are nothing to speak of.
_NEVER_KEPT = {Role.STRING, Role.REGEXP, Role.NUMBER, Role.BIGINT, Role.SYMBOL}


def redaction_lines(redaction: Redaction, source: str, target: str) -> list[str]:
    """Return what was done.

    Args:
        redaction: The new names.
        source: What the snapshot is called.
        target: What the copy is called.

    """
    return [printable(line) for line in _lines(redaction, source, target)]


def redaction_record(redaction: Redaction, source: str, target: str) -> dict[str, Any]:
    """Return the same as data."""
    return {
        "schema": SCHEMA,
        "command": "redact",
        "source": source,
        "target": target,
        "replaced": _by_name(redaction.replaced),
        "kept": _by_name(_worth_saying(redaction.kept)),
    }


def _lines(redaction: Redaction, source: str, target: str) -> Iterator[str]:
    yield f"{target}: the graph of {source} without its data"
    yield row("replaced", _list(redaction.replaced))
    yield row("kept", _list(_worth_saying(redaction.kept)))
    yield row(
        "note",
        "names that the program's code spells out, paths of its files, sizes, ids, array"
        " indexes, lengths of texts and which of them are equal are still in it",
    )


def _list(counts: Mapping[Role, int]) -> str:
    parts = (
        f"{number:,} {_NOUNS[role][number != 1]}"
        for role, number in sorted(counts.items())
    )
    return ", ".join(parts) or "nothing"


def _worth_saying(kept: Mapping[Role, int]) -> Mapping[Role, int]:
    return {role: number for role, number in kept.items() if role not in _NEVER_KEPT}


def _by_name(counts: Mapping[Role, int]) -> dict[str, int]:
    return {role.name.lower(): number for role, number in sorted(counts.items())}
