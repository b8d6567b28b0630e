"""The text of a snapshot written anew with other names, piece by piece.

The numbers are taken over from the old text, fields nobody knows included; only names
change. Recorded allocation stacks and time lines are left out: they name functions and
scripts once more, and without them a viewer shows all the rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.exceptions import SnapshotFormatError
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.numerals import Integers
from pytest_nodeleak.heap.reader import SnapshotReader
from pytest_nodeleak.heap.redaction import Redaction, redact
from pytest_nodeleak.heap.schema import SnapshotSchema
from pytest_nodeleak.heap.sections import Header, Numbers, Section, Skipped
from pytest_nodeleak.heap.walk import Walk

__all__ = ["redacted", "rewritten"]

# In the place that viewers look for them.
_LEFT_OUT = ("trace_function_infos", "trace_tree", "samples")
_STACKS_COUNT = "trace_function_count"
_NAME_FIELDS = {"nodes": "name", "edges": "name_or_index"}
_STRINGS_AT_ONCE = 10_000
_LINES = (",\n", ":")


def redacted(
    read: Callable[[], Iterable[str]],
) -> Iterator[str]:
    """Write a snapshot without data; see :func:`~pytest_nodeleak.heap.redaction.redact`.

    Args:
        read: Returns the snapshot's text in pieces; it is called twice.

    Raises:
        SnapshotFormatError: If it is none.

    """
    reader = SnapshotReader()
    for text in read():
        reader.feed(text)
    snapshot = reader.close()
    plan = redact(HeapGraph(snapshot))
    yield from rewritten(read(), snapshot.schema, plan)


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
    copy = _Copy(schema, redaction)
    for text in texts:
        copy.feed(text)
        yield from copy.written()
        if copy.is_complete:
            # What V8 writes after this are the old names.
            break
    else:
        copy.finish()
    yield from copy.written()
    yield from _string_table(redaction.strings)
    yield "}"


class _Copy(Walk):
    """The new text in the making, up to the string table."""

    def __init__(self, schema: SnapshotSchema, redaction: Redaction) -> None:
        super().__init__()
        self._fields = {
            "nodes": schema.node_fields,
            "edges": schema.edge_fields,
            "locations": schema.location_fields,
        }
        self._names = {"nodes": redaction.node_name, "edges": redaction.edge_name}
        self._written: list[str] = []
        self._done: list[str] = []

    @property
    def is_complete(self) -> bool:
        """Whether all is there that is taken over."""
        return len(self._done) == len(self._fields)

    def written(self) -> list[str]:
        """Return what has been written since this was asked last."""
        written, self._written = self._written, []
        return written

    def begin(self, key: str, start: int) -> Section:
        """Return what takes the value of a key."""
        del start  # What is wrong with a snapshot was found when it was read.
        if key == "snapshot":
            return Header(lambda header: self._written.append(_header(header)))
        if key not in self._fields:
            return Skipped()
        self._written.append(f',\n"{key}":[')
        return _CopiedRows(
            key,
            self._fields[key],
            self._names.get(key),
            write=self._written_to,
            ended=lambda: self._end(key),
        )

    def finish(self) -> None:
        """Take what is left; write an empty list of locations if the old text has none.

        Raises:
            SnapshotFormatError: If it lacks anything else.

        """
        super().finish()
        missing = [key for key in self._fields if key not in self._done]
        if missing not in ([], ["locations"]):
            msg = f"the snapshot lacks {', '.join(map(repr, missing))}"
            raise SnapshotFormatError(msg)
        if missing:
            self._written.append(',\n"locations":[]')

    def _written_to(self, text: str) -> None:
        self._written.append(text)

    def _end(self, key: str) -> None:
        self._written.append("]")
        self._done.append(key)
        if key == "edges":
            self._written += [f',\n"{name}":[]' for name in _LEFT_OUT]


class _CopiedRows:
    """A list of rows, with new names where there are some."""

    enough = Numbers.enough

    def __init__(
        self,
        section: str,
        fields: Sequence[str],
        names: NDArray[np.int64] | None,
        *,
        write: Callable[[str], None],
        ended: Callable[[], None],
    ) -> None:
        self._section = section
        self._width = len(fields)
        self._column = 0 if names is None else fields.index(_NAME_FIELDS[section])
        self._names = names
        self._write = write
        self._ended = ended
        self._numbers = Numbers(self)
        self._cut_row = np.empty(0, np.int64)
        self._done = 0

    def take(self, text: str, start: int, *, is_last: bool) -> tuple[int, bool]:
        """Take the rows that have arrived as a whole."""
        end, is_whole = self._numbers.take(text, start, is_last=is_last)
        if is_whole:
            if self._names is not None and self._done != len(self._names):
                msg = f"section {self._section!r} has shrunk since it was read"
                raise SnapshotFormatError(msg)
            self._ended()
        return end, is_whole

    def add(self, integers: Integers) -> None:
        """Write the next numbers; a row may be cut between two calls."""
        numbers = np.concatenate([self._cut_row, integers[:]])
        complete = len(numbers) // self._width * self._width
        rows = numbers[:complete].reshape(-1, self._width)
        self._cut_row = numbers[complete:]
        if not len(rows):
            return
        if self._names is not None:
            new = self._names[self._done : self._done + len(rows)]
            if len(new) < len(rows):
                msg = f"section {self._section!r} has grown since it was read"
                raise SnapshotFormatError(msg)
            old = rows[:, self._column]
            rows[:, self._column] = np.where(new < 0, old, new)
        self._write(("," if self._done else "") + _written(rows))
        self._done += len(rows)


def _written(rows: NDArray[np.int64]) -> str:
    # Three times as fast as joining the numbers one by one.
    return str(rows.ravel().tolist())[1:-1].replace(" ", "") + "\n"


def _header(old: object) -> str:
    """Return the head of a snapshot: its layout and its numbers, but no titles."""
    if not isinstance(old, dict):
        msg = f"snapshot is {type(old).__name__}, expected an object"
        raise SnapshotFormatError(msg)
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
