"""A snapshot's names replaced where they may carry data; its graph stays as it is.

One entry of the string table may be the text of a string, the name of a property and the
name of a class at once. What it becomes depends on the role, so an entry may have to be
split: the table only grows at its end, and nodes and edges are told their new entries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.disguise import Disguise, Role, script_without_query
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.v8_names import NUMBERED
from pytest_nodeleak.heap.vocabulary import code_words

__all__ = ["Redaction", "redact"]

_NODE_ROLES = {
    "string": Role.STRING,
    "concatenated string": Role.STRING,
    "sliced string": Role.STRING,
    "regexp": Role.REGEXP,
    "number": Role.NUMBER,
    "bigint": Role.BIGINT,
    "symbol": Role.SYMBOL,
    "object": Role.CLASS,
    "wasm object": Role.CLASS,
    "closure": Role.FUNCTION,
    "code": Role.CODE,
    "hidden": Role.INTERNAL_NODE,
    "array": Role.INTERNAL_NODE,
    "object shape": Role.INTERNAL_NODE,
    "native": Role.INTERNAL_NODE,
    "synthetic": Role.INTERNAL_NODE,
}
_EDGE_ROLES = {
    "context": Role.VARIABLE,
    "property": Role.PROPERTY,
    "internal": Role.INTERNAL_EDGE,
    "shortcut": Role.INTERNAL_EDGE,
    "weak": Role.INTERNAL_EDGE,
}
_NOBODY_USES = "<unused>"
_NOT_NAMED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """New names for a snapshot.

    Attributes:
        strings: The new string table.
        node_name: int64 position of each node's name in it.
        edge_name: int64 position of each edge's name in it; -1 for edges by number.
        replaced: How many different names were replaced, by role.
        kept: How many were kept, by role.

    """

    strings: tuple[str, ...]
    node_name: NDArray[np.int64]
    edge_name: NDArray[np.int64]
    replaced: Mapping[Role, int]
    kept: Mapping[Role, int]


def redact(graph: HeapGraph, *, keep_property_names: bool = False) -> Redaction:
    """Plan new names for a snapshot, its data left out.

    Args:
        graph: The snapshot.
        keep_property_names: Whether names of properties are kept though the program's
            code does not spell them out.

    """
    snapshot = graph.snapshot
    node_use = _uses(snapshot.nodes.name, _node_roles(graph))
    edge_use = _uses(snapshot.edges.name_or_index, _edge_roles(graph))
    is_named = edge_use >= 0
    used, position = np.unique(
        np.concatenate([node_use, edge_use[is_named]]), return_inverse=True
    )
    table = _Table(snapshot.strings)
    disguise = Disguise(
        words=code_words(graph) | _script_paths(graph),
        heap_ids=frozenset(snapshot.nodes.id.tolist()),
        keep_property_names=keep_property_names,
    )
    entry_of_use = np.array(
        [
            table.place(use // len(Role), Role(use % len(Role)), disguise)
            for use in used.tolist()
        ],
        np.int64,
    )
    entries = entry_of_use[position]
    edge_name = np.full(len(edge_use), _NOT_NAMED, np.int64)
    edge_name[is_named] = entries[len(node_use) :]
    return Redaction(
        strings=table.finished(),
        node_name=entries[: len(node_use)],
        edge_name=edge_name,
        replaced=dict(table.replaced),
        kept=dict(table.kept),
    )


class _Table:
    """The string table in the making."""

    def __init__(self, strings: Sequence[str]) -> None:
        self._old = strings
        self._new: list[str | None] = [None] * len(strings)
        self.replaced: Counter[Role] = Counter()
        self.kept: Counter[Role] = Counter()

    def place(self, entry: int, role: Role, disguise: Disguise) -> int:
        """Return the entry for an old entry in a role, a new one where it is needed."""
        old = self._old[entry]
        new = disguise.of(old, role, number=entry)
        (self.kept if new == old else self.replaced)[role] += 1
        if self._new[entry] is None:
            self._new[entry] = new
        if self._new[entry] == new:
            return entry
        self._new.append(new)
        return len(self._new) - 1

    def finished(self) -> tuple[str, ...]:
        """Return the new table; what nothing uses has no text any more."""
        return tuple(_NOBODY_USES if text is None else text for text in self._new)


def _uses(names: NDArray[np.int32], roles: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one number for each name in its role; -1 where the role is."""
    uses: NDArray[np.int64] = names.astype(np.int64) * len(Role) + roles
    uses[roles < 0] = _NOT_NAMED
    return uses


def _node_roles(graph: HeapGraph) -> NDArray[np.int64]:
    nodes, schema = graph.snapshot.nodes, graph.snapshot.schema
    role_of_type = [_NODE_ROLES.get(kind, Role.UNKNOWN) for kind in schema.node_types]
    roles = np.array(role_of_type, np.int64)[nodes.type]
    roles[graph.snapshot.is_script] = Role.SCRIPT
    return roles


def _edge_roles(graph: HeapGraph) -> NDArray[np.int64]:
    edges, schema = graph.snapshot.edges, graph.snapshot.schema
    role_of_type = [
        _NOT_NAMED if kind in NUMBERED else _EDGE_ROLES.get(kind, Role.UNKNOWN)
        for kind in schema.edge_types
    ]
    return np.array(role_of_type, np.int64)[edges.type]


def _script_paths(graph: HeapGraph) -> frozenset[str]:
    """Return the paths of scripts: loaded modules are kept in a table under them."""
    snapshot = graph.snapshot
    names = np.unique(snapshot.nodes.name[snapshot.is_script]).tolist()
    paths = (snapshot.strings[name] for name in names)
    return frozenset(path for path in paths if script_without_query(path) == path)
