"""Where other readers of heap snapshots have other rules than ours, as code.

A snapshot with a peer's rules applied is one that, read by our own, must give what the
peer gives for the original. What no rule here accounts for stays a difference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.reach import ROOT, reached_from_root
from pytest_nodeleak.heap.snapshot import HeapSnapshot

__all__ = ["RULES_OF", "Rule", "with_rules"]

# As DevTools reads it; memlab has no such rule.
_WEAK_MAP_ENTRY = re.compile(
    r"\d+ / part of key \(.*? @\d+\) -> value \(.*? @\d+\)"
    r" pair in WeakMap \(table @(\d+)\)"
)
_STRING_TABLES = ("(Internalized strings)", "(External strings)")
_CONSOLE = "DevTools console"
_NOBODY = np.iinfo(np.int32).max


class Rule(Enum):
    """A rule that a peer has and we have not."""

    OWNED_SIZES = "V8's arrays and hidden objects count for the object that owns them"
    GLOBALS = "what a global object reaches is not retained by a handle or the stack"
    ROOTS = "what the roots reach is not retained by a global object alone"
    SHORTCUTS = "shortcuts retain from the root only"
    WEAK_MAPS = "a WeakMap retains its values, as their keys do"
    STRING_TABLE = "the tables of internalized and of external strings retain them"
    CONSOLE = "the console retains what was printed"
    ORPHANS = "the root retains what nothing else does"


#: What ``HeapSnapshot.computeIsEssentialEdge`` and ``calculateShallowSizes`` of DevTools
#: do, and ``TraceFinder.computeDominatorsAndRetainedSizes`` of memlab.
RULES_OF: Mapping[str, frozenset[Rule]] = {
    "devtools": frozenset(Rule) - {Rule.ROOTS, Rule.WEAK_MAPS},
    "memlab": frozenset(Rule) - {Rule.GLOBALS, Rule.OWNED_SIZES},
}


@dataclass(frozen=True)
class _ChosenGraph(HeapGraph):
    """A graph whose edges were chosen already."""

    @cached_property
    def is_strong(self) -> NDArray[np.bool_]:
        return np.ones(len(self.snapshot.edges.to_node), np.bool_)


def with_rules(snapshot: HeapSnapshot, rules: frozenset[Rule]) -> HeapGraph:
    """Return a graph in which our reading gives what a reader with these rules says."""
    graph = HeapGraph(snapshot)
    kept = _kept_edges(graph, rules)
    held_by_root = np.empty(0, np.int64)
    if Rule.ORPHANS in rules:
        held_by_root = _held_by_none(graph, kept)
    if Rule.OWNED_SIZES in rules:
        sizes = _sizes_with_owned(graph)
        snapshot = replace(
            snapshot, nodes=replace(snapshot.nodes, self_size_bytes=sizes)
        )
    return _ChosenGraph(_with_edges(snapshot, graph, kept, held_by_root))


def _kept_edges(graph: HeapGraph, rules: frozenset[Rule]) -> NDArray[np.bool_]:
    edges, schema = graph.snapshot.edges, graph.snapshot.schema
    from_root = graph.edge_source == ROOT
    is_shortcut = edges.type == schema.edge_type_code("shortcut")
    is_weak = edges.type == schema.edge_type_code("weak")
    kept = graph.is_strong.copy()
    for rule, more in (
        (Rule.WEAK_MAPS, _from_weak_maps(graph)),
        (Rule.STRING_TABLE, _from_string_table(graph)),
        (Rule.CONSOLE, _from_console(graph)),
    ):
        if rule in rules:
            kept[more] = True
    if Rule.SHORTCUTS in rules:
        kept &= ~is_shortcut | from_root
    if Rule.GLOBALS in rules:
        kept &= _ends_alike(graph, ~is_weak & (~from_root | is_shortcut))
    if Rule.ROOTS in rules:
        kept &= _ends_alike(graph, np.where(from_root, ~is_shortcut, ~is_weak))
    return kept


def _from_weak_maps(graph: HeapGraph) -> NDArray[np.bool_]:
    """Tell which edges lead from the table of a WeakMap to a value."""
    table_of_name = {
        position: int(match[1])
        for position, text in enumerate(graph.snapshot.strings)
        if (match := _WEAK_MAP_ENTRY.fullmatch(text))
    }
    named = _internal_edges(graph, [*table_of_name])
    name = graph.snapshot.edges.name_or_index
    source_id = graph.snapshot.nodes.id[graph.edge_source]
    for edge in np.flatnonzero(named).tolist():
        named[edge] = source_id[edge] == table_of_name[int(name[edge])]
    return named


def _from_string_table(graph: HeapGraph) -> NDArray[np.bool_]:
    nodes, strings = graph.snapshot.nodes, graph.snapshot.strings
    synthetic = np.flatnonzero(
        nodes.type == graph.snapshot.schema.node_type_code("synthetic")
    )
    tables = [i for i in synthetic if strings[nodes.name[i]] in _STRING_TABLES]
    return np.isin(graph.edge_source, tables)


def _from_console(graph: HeapGraph) -> NDArray[np.bool_]:
    texts = enumerate(graph.snapshot.strings)
    return _internal_edges(graph, [i for i, text in texts if _CONSOLE in text])


def _internal_edges(graph: HeapGraph, names: list[int]) -> NDArray[np.bool_]:
    edges, schema = graph.snapshot.edges, graph.snapshot.schema
    named: NDArray[np.bool_] = np.isin(edges.name_or_index, names)
    named &= edges.type == schema.edge_type_code("internal")
    return named


def _ends_alike(graph: HeapGraph, counts: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Drop what leads into the part of the heap that the edges which count reach."""
    to_node = graph.snapshot.edges.to_node
    counted = np.where(counts, to_node, np.int32(ROOT))
    reached = reached_from_root(graph.first_edge, counted)
    source = graph.edge_source
    alike: NDArray[np.bool_] = reached[source] | ~reached[to_node] | (source == ROOT)
    return alike


