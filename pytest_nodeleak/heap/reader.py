"""From the text of a heap snapshot to columns, while the text is still arriving.

The big sections (nodes, edges, locations) are flat lists of integers; each is parsed in
pieces by numpy as chunks come in, so that parsing hides behind V8's own work. Only the
string table waits for the end.
"""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.exceptions import SnapshotFormatError
from pytest_nodeleak.heap.schema import SnapshotSchema
from pytest_nodeleak.heap.snapshot import (
    EdgeColumns,
    HeapSnapshot,
    LocationColumns,
    NodeColumns,
)

__all__ = ["SnapshotReader"]

# In the order V8 writes them; what stands between them is skipped.
_SECTIONS = ("nodes", "edges", "locations", "strings")
# Parsing starts when this much of a section has arrived: numpy's cost per call vanishes.
_PIECE_CHARACTERS = 1 << 20
_LONGEST_MARKER = max(len(f'"{name}":[') for name in _SECTIONS)


class SnapshotReader:
    """Takes chunks by :meth:`feed`, gives the snapshot by :meth:`close`."""

    def __init__(self) -> None:
        self._buffer = ""
        self._section = "snapshot"
        self._schema: SnapshotSchema | None = None
        self._pieces: dict[str, list[NDArray[np.int64]]] = {
            name: [] for name in _SECTIONS
        }
        self._strings: list[str] = []
        self._in_numbers = False

    def feed(self, chunk: str) -> None:
        """Take the next piece of text, of any length.

        Raises:
            SnapshotFormatError: If what has arrived so far cannot be a snapshot.

        """
        if self._section == "strings":
            self._strings.append(chunk)
            return
        self._buffer += chunk
        while self._advance():
            pass

    def close(self) -> HeapSnapshot:
        """Return the snapshot.

        Raises:
            SnapshotFormatError: If it is truncated or its parts contradict each other.

        """
        if self._schema is None or self._section != "strings":
            msg = f"the snapshot ends in section {self._section!r}; it is truncated"
            raise SnapshotFormatError(msg)
        schema = self._schema
        snapshot = HeapSnapshot(
            schema=schema,
            nodes=_node_columns(schema, self._rows("nodes", schema.node_fields)),
            edges=_edge_columns(schema, self._rows("edges", schema.edge_fields)),
            locations=_location_columns(
                schema, self._rows("locations", schema.location_fields)
            ),
            strings=_parse_strings("".join(self._strings)),
        )
        _check_consistency(snapshot)
        return snapshot

    def _advance(self) -> bool:
        """Take one step; tell whether another one may be possible."""
        if self._in_numbers:
            return self._take_numbers()
        found = [
            (position, name)
            for name in _SECTIONS
            if (position := self._buffer.find(f'"{name}":[')) >= 0
        ]
        if not found:
            if self._schema is not None:
                # A marker may be cut in two by the end of the chunk.
                self._buffer = self._buffer[-_LONGEST_MARKER:]
            return False
        position, name = min(found)
        if self._schema is None:
            self._schema = _parse_header(self._buffer[:position])
        self._buffer = self._buffer[position + len(f'"{name}":[') :]
        self._section = name
        self._in_numbers = name != "strings"
        if name == "strings":
            self._strings.append(self._buffer)
            self._buffer = ""
        return self._in_numbers

    def _take_numbers(self) -> bool:
        end = self._buffer.find("]")
        if end >= 0:
            text, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
            self._in_numbers = False
        elif len(self._buffer) >= _PIECE_CHARACTERS:
            comma = self._buffer.rfind(",")
            text, self._buffer = self._buffer[:comma], self._buffer[comma + 1 :]
        else:
            return False
        self._pieces[self._section].append(_parse_numbers(text, self._section))
        return not self._in_numbers

    def _rows(self, section: str, fields: tuple[str, ...]) -> NDArray[np.int64]:
        pieces = self._pieces.pop(section)
        flat = np.concatenate(pieces) if pieces else np.empty(0, np.int64)
        if len(flat) % len(fields):
            msg = (
                f"section {section!r} has {len(flat)} numbers,"
                f" no multiple of its {len(fields)} fields"
            )
            raise SnapshotFormatError(msg)
        return flat.reshape(-1, len(fields))


