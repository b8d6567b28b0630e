"""The text of a snapshot written anew with other names, piece by piece.

The numbers are taken over from the old text, fields nobody knows included; only names
change. Recorded allocation stacks and time lines are left out: they name functions and
scripts once more, and without them a viewer shows all the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.exceptions import SnapshotFormatError
from pytest_nodeleak.heap.redaction import Redaction
from pytest_nodeleak.heap.schema import SnapshotSchema

__all__ = ["rewritten"]

# In the place that viewers look for them.
_LEFT_OUT = ("trace_function_infos", "trace_tree", "samples")
_STACKS_COUNT = "trace_function_count"
_NAME_FIELDS = {"nodes": "name", "edges": "name_or_index"}
_STRINGS_AT_ONCE = 10_000
_LINES = (",\n", ":")


def rewritten(
    texts: Iterable[str], schema: SnapshotSchema, redaction: Redaction
) -> Iterator[str]:
    """Write a snapshot with new names.

    Args:
        texts: The snapshot's text, in pieces.
        schema: Its layout.
        redaction: The new names.

    Raises:
        SnapshotFormatError: If it is not the snapshot the names are for.

    """
    source = _Source(texts)
    yield _header(source.up_to_section("nodes"))
    yield from _section("nodes", source, schema.node_fields, redaction.node_name)
    source.up_to_section("edges")
    yield from _section("edges", source, schema.edge_fields, redaction.edge_name)
    yield "".join(f',\n"{name}":[]' for name in _LEFT_OUT)
    if source.up_to_section("locations", or_end="strings"):
        yield from _section("locations", source, schema.location_fields, None)
    else:
        yield ',\n"locations":[]'
    yield from _string_table(redaction.strings)
    yield "}"


def _section(
    section: str,
    source: _Source,
    fields: Sequence[str],
    names: NDArray[np.int64] | None,
) -> Iterator[str]:
    """Copy a list of rows, with new names where there are some."""
    yield f',\n"{section}":['
    column = fields.index(_NAME_FIELDS[section]) if names is not None else 0
    done = 0
    for rows in source.rows(len(fields)):
        if names is not None:
            new = names[done : done + len(rows)]
            if len(new) < len(rows):
                msg = f"section {section!r} has grown since it was read"
                raise SnapshotFormatError(msg)
            rows[:, column] = np.where(new < 0, rows[:, column], new)
        yield ("," if done else "") + _written(rows)
        done += len(rows)
    if names is not None and done != len(names):
        msg = f"section {section!r} has shrunk since it was read"
        raise SnapshotFormatError(msg)
    yield "]"


def _written(rows: NDArray[np.int64]) -> str:
    # Three times as fast as joining the numbers one by one.
    return str(rows.ravel().tolist())[1:-1].replace(" ", "") + "\n"


def _header(text: str) -> str:
    """Return the head of a snapshot: its layout and its numbers, but no titles."""
    old: dict[str, object] = json.loads(text.rstrip().rstrip(",") + "}")["snapshot"]
    new = {
        key: value
        for key, value in old.items()
        if key == "meta" or isinstance(value, int)
    }
    if _STACKS_COUNT in new:
        new[_STACKS_COUNT] = 0
    return '{"snapshot":' + json.dumps(new, separators=(",", ":"))


def _string_table(strings: Sequence[str]) -> Iterator[str]:
    yield ',\n"strings":['
    for first in range(0, len(strings), _STRINGS_AT_ONCE):
        # As escapes, lone surrogates stay what they are.
        some = json.dumps(strings[first : first + _STRINGS_AT_ONCE], separators=_LINES)
        yield (",\n" if first else "") + some[1:-1]
    yield "]"


class _Source:
    """The old text, read from front to back."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = iter(texts)
        self._buffer = ""

    def up_to_section(self, section: str, *, or_end: str | None = None) -> str:
        """Skip to behind the start of a section; return what was skipped.

        Returns:
            "" as well if another section, where the search ends, came first.

        """
        marker, end = f'"{section}":[', f'"{or_end}":['
        while True:
            found, stop = self._buffer.find(marker), self._buffer.find(end)
            if or_end is not None and stop >= 0 and not 0 <= found < stop:
                return ""
            if found >= 0:
                skipped = self._buffer[:found]
                self._buffer = self._buffer[found + len(marker) :]
                return skipped or " "
            self._take_more(f"section {section!r}")

    def rows(self, width: int) -> Iterator[NDArray[np.int64]]:
        """Yield the numbers up to the section's end, some complete rows at a time."""
        left = np.empty(0, np.int64)
        end = -1
        while end < 0:
            end = self._buffer.find("]")
            cut = end if end >= 0 else self._buffer.rfind(",")
            if cut >= 0:
                numbers = _numbers(self._buffer[:cut])
                self._buffer = self._buffer[cut + 1 :]
                numbers = np.concatenate([left, numbers])
                complete = len(numbers) // width * width
                left = numbers[complete:]
                if complete:
                    yield numbers[:complete].reshape(-1, width)
            if end < 0:
                self._take_more("the end of a section")

    def _take_more(self, wanted: str) -> None:
        more = next(self._texts, "")
        if not more:
            msg = f"the snapshot ends before {wanted}; it is truncated"
            raise SnapshotFormatError(msg)
        self._buffer += more


def _numbers(text: str) -> NDArray[np.int64]:
    if not text.strip():
        return np.empty(0, np.int64)
    return np.fromstring(text, dtype=np.int64, sep=",")
