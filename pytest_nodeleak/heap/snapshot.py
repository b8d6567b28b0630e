"""One heap snapshot as columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, compress, count

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.identities import places_of
from pytest_nodeleak.heap.schema import SnapshotSchema
from pytest_nodeleak.heap.v8_names import LOOKED_UP, SCRIPT_EDGES, STRING_TYPES

__all__ = [
    "EdgeColumns",
    "HeapSnapshot",
    "LocationColumns",
    "NodeColumns",
    "blocks",
]

_BLOCK_ROWS = 1 << 16
_INTERNAL_PREFIX = "system / "


def blocks(rows: int) -> Iterator[slice]:
    """Cut a column into blocks: what is made of one fits into a processor's cache.

    numpy turns 32-bit positions into 64-bit ones before it looks them up; for a whole
    column that is more memory than the column.
    """
    for start in range(0, rows, _BLOCK_ROWS):
        yield slice(start, min(start + _BLOCK_ROWS, rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeColumns:
    """One entry per heap node; the position is the node's *ordinal*.

    Attributes:
        type: uint8 type codes, see ``SnapshotSchema.node_types``.
        name: int32 positions in the string table.
        id: int64 object ids: stable within an isolate, growing with time of birth.
        self_size_bytes: int64 shallow sizes.
        edge_count: int32 numbers of outgoing edges.

    """

    type: NDArray[np.uint8]
    name: NDArray[np.int32]
    id: NDArray[np.int64]
    self_size_bytes: NDArray[np.int64]
    edge_count: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeColumns:
    """One entry per edge, in the order of the nodes they start from.

    Attributes:
        type: uint8 type codes, see ``SnapshotSchema.edge_types``.
        name_or_index: int32; an index for element and hidden edges, else a string.
        to_node: int32 ordinals.

    """

    type: NDArray[np.uint8]
    name_or_index: NDArray[np.int32]
    to_node: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationColumns:
    """Source positions of functions, and of the constructors of objects.

    Attributes:
        node: int32 ordinals, ascending.
        script_id: int32.
        line: int32, counted from 0.
        column: int32, counted from 0.

    """

    node: NDArray[np.int32]
    script_id: NDArray[np.int32]
    line: NDArray[np.int32]
    column: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True, eq=False)
class HeapSnapshot:
    """A parsed snapshot; the arrays are read-only.

    Attributes:
        schema: Type names and field layout.
        nodes: The heap nodes.
        edges: The references between them.
        locations: Source positions.
        strings: The string table.

    """

    schema: SnapshotSchema
    nodes: NodeColumns
    edges: EdgeColumns
    locations: LocationColumns
    strings: Sequence[str]

    @property
    def node_count(self) -> int:
        """The number of nodes."""
        return len(self.nodes.id)

    def without_references(self) -> HeapSnapshot:
        """Return the nodes alone, without their names and the references between them."""
        edges = EdgeColumns(
            type=np.empty(0, np.uint8),
            name_or_index=np.empty(0, np.int32),
            to_node=np.empty(0, np.int32),
        )
        return replace(self, edges=edges, strings=())

    def name(self, ordinal: int) -> str:
        """Return a node's name: its class, function name or string value."""
        return self.strings[int(self.nodes.name[ordinal])]

    def type_name(self, ordinal: int) -> str:
        """Return a node's type, e.g. ``"object"`` or ``"closure"``."""
        return self.schema.node_types[int(self.nodes.type[ordinal])]

    def is_type(self, *names: str) -> NDArray[np.bool_]:
        """Tell for each node whether it has one of these types."""
        found = np.zeros(self.node_count, np.bool_)
        for name in names:
            found |= self.nodes.type == self.schema.node_type_code(name)
        return found

    def is_named(self, *names: str) -> NDArray[np.bool_]:
        """Tell for each node whether it has one of a few names."""
        found = np.zeros(self.node_count, np.bool_)
        for position in self.positions_of_names(names):
            found |= self.nodes.name == position
        return found

    def is_v8_node(self, name: str) -> NDArray[np.bool_]:
        """Tell for each node whether V8 calls it so; a text may read the same."""
        return self.is_named(name) & ~self.is_type(*STRING_TYPES)

    def positions_of_names(self, names: Collection[str]) -> list[int]:
        """Return where in the string table these names are, ascending."""
        known = self._known_positions
        if not known.keys() >= (asked := frozenset(names)):
            # One pass for what is asked of every snapshot as well.
            unknown = (asked | LOOKED_UP) - known.keys()
            known.update((name, []) for name in unknown)
            for position in compress(count(), map(unknown.__contains__, self.strings)):
                known[self.strings[position]].append(position)
        return sorted(chain.from_iterable(known[name] for name in asked))

    @cached_property
    def _known_positions(self) -> dict[str, list[int]]:
        """Where the names are that somebody has asked for."""
        return {}

    @cached_property
    def is_script(self) -> NDArray[np.bool_]:
        """Whether each node stands for a script; its name is a path or an address."""
        edges, schema = self.edges, self.schema
        leads_to_script = edges.type == schema.edge_type_code("internal")
        names = self.positions_of_names(SCRIPT_EDGES)
        leads_to_script &= np.isin(edges.name_or_index, names)
        script = np.zeros(self.node_count, np.bool_)
        script[edges.to_node[leads_to_script]] = True
        script &= self.is_type("code")
        # Debugging information of V8's own may take a script's place.
        found = np.flatnonzero(script)
        is_internal = [
            self.name(i).startswith(_INTERNAL_PREFIX) for i in found.tolist()
        ]
        script[found[is_internal]] = False
        script.flags.writeable = False
        return script

    def ordinals_of_ids(self, heap_ids: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the ordinals of nodes by object id, -1 where there is none."""
        return places_of(heap_ids, self.nodes.id)

    def ordinal_of_id(self, heap_id: int) -> int | None:
        """Return the ordinal of the node with this object id, or None."""
        found = np.flatnonzero(self.nodes.id == heap_id)
        return int(found[0]) if len(found) else None
