"""Which objects a programmer would name when asked who holds something.

V8's own cells and backing stores are no answer, nor is an item in the middle of a list:
whoever has its first one is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.snapshot import HeapSnapshot
from pytest_nodeleak.heap.v8_names import (
    INTERNAL_TYPES,
    NODES_LINKS,
    PROMISE,
    REACTION,
)

__all__ = ["find_nameless"]

# Two objects that know each other are no list.
_SHORTEST_LIST = 3


def find_nameless(
    graph: HeapGraph, parent: NDArray[np.int32], parent_edge: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Tell for each node whether whoever is before it on its path is named in its place.

    Args:
        graph: The heap.
        parent: The ordinal before each node on its path; negative where there is none.
        parent_edge: The edge between them.

    """
    links = _Links(graph)
    nameless = graph.snapshot.is_type(*INTERNAL_TYPES)
    nameless[_inner_links(links, parent, parent_edge)] = True
    nameless[_next_promises(graph.snapshot, parent)] = True
    nameless[_list_heads(links, parent, parent_edge)] = True
    nameless.flags.writeable = False
    return nameless


class _Links:
    """The edges that are named like one from an item of a list to the next."""

    def __init__(self, graph: HeapGraph) -> None:
        self.graph = graph
        self.edge = np.flatnonzero(graph.is_link)
        self.source = graph.sources_of(self.edge)
        self.target = graph.snapshot.edges.to_node[self.edge]
        name = graph.snapshot.nodes.name
        self.is_alike = name[self.source] == name[self.target]
        self.is_alike &= self.source != self.target


def _inner_links(
    links: _Links, parent: NDArray[np.int32], parent_edge: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return the nodes inside a linked list: reached by a link, in a chain.

    Whoever has the first of them is the holder. A node in the middle would be another one
    every time, and so would the first one where a list is rotated, as Node's timers are.
    """
    name = links.graph.snapshot.nodes.name
    in_chain = np.zeros(len(name), np.bool_)
    in_chain[links.source[links.is_alike]] = True
    inner = links.target[parent_edge[links.target] == links.edge]
    chained = in_chain[inner] | (name[parent[inner]] == name[inner])
    found: NDArray[np.int32] = inner[chained]
    return found


def _next_promises(
    snapshot: HeapSnapshot, parent: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return the promises that only wait for others, as those that then() returns do.

    Of a chain that is never settled each window would show another one.
    """
    promises = np.flatnonzero(snapshot.is_named(PROMISE))
    promises = promises[parent[promises] >= 0]
    found: NDArray[np.int64] = promises[snapshot.is_named(REACTION)[parent[promises]]]
    return found


def _list_heads(
    links: _Links, parent: NDArray[np.int32], parent_edge: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return the first items of lists that an object of another class keeps.

    That object is the list: it has ``head`` and ``tail``, and methods.
    """
    snapshot, graph = links.graph.snapshot, links.graph
    nodes, edges, schema = snapshot.nodes, snapshot.edges, snapshot.schema
    # Who has a timer, or a socket that times out, has not the list Node puts it into.
    by_node = snapshot.positions_of_names(NODES_LINKS)
    counts = links.is_alike & graph.is_strong[links.edge]
    counts &= ~np.isin(edges.name_or_index[links.edge], by_node)
    source, target = links.source[counts], links.target[counts]
    is_followed = np.ones(snapshot.node_count, np.bool_)
    for _ in range(_SHORTEST_LIST):
        further = source[is_followed[target]]
        is_followed = np.zeros(snapshot.node_count, np.bool_)
        is_followed[further] = True
    heads = np.flatnonzero(is_followed)
    heads = heads[parent_edge[heads] >= 0]
    by_name = edges.type[parent_edge[heads]] == schema.edge_type_code("property")
    objects = schema.node_type_code("object")
    above = parent[heads]
    is_kept = (nodes.type[heads] == objects) & (nodes.type[above] == objects)
    is_kept &= by_name & (nodes.name[above] != nodes.name[heads])
    kept: NDArray[np.int64] = heads[is_kept]
    return kept
