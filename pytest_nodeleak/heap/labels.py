"""What kinds of objects a set of heap nodes consists of, in a programmer's words."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.snapshot import HeapSnapshot
from pytest_nodeleak.heap.v8_names import PROMISE, SCOPE, STRING_TYPES

__all__ = [
    "bound_function",
    "count_labels",
    "entry_label",
    "nodes_named",
    "short_label",
]

_LABELLED_BY_TYPE = {"regexp", "bigint", "symbol"}
# Of these each node may have a name of its own, which is its content.
_NAMELESS_TYPES = {*STRING_TYPES, *_LABELLED_BY_TYPE}
# Objects are looked at one by one, so of a large group only a sample is.
_SAMPLE = 100
# Nor is one enough of those that share a map: as dictionaries, they all do.
_FEWEST_SAMPLED = 5
_LONGEST_SHAPE = 4
# In a map's descriptors a name stands before what is known of its value, three by three.
_PER_DESCRIPTOR = 3
_TO_LONGER_SHAPES = {"transition", "transitions"}
# Where once() and the like keep the listener that they wrap.
_WRAPPED = "listener"
_MOST_WRAPPERS = 5


def short_label(graph: HeapGraph, ordinal: int) -> str:
    """Return a node's label without looking at its properties."""
    snapshot = graph.snapshot
    kind = snapshot.type_name(ordinal)
    name = snapshot.name(ordinal)
    if kind in STRING_TYPES:
        return "string"
    if name == SCOPE:
        return "Context"
    if kind == "closure":
        return f"function {name}" if name else "function"
    if kind in _LABELLED_BY_TYPE:
        return kind
    return name or kind


def entry_label(graph: HeapGraph, ordinal: int) -> str:
    """Return a node's label by what is in it.

    A plain object's is its shape, e.g. ``{id, name}``; a bound or wrapped function's is
    that of the function an app knows; a suspended one's says so.
    """
    snapshot = graph.snapshot
    kind = snapshot.type_name(ordinal)
    if kind == "closure":
        return short_label(graph, bound_function(graph, ordinal))
    if kind != "object":
        return short_label(graph, ordinal)
    if snapshot.name(ordinal) == "Object":
        return _shape(graph, ordinal)
    return _suspended(graph, ordinal) or short_label(graph, ordinal)


def bound_function(graph: HeapGraph, ordinal: int) -> int:
    """Return the function that a bound or a wrapping one calls in the end, or itself."""
    for _ in range(_MOST_WRAPPERS):
        inner = graph.child(ordinal, _WRAPPED, edge_type="property")
        if inner is None:
            inner = graph.child(ordinal, "bound_function", edge_type="internal")
        if inner is None or graph.snapshot.type_name(inner) != "closure":
            break
        ordinal = inner
    return ordinal


def _suspended(graph: HeapGraph, ordinal: int) -> str | None:
    """Return the label of a generator, or of an async function that waits."""
    if graph.child(ordinal, "parameters_and_registers") is None:
        return None
    function = graph.child(ordinal, "function", edge_type="internal")
    name = "" if function is None else graph.snapshot.name(function)
    waits = any(
        graph.edge_type_name(edge) == "hidden"
        and graph.snapshot.name(int(graph.snapshot.edges.to_node[edge])) == PROMISE
        for edge in graph.edges_of(ordinal)
    )
    return f"{'async function' if waits else 'generator'} {name}".rstrip()


def _shape(graph: HeapGraph, ordinal: int) -> str:
    present = [
        str(graph.edge_name(edge))
        for edge in graph.edges_of(ordinal)
        if graph.edge_type_name(edge) == "property"
    ]
    # A symbol is seldom the app's own: vm, for one, marks its contexts with them.
    names = [
        name
        for name in present
        if name != "__proto__" and not name.startswith("<symbol")
    ]
    names = _with_numbers(graph, ordinal, names)
    if not names:
        return "Object"
    more = ", …" if len(names) > _LONGEST_SHAPE else ""
    return "{" + ", ".join(names[:_LONGEST_SHAPE]) + more + "}"


