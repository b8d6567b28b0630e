"""From the text of a heap snapshot to columns, while the text is still arriving.

A snapshot is one JSON object. Its big values (nodes, edges, locations) are flat lists of
integers, which numpy parses in pieces as chunks come in, so that parsing hides behind
V8's own work.
"""

from __future__ import annotations

from pytest_nodeleak.exceptions import SnapshotFormatError
from pytest_nodeleak.heap.assembly import TABLES, assemble, table_of
from pytest_nodeleak.heap.columns import Table
from pytest_nodeleak.heap.schema import SnapshotSchema
from pytest_nodeleak.heap.sections import (
    BadText,
    Header,
    Numbers,
    Section,
    Skipped,
    Strings,
)
from pytest_nodeleak.heap.snapshot import HeapSnapshot
from pytest_nodeleak.heap.walk import Walk

__all__ = ["SnapshotReader"]

# Once a block of this size has been freed, the C library of Linux keeps smaller ones that
# are freed. Else it gives the memory of each piece back to the system and asks for it
# again: five times as many page faults, which is a tenth of all time.
_KEPT_BYTES = 1 << 20
_HEADER = "snapshot"
_STRINGS = "strings"


class SnapshotReader(Walk):
    """Takes chunks by :meth:`feed`, gives the snapshot by :meth:`close`."""

    def __init__(self) -> None:
        super().__init__()
        bytes(_KEPT_BYTES)
        self._schema: SnapshotSchema | None = None
        self._tables: dict[str, Table] = {}
        self._strings: Strings | None = None

    def close(self) -> HeapSnapshot:
        """Return the snapshot.

        Raises:
            SnapshotFormatError: If it is truncated or its parts contradict each other.

        """
        self.finish()
        missing = [key for key in ("nodes", "edges", _STRINGS) if not self._has(key)]
        if self._schema is None or self._strings is None or missing:
            msg = f"the snapshot lacks {', '.join(map(repr, missing))}"
            raise SnapshotFormatError(msg)
        columns = {key: table.finish() for key, table in self._tables.items()}
        return assemble(self._schema, columns, self._strings.strings)

    def _has(self, key: str) -> bool:
        if key == _HEADER:
            return self._schema is not None
        return key in self._tables or (key == _STRINGS and self._strings is not None)

    def begin(self, key: str, start: int) -> Section:
        """Return what takes the value of a key: all that is asked for once, at most."""
        if self._has(key):
            raise BadText(f"there is a second {key!r}", start)
        if key == _HEADER:
            return Header(self._take_header)
        if key == _STRINGS:
            self._strings = Strings()
            return self._strings
        if key not in TABLES:
            return Skipped()
        if self._schema is None:
            raise BadText(f"there is no 'snapshot' header before the {key}", start)
        self._tables[key] = table_of(key, self._schema)
        return Numbers(self._tables[key])

    def _take_header(self, header: object) -> None:
        self._schema = SnapshotSchema.from_header(header)
