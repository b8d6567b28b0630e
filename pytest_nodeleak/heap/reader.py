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
_SmallInteger = type[np.uint8] | type[np.int32]


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
    except (ValueError, RecursionError) as exc:
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
    except (ValueError, RecursionError) as exc:
        msg = f"the string table is truncated or corrupt: {exc}"
        raise SnapshotFormatError(msg) from exc
    if set(map(type, strings)) - {str}:
        msg = "the string table holds something that is not a string"
        raise SnapshotFormatError(msg)
    rest = text[end - 1 :].strip()
    if rest != "}":
        msg = f"expected '}}' and the end after the string table, got {rest[:20]!r}"
        raise SnapshotFormatError(msg)
    return list(strings)


def _narrowed(column: NDArray[np.int64], dtype: _SmallInteger) -> NDArray[Any]:
    """Return a read-only column of a smaller type; no number may wrap into another."""
    smallest, largest = np.iinfo(dtype).min, np.iinfo(dtype).max
    if dtype is np.int32:
        # Of the index of an element only 32 bits are written, with or without a sign.
        largest = np.iinfo(np.uint32).max
    if len(column) and not smallest <= column.min() <= column.max() <= largest:
        msg = f"{column.min()} or {column.max()} is outside the snapshot"
        raise SnapshotFormatError(msg)
    return _freeze(column.astype(dtype))


def _freeze(column: NDArray[Any]) -> NDArray[Any]:
    column.flags.writeable = False
    return column


def _node_columns(schema: SnapshotSchema, rows: NDArray[np.int64]) -> NodeColumns:
    def column(name: str) -> NDArray[np.int64]:
        return rows[:, schema.node_fields.index(name)]

    return NodeColumns(
        type=_narrowed(column("type"), np.uint8),
        name=_narrowed(column("name"), np.int32),
        id=_freeze(column("id").copy()),
        self_size_bytes=_freeze(column("self_size").copy()),
        edge_count=_narrowed(column("edge_count"), np.int32),
    )


def _edge_columns(schema: SnapshotSchema, rows: NDArray[np.int64]) -> EdgeColumns:
    def column(name: str) -> NDArray[np.int64]:
        return rows[:, schema.edge_fields.index(name)]

    to_index = column("to_node")
    if len(to_index) and np.any(to_index % len(schema.node_fields)):
        msg = "an edge points between two nodes"
        raise SnapshotFormatError(msg)
    return EdgeColumns(
        type=_narrowed(column("type"), np.uint8),
        name_or_index=_narrowed(column("name_or_index"), np.int32),
        to_node=_narrowed(to_index // len(schema.node_fields), np.int32),
    )


def _location_columns(
    schema: SnapshotSchema, rows: NDArray[np.int64]
) -> LocationColumns:
    def column(name: str) -> NDArray[np.int64]:
        return rows[:, schema.location_fields.index(name)]

    node = column("object_index") // len(schema.node_fields)
    order = np.argsort(node, kind="stable")
    return LocationColumns(
        node=_narrowed(node[order], np.int32),
        script_id=_narrowed(column("script_id")[order], np.int32),
        line=_narrowed(column("line")[order], np.int32),
        column=_narrowed(column("column")[order], np.int32),
    )


def _check_consistency(snapshot: HeapSnapshot) -> None:
    schema, nodes, edges = snapshot.schema, snapshot.nodes, snapshot.edges
    if not schema.node_count:
        msg = "the snapshot has no nodes, not even a root"
        raise SnapshotFormatError(msg)
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
        ("edge count", nodes.edge_count, schema.edge_count + 1),
        ("node type", nodes.type, len(schema.node_types)),
        ("edge type", edges.type, len(schema.edge_types)),
        ("edge name", _named_by_string(schema, edges), len(snapshot.strings)),
        ("located node", snapshot.locations.node, len(nodes.id)),
    ):
        if len(column) and not 0 <= column.min() <= column.max() < size:
            msg = f"a {what} is outside the snapshot"
            raise SnapshotFormatError(msg)


def _named_by_string(schema: SnapshotSchema, edges: EdgeColumns) -> NDArray[np.int32]:
    by_index = [schema.edge_type_code(name) for name in ("element", "hidden")]
    return edges.name_or_index[~np.isin(edges.type, by_index)]
