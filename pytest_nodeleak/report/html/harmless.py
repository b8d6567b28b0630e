"""Strings of an app, made fit for a page before anything else looks at them.

Escaping is the templates' work and is done once more there. What no escaping helps against
is dealt with here: text that turns the rest of its line around, halves of characters that
no encoding has, control codes, and names of a megabyte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pytest_nodeleak.report.culprit import printable

__all__ = ["harmless"]

_TAB = "  "


def harmless(value: Any) -> Any:  # noqa: ANN401  # whatever JSON has
    """Return a record with the same fields, its texts harmless and not too long."""
    match value:
        case str():
            return "\n".join(map(_line, value.split("\n")))
        case Mapping():
            return {harmless(key): harmless(inner) for key, inner in value.items()}
        case Sequence():
            return [harmless(inner) for inner in value]
        case _:
            return value


def _line(text: str) -> str:
    return printable(text.replace("\t", _TAB))
