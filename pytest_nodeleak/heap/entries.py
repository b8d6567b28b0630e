"""What hangs directly on a holder: its entries, and the one thing they may hang on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.arrivals import lost_under, net_labels
from pytest_nodeleak.heap.folding import Growing
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.kinds import MODULE_CLASSES
from pytest_nodeleak.heap.labels import count_labels, entry_label, nodes_named
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.v8_names import GENERATOR, PROMISE, REACTION, SCOPE
from pytest_nodeleak.heap.window import Window

__all__ = [
    "container_of",
    "entries_of",
    "grown_edge",
    "net_entries",
    "number_of_entries",
]

# Map -> table, dictionary -> elements, array -> elements: never deeper than this.
_BACKING_STORE_DEPTH = 4
_COLLECTIONS = {"Array", "Map", "Object", "Set"}
# By no more does a chain hang on its holder, be it one of wrappers that has no links.
_MOST_DIRECT = 2
_LOOKED_AT = 8


def grown_edge(window: Window, one: Growing) -> int | None:
    """Return the edge from a holder that all that grows hangs on, if there is one.

    Of a function's scope it leads to a variable; of an object, to a property whose value
    is replaced by a larger one again and again.
    """
    tree = window.later
    if tree.graph.snapshot.name(one.ordinal) == SCOPE:
        return _grown_variable(tree, one)
    return _replaced_property(window, one)


def _direct(tree: PathTree, one: Growing) -> NDArray[np.int32]:
    """Return the edges by which members hang on the holder itself."""
    edges = tree.parent_edge[one.members[tree.parent[one.members] == one.ordinal]]
    found: NDArray[np.int32] = edges[edges >= 0]
    return found


def _grown_variable(tree: PathTree, one: Growing) -> int | None:
    """Return the edge to the variable of a scope that most members hang on."""
    snapshot, edges = tree.graph.snapshot, _direct(tree, one)
    variables = snapshot.schema.edge_type_code("context")
    edges = edges[snapshot.edges.type[edges] == variables]
    if not len(edges):
        return None
    _, first, count = np.unique(
        snapshot.edges.name_or_index[edges], return_index=True, return_counts=True
    )
    return int(edges[first[np.argmax(count)]])


def _replaced_property(window: Window, one: Growing) -> int | None:
    """Return the edge to the one new value of an object, if it had an old one before."""
    tree, edges = window.later, _direct(window.later, one)
    if len(edges) != 1 or len(entries_of(tree, one)) != 1:
        return None
    edge, graph, snapshot = int(edges[0]), tree.graph, tree.graph.snapshot
    earlier = window.earlier.graph
    before = earlier.snapshot.ordinal_of_id(one.growth.holder_id)
    is_property = graph.edge_type_name(edge) == "property"
    if not is_property or graph.is_link[edge] or before is None:
        return None
    if snapshot.name(int(snapshot.edges.to_node[edge])) in MODULE_CLASSES:
        return None
    replaced = earlier.child(before, str(graph.edge_name(edge)), edge_type="property")
    return None if replaced is None else edge


def container_of(tree: PathTree, edge: int | None) -> int | None:
    """Return the collection that an edge leads to; None for a list's first item."""
    if edge is None:
        return None
    graph, snapshot = tree.graph, tree.graph.snapshot
    target = int(snapshot.edges.to_node[edge])
    if snapshot.name(target) not in _COLLECTIONS:
        return None
    return None if _is_linked(graph, target) else target


def _is_linked(graph: HeapGraph, ordinal: int) -> bool:
    """Tell whether a node is an item of a linked list."""
    snapshot = graph.snapshot
    name = snapshot.nodes.name[ordinal]
    return any(
        graph.is_link[edge]
        and snapshot.nodes.name[snapshot.edges.to_node[edge]] == name
        for edge in graph.edges_of(ordinal)
    )


def entries_of(
    tree: PathTree, one: Growing, container: int | None = None
) -> NDArray[np.int64]:
    """Return the members with no other member between them and the holder.

    Args:
        tree: Paths of the later snapshot.
        one: The holder.
        container: A new member that takes the holder's place.

    """
    is_member = np.zeros(tree.graph.snapshot.node_count, np.bool_)
    is_member[one.members] = True
    members, top = one.members, one.ordinal
    if container is not None:
        is_member[container] = False
        members, top = members[members != container], container
    above = tree.parent[members]
    # Backing stores are no members; an entry hangs on the holder through them.
    for _ in range(_BACKING_STORE_DEPTH):
        passes = ~is_member[above] & (above != top)
        above = np.where(passes, tree.parent[above], above)
    return members[~is_member[above]]


def net_entries(
    window: Window, one: Growing, entries: NDArray[np.int64]
) -> Mapping[str, float]:
    """Return how many entries came to the holder, by label, the most frequent first.

    A list hangs on it by its newest link alone; then all of its kind count.
    """
    if window.later.graph.snapshot.name(one.ordinal) == PROMISE:
        return _net_reactions(window, one, entries)
    net = net_labels(window, [one])
    direct = count_labels(window.later.graph, entries)
    own = net.keys() & direct.keys() or net.keys()
    objects = max(
        (min(net[x], direct.get(x, 0)) for x in own if x != "string"), default=0
    )

    def rank(label: str) -> tuple[bool, int, str]:
        number = min(net[label], direct.get(label, 0.0))
        # Of a key and its value, the value says more, even if some have another way.
        return label == "string" and objects >= number / 2, -round(number), label

    graph = window.later.graph
    linked = {
        entry_label(graph, ordinal)
        for ordinal in entries[:_LOOKED_AT].tolist()
        if _is_linked(graph, ordinal)
    }

    def number(label: str) -> float:
        hanging = direct.get(label, 0.0)
        is_chain = label in linked or hanging <= _MOST_DIRECT
        return net[label] if is_chain else min(net[label], hanging)

    return {label: number(label) for label in sorted(own, key=rank)}


def _net_reactions(
    window: Window, one: Growing, entries: NDArray[np.int64]
) -> Mapping[str, float]:
    """Count what waits for a promise: what one reaction holds belongs together."""
    came = _count_reactions(window.later, one.members)
    went = _count_reactions(window.earlier, lost_under(window, one))
    graph, snapshot = window.later.graph, window.later.graph.snapshot
    waiting = nodes_named(snapshot, one.members, {GENERATOR})
    if 2 * len(waiting) >= came > 0:
        label = entry_label(graph, int(waiting[0]))
    else:
        labels = count_labels(graph, entries)
        # The handler says more than the promise that then() returned.
        label = min(labels, key=lambda label: label == PROMISE, default=PROMISE)
    return {label: float(max(came - went, 0))}


def _count_reactions(tree: PathTree, members: NDArray[np.int64]) -> int:
    snapshot = tree.graph.snapshot
    return len(nodes_named(snapshot, np.unique(tree.parent[members]), {REACTION}))


def number_of_entries(labels: Mapping[str, float]) -> float:
    """Return how many entries there are; of a key and its value only one counts."""
    label = next((name for name in labels if name != "string"), "string")
    return labels.get(label, 0.0)