def _with_numbers(graph: HeapGraph, ordinal: int, names: list[str]) -> list[str]:
    """Add the properties that are small integers, which are no references to anything.

    Only the object's map knows them. It shares its descriptors with the longer shapes
    made from it, so where there are such, what comes last may be theirs alone.
    """
    shape = graph.child(ordinal, "map", edge_type="internal")
    descriptors = None if shape is None else graph.child(shape, "descriptors")
    if shape is None or descriptors is None:
        return names
    described = []
    keys = graph.children(descriptors, edge_type="internal")
    for index in itertools.count(step=_PER_DESCRIPTOR):
        key = keys.get(str(index))
        if key is None:
            break
        if graph.snapshot.type_name(key) in STRING_TYPES:
            described.append(graph.snapshot.name(key))
    edge_names = {graph.edge_name(edge) for edge in graph.edges_of(shape)}
    if edge_names & _TO_LONGER_SHAPES:
        known = [position for position, name in enumerate(described) if name in names]
        described = described[: known[-1] + 1] if known else []
    return described if set(described) >= set(names) else names


def nodes_named(
    snapshot: HeapSnapshot, nodes: NDArray[np.integer], names: Collection[str]
) -> NDArray[np.integer]:
    """Return those of some nodes that have one of these names."""
    # Of the strings of a heap only those of a few nodes are looked at.
    used, position = np.unique(snapshot.nodes.name[nodes], return_inverse=True)
    wanted = np.array([snapshot.strings[int(i)] in names for i in used], np.bool_)
    return nodes[wanted[position]]


def count_labels(graph: HeapGraph, members: NDArray[np.int64]) -> Mapping[str, float]:
    """Return how many of the nodes have which label, the most frequent first.

    What takes a look at each object is extrapolated from a sample.
    """
    counts: defaultdict[str, float] = defaultdict(float)
    for own in _by_kind_and_name(graph.snapshot, members):
        label = short_label(graph, int(own[0]))
        if label == entry_label(graph, int(own[0])) != "Object":
            counts[label] += len(own)
            continue
        alike = _by_hidden_class(graph, own)
        for same in alike:
            sample = _sample(same, max(_FEWEST_SAMPLED, _SAMPLE // len(alike)))
            for ordinal in sample.tolist():
                counts[entry_label(graph, ordinal)] += len(same) / len(sample)
    return dict(sorted(counts.items(), key=lambda one: -one[1]))


def _by_kind_and_name(
    snapshot: HeapSnapshot, members: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Divide nodes by type and name; by type alone where that is all of the label."""
    nodes, schema = snapshot.nodes, snapshot.schema
    has_name = np.array([kind not in _NAMELESS_TYPES for kind in schema.node_types])
    name = np.where(has_name[nodes.type[members]], nodes.name[members], 0)
    return _divided(
        members, nodes.type[members].astype(np.int64) * len(snapshot.strings) + name
    )


def _divided(
    members: NDArray[np.int64], keys: NDArray[np.integer]
) -> list[NDArray[np.int64]]:
    """Divide nodes by a key of each, in its order."""
    if not len(members):
        return []
    order = np.argsort(keys, kind="stable")
    return np.split(members[order], np.flatnonzero(np.diff(keys[order])) + 1)


def _by_hidden_class(
    graph: HeapGraph, members: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Divide nodes by V8's map of each, which most objects of one shape share."""
    snapshot = graph.snapshot
    edges = graph.edges_from(members)
    row = np.repeat(np.arange(len(members)), snapshot.nodes.edge_count[members])
    is_internal = snapshot.edges.type[edges] == snapshot.schema.edge_type_code(
        "internal"
    )
    edges, row = edges[is_internal], row[is_internal]
    names = snapshot.edges.name_or_index[edges]
    is_map = np.isin(
        names, [i for i in np.unique(names).tolist() if snapshot.strings[i] == "map"]
    )
    hidden_class = np.full(len(members), -1, np.int64)
    hidden_class[row[is_map]] = snapshot.edges.to_node[edges[is_map]]
    return _divided(members, hidden_class)


def _sample(members: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    if len(members) <= most:
        return members
    # Objects come in turns: every second one, say, may be of one kind.
    chosen = np.random.default_rng(0).choice(len(members), most, replace=False)
    return members[chosen]