def _parse_header(text: str) -> SnapshotSchema:
    try:
        header: Any = json.loads(text.rstrip().rstrip(",") + "}")
    except ValueError as exc:
        msg = f"the text before the nodes is no snapshot header: {exc}"
        raise SnapshotFormatError(msg) from exc
    if not isinstance(header, dict) or "snapshot" not in header:
        msg = "there is no 'snapshot' header before the nodes"
        raise SnapshotFormatError(msg)
    return SnapshotSchema.from_header(header["snapshot"])


def _parse_numbers(text: str, section: str) -> NDArray[np.int64]:
    if not text.strip():
        return np.empty(0, np.int64)
    with warnings.catch_warnings():
        # numpy announces text it cannot read by a DeprecationWarning.
        warnings.simplefilter("error", DeprecationWarning)
        try:
            return np.fromstring(text, dtype=np.int64, sep=",")
        except (DeprecationWarning, ValueError) as exc:
            msg = f"section {section!r} holds something that is not an integer"
            raise SnapshotFormatError(msg) from exc


def _parse_strings(text: str) -> list[str]:
    try:
        # Real heaps contain lone surrogates, which faster parsers refuse.
        strings, end = json.JSONDecoder(strict=False).raw_decode("[" + text)
    except ValueError as exc:
        msg = f"the string table is truncated or corrupt: {exc}"
        raise SnapshotFormatError(msg) from exc
    if text[end - 1 :].strip() != "}":
        msg = "there is unexpected text after the string table"
        raise SnapshotFormatError(msg)
    return list(strings)


def _freeze(column: NDArray[Any]) -> NDArray[Any]:
    column.flags.writeable = False
    return column


def _node_columns(schema: SnapshotSchema, rows: NDArray[np.int64]) -> NodeColumns:
    def column(name: str, dtype: type) -> NDArray[Any]:
        return _freeze(rows[:, schema.node_fields.index(name)].astype(dtype))

    return NodeColumns(
        type=column("type", np.uint8),
        name=column("name", np.int32),
        id=column("id", np.int64),
        self_size_bytes=column("self_size", np.int64),
        edge_count=column("edge_count", np.int32),
    )


def _edge_columns(schema: SnapshotSchema, rows: NDArray[np.int64]) -> EdgeColumns:
    def column(name: str) -> NDArray[np.int64]:
        return rows[:, schema.edge_fields.index(name)]

    to_index = column("to_node")
    if len(to_index) and np.any(to_index % len(schema.node_fields)):
        msg = "an edge points between two nodes"
        raise SnapshotFormatError(msg)
    return EdgeColumns(
        type=_freeze(column("type").astype(np.uint8)),
        name_or_index=_freeze(column("name_or_index").astype(np.int32)),
        to_node=_freeze((to_index // len(schema.node_fields)).astype(np.int32)),
    )


def _location_columns(
    schema: SnapshotSchema, rows: NDArray[np.int64]
) -> LocationColumns:
    def column(name: str) -> NDArray[np.int64]:
        return rows[:, schema.location_fields.index(name)]

    node = column("object_index") // len(schema.node_fields)
    order = np.argsort(node, kind="stable")
    return LocationColumns(
        node=_freeze(node[order].astype(np.int32)),
        script_id=_freeze(column("script_id")[order].astype(np.int32)),
        line=_freeze(column("line")[order].astype(np.int32)),
        column=_freeze(column("column")[order].astype(np.int32)),
    )


def _check_consistency(snapshot: HeapSnapshot) -> None:
    schema, nodes, edges = snapshot.schema, snapshot.nodes, snapshot.edges
    for what, found, announced in (
        ("nodes", len(nodes.id), schema.node_count),
        ("edges", len(edges.type), schema.edge_count),
        ("edges", int(nodes.edge_count.sum(dtype=np.int64)), schema.edge_count),
    ):
        if found != announced:
            msg = f"the snapshot announces {announced} {what} and holds {found}"
            raise SnapshotFormatError(msg)
    for what, column, size in (
        ("edge target", edges.to_node, len(nodes.id)),
        ("node name", nodes.name, len(snapshot.strings)),
        ("node type", nodes.type, len(schema.node_types)),
        ("edge type", edges.type, len(schema.edge_types)),
        ("located node", snapshot.locations.node, len(nodes.id)),
    ):
        if len(column) and not 0 <= column.min() <= column.max() < size:
            msg = f"a {what} is outside the snapshot"
            raise SnapshotFormatError(msg)
