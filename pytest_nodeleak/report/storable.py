"""A record's texts made fit to be kept: none is endless, and a file has whole characters.

Otherwise they stay as the app has them, for machines to compare; whoever shows them makes
them harmless for where that is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytest_nodeleak.report.elide import elide

__all__ = ["bounded", "cut", "storable"]

_LONGEST = 20_000
# JavaScript's strings may have halves of characters, which no encoding has and many
# readers of JSON refuse (RFC 8259, section 8.2).
_HALF = re.compile("[\ud800-\udfff]")


def bounded(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with the same fields, none of whose texts is endless."""
    return _mapped(record, cut)


def storable(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with the same fields, fit for a file that others read."""
    return _mapped(
        record, lambda text: _HALF.sub("\N{REPLACEMENT CHARACTER}", cut(text))
    )


def cut(text: str) -> str:
    """Return as much of a text as a record may have of it."""
    return elide(text, _LONGEST)


def _mapped(record: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    def changed(value: Any) -> Any:  # noqa: ANN401  # whatever JSON has
        match value:
            case str():
                return change(value)
            case Mapping():
                return {change(key): changed(inner) for key, inner in value.items()}
            case Sequence():
                return [changed(inner) for inner in value]
            case _:
                return value

    return {change(key): changed(value) for key, value in record.items()}
