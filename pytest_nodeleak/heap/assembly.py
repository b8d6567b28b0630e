"""From columns to a snapshot whose parts fit together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.exceptions import SnapshotFormatError
from pytest_nodeleak.heap.columns import ColumnType, Table
from pytest_nodeleak.heap.schema import SnapshotSchema
from pytest_nodeleak.heap.snapshot import (
    EdgeColumns,
    HeapSnapshot,
    LocationColumns,
    NodeColumns,
)
from pytest_nodeleak.heap.v8_names import NUMBERED

__all__ = ["TABLES", "assemble", "table_of"]

# The largest number that JavaScript writes in full.
_ANY = 1 << 53

Columns = Mapping[str, NDArray[Any]]

# Sections of numbers, with the columns that are kept.
TABLES: Mapping[str, Mapping[str, ColumnType]] = {
    "nodes": {
        "type": np.uint8,
        "name": np.int32,
        "id": np.int64,
        "self_size": np.int64,
        "edge_count": np.int32,
    },
    "edges": {"type": np.uint8, "name_or_index": np.int32, "to_node": np.int32},
    "locations": {
        "object_index": np.int32,
        "script_id": np.int32,
        "line": np.int32,
        "column": np.int32,
    },
}


def table_of(section: str, schema: SnapshotSchema) -> Table:
    """Return an empty table for a section of numbers."""
    fields, announced = {
        "nodes": (schema.node_fields, schema.node_count),
        "edges": (schema.edge_fields, schema.edge_count),
        "locations": (schema.location_fields, None),
    }[section]
    # Nodes are referred to by where they begin among the numbers.
    references = {"edges": "to_node", "locations": "object_index"}.get(section)
    return Table(
        section,
        fields,
        TABLES[section],
        announced=announced,
        multiples={references: len(schema.node_fields)} if references else {},
    )


def assemble(
    schema: SnapshotSchema, columns: Mapping[str, Columns], strings: Sequence[str]
) -> HeapSnapshot:
    """Put a snapshot together.

    Args:
        schema: Its layout.
        columns: What the tables gave, by section; locations may be missing.
        strings: The string table.

    Raises:
        SnapshotFormatError: If the parts contradict each other.

    """
    nodes, edges = columns["nodes"], columns["edges"]
    snapshot = HeapSnapshot(
        schema=schema,
        nodes=NodeColumns(
            type=nodes["type"],
            name=nodes["name"],
            id=nodes["id"],
            self_size_bytes=nodes["self_size"],
            edge_count=nodes["edge_count"],
        ),
        edges=EdgeColumns(
            type=edges["type"],
            name_or_index=edges["name_or_index"],
            to_node=edges["to_node"],
        ),
        locations=_locations(
            columns.get("locations") or table_of("locations", schema).finish()
        ),
        strings=strings,
    )
    _check_consistency(snapshot)
    return snapshot


def _locations(columns: Columns) -> LocationColumns:
    node = columns["object_index"]
    if np.any(node[1:] < node[:-1]):
        order = np.argsort(node, kind="stable")
        columns = {name: _frozen(column[order]) for name, column in columns.items()}
    return LocationColumns(
        node=columns["object_index"],
        script_id=columns["script_id"],
        line=columns["line"],
        column=columns["column"],
    )


def _frozen(column: NDArray[Any]) -> NDArray[Any]:
    column.flags.writeable = False
    return column


def _check_consistency(snapshot: HeapSnapshot) -> None:
    schema, nodes, edges = snapshot.schema, snapshot.nodes, snapshot.edges
    if not schema.node_count:
        msg = "the snapshot has no nodes, not even a root"
        raise SnapshotFormatError(msg)
    most_edges = schema.edge_count + 1
    _check_range("node", "type", nodes.type, len(schema.node_types))
    _check_range("node", "name", nodes.name, len(snapshot.strings))
    _check_range("node", "id", nodes.id, _ANY)
    _check_range("node", "self_size", nodes.self_size_bytes, _ANY)
    _check_range("node", "edge_count", nodes.edge_count, most_edges)
    _check_range("edge", "type", edges.type, len(schema.edge_types))
    _check_range("edge", "to_node", edges.to_node, len(nodes.id))
    _check_range("location", "object_index", snapshot.locations.node, len(nodes.id))
    _check_edge_names(snapshot)
    edge_count = int(nodes.edge_count.sum(dtype=np.int64))
    if edge_count != schema.edge_count:
        msg = (
            f"the snapshot announces {schema.edge_count} edges and its nodes"
            f" have {edge_count}"
        )
        raise SnapshotFormatError(msg)


def _check_range(row: str, field: str, column: NDArray[Any], size: int) -> None:
    if len(column) and not 0 <= column.min() <= column.max() < size:
        wrong = int(np.argmax((column < 0) | (column >= size)))
        msg = (
            f"{row} {wrong} is outside the snapshot: its {field} is {column[wrong]},"
            f" expected 0 to {size - 1}"
        )
        raise SnapshotFormatError(msg)


def _check_edge_names(snapshot: HeapSnapshot) -> None:
    edges, schema = snapshot.edges, snapshot.schema
    names, size = edges.name_or_index, len(snapshot.strings)
    if len(names) and 0 <= names.min() <= names.max() < size:
        return
    # An index may be larger than the string table.
    has_index = np.zeros(len(schema.edge_types), np.bool_)
    for name in NUMBERED:
        if (code := schema.edge_type_code(name)) >= 0:
            has_index[code] = True
    _check_range(
        "edge", "name_or_index", np.where(has_index[edges.type], 0, names), size
    )