def _held_by_none(graph: HeapGraph, kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    to_node = graph.snapshot.edges.to_node
    is_held = np.zeros(graph.snapshot.node_count, np.bool_)
    is_held[ROOT] = True
    # Of a ring of nodes each one is held, but none holds itself.
    is_held[to_node[kept & (to_node != graph.edge_source)]] = True
    return np.flatnonzero(~is_held)


def _sizes_with_owned(graph: HeapGraph) -> NDArray[np.int64]:
    """Give sizes to owners as ``JSHeapSnapshot.calculateShallowSizes`` does.

    The owner is the one other object from which all ways lead here through nodes that
    are owned as well, if there is just one, and it is not a synthetic root.
    """
    snapshot = graph.snapshot
    nodes, edges, schema = snapshot.nodes, snapshot.edges, snapshot.schema
    ownable = _ownable(snapshot)
    is_weak = edges.type == schema.edge_type_code("weak")
    into = np.flatnonzero(~is_weak & ownable[edges.to_node])
    source, target = graph.edge_source[into], edges.to_node[into]
    itself = np.arange(snapshot.node_count, dtype=np.int32)
    # The least and the greatest of all owners: one and the same where there is just one.
    least = np.where(ownable, np.int32(_NOBODY), itself)
    greatest = np.where(ownable, np.int32(-1), itself)
    changes = True
    while changes:
        before = least.copy(), greatest.copy()
        np.minimum.at(least, target, least[source])
        np.maximum.at(greatest, target, greatest[source])
        changes = bool((least != before[0]).any() or (greatest != before[1]).any())
    owned = np.flatnonzero(ownable & (least == greatest))
    synthetic = schema.node_type_code("synthetic")
    owned = owned[nodes.type[least[owned]] != synthetic]
    sizes = nodes.self_size_bytes.copy()
    np.add.at(sizes, least[owned], nodes.self_size_bytes[owned])
    sizes[owned] = 0
    return sizes


def _ownable(snapshot: HeapSnapshot) -> NDArray[np.bool_]:
    nodes, schema = snapshot.nodes, snapshot.schema
    codes = [schema.node_type_code(name) for name in ("hidden", "array")]
    external = [
        position
        for position, text in enumerate(snapshot.strings)
        if text == "system / ExternalStringData"
    ]
    is_native = nodes.type == schema.node_type_code("native")
    ownable: NDArray[np.bool_] = is_native & np.isin(nodes.name, external)
    ownable |= np.isin(nodes.type, codes)
    return ownable


def _with_edges(
    snapshot: HeapSnapshot,
    graph: HeapGraph,
    kept: NDArray[np.bool_],
    held_by_root: NDArray[np.int64],
) -> HeapSnapshot:
    """Leave out some edges, and add some of the root's, which are the first ones."""
    edges, more = snapshot.edges, len(held_by_root)
    counts = np.bincount(graph.edge_source[kept], minlength=snapshot.node_count)
    counts[ROOT] += more
    element = snapshot.schema.edge_type_code("element")
    to_node = np.concatenate([held_by_root, edges.to_node[kept]])
    return replace(
        snapshot,
        nodes=replace(snapshot.nodes, edge_count=counts.astype(np.int32)),
        edges=replace(
            edges,
            type=np.insert(edges.type[kept], 0, [element] * more),
            name_or_index=np.insert(edges.name_or_index[kept], 0, [0] * more),
            to_node=to_node.astype(np.int32),
        ),
    )
