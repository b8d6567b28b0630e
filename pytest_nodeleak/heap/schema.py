"""Where the fields of a heap snapshot are, according to the snapshot itself.

V8 adds and drops fields between versions (Node 24 dropped ``trace_node_id``), so every
offset and type code is looked up by name in ``snapshot.meta``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_nodeleak.exceptions import SnapshotFormatError

__all__ = ["SnapshotSchema"]

_NODE_FIELDS = ("type", "name", "id", "self_size", "edge_count")
_EDGE_FIELDS = ("type", "name_or_index", "to_node")
# As many as a type code of one byte can tell apart.
_MOST_TYPES = 256
_MOST_ROWS = (1 << 31) - 1
# V8's own lists fit.
_LONGEST_SHOWN = 300
_LOCATION_FIELDS = ("object_index", "script_id", "line", "column")


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotSchema:
    """Field layout and type names of one snapshot.

    Attributes:
        node_fields: Names of the numbers that make up a node, in order.
        edge_fields: The same for an edge.
        location_fields: The same for a location.
        node_types: Type names, indexed by type code.
        edge_types: Type names, indexed by type code.
        node_count: Nodes the snapshot announces.
        edge_count: Edges the snapshot announces.

    """

    node_fields: tuple[str, ...]
    edge_fields: tuple[str, ...]
    location_fields: tuple[str, ...]
    node_types: tuple[str, ...]
    edge_types: tuple[str, ...]
    node_count: int
    edge_count: int

    @classmethod
    def from_header(cls, header: object) -> SnapshotSchema:
        """Read the value of the snapshot's ``"snapshot"`` key.

        Raises:
            SnapshotFormatError: If something we need is missing.

        """
        header = _mapping(header, "snapshot")
        meta = _mapping(header.get("meta"), "snapshot.meta")
        return cls(
            node_fields=_fields(meta, "node_fields", _NODE_FIELDS),
            edge_fields=_fields(meta, "edge_fields", _EDGE_FIELDS),
            location_fields=_fields(meta, "location_fields", _LOCATION_FIELDS),
            node_types=_type_names(meta, "node_types"),
            edge_types=_type_names(meta, "edge_types"),
            node_count=_count(header, "node_count"),
            edge_count=_count(header, "edge_count"),
        )

    def node_type_code(self, name: str) -> int:
        """Return the code of a node type, or -1 where V8 has no such type."""
        return self.node_types.index(name) if name in self.node_types else -1

    def edge_type_code(self, name: str) -> int:
        """Return the code of an edge type, or -1 where V8 has no such type."""
        return self.edge_types.index(name) if name in self.edge_types else -1


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        msg = f"{where} is {type(value).__name__}, expected an object"
        raise SnapshotFormatError(msg)
    return value


def _fields(
    meta: Mapping[str, Any], key: str, needed: Sequence[str]
) -> tuple[str, ...]:
    fields = meta.get(key)
    if not isinstance(fields, list):
        msg = f"snapshot.meta lacks {key!r}; got {_shown(sorted(meta))}"
        raise SnapshotFormatError(msg)
    if set(map(type, fields)) - {str}:
        msg = (
            f"snapshot.meta.{key} lists something that is no name; got {_shown(fields)}"
        )
        raise SnapshotFormatError(msg)
    for name in needed:
        if name not in fields:
            msg = f"{key} lacks {name!r}; got {_shown(fields)}"
            raise SnapshotFormatError(msg)
    return tuple(fields)


def _type_names(meta: Mapping[str, Any], key: str) -> tuple[str, ...]:
    types = meta.get(key)
    # The first entry lists the names of the type codes; the others describe the fields.
    if not isinstance(types, list) or not types or not isinstance(types[0], list):
        msg = f"snapshot.meta.{key} has no list of type names"
        raise SnapshotFormatError(msg)
    names = types[0]
    if set(map(type, names)) - {str} or len(names) > _MOST_TYPES:
        msg = f"snapshot.meta.{key} lists something that is no type name"
        raise SnapshotFormatError(msg)
    return tuple(names)


def _count(header: Mapping[str, Any], key: str) -> int:
    count = header.get(key)
    # A bool is an int, and the positions of nodes and edges are 32-bit numbers.
    if type(count) is not int or not 0 <= count <= _MOST_ROWS:
        msg = f"snapshot.{key} is {_shown(count)}, expected a count"
        raise SnapshotFormatError(msg)
    return count
