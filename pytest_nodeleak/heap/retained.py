"""What would go if some objects went: their retained set, and its size.

This is the *retained set* of Eclipse's Memory Analyzer, for any set of objects: what is
reachable from the root less what still is when the members hold nothing any more, each
found by one breadth-first search. For a single object it is all the object dominates
(Lengauer and Tarjan, "A fast algorithm for finding dominators in a flowgraph", 1979),
which is what heap viewers show. A class or the entries of a cache have no such place in a
dominator tree, and adding up their members' sizes leaves out what two of them share.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.reach import ROOT, reached_from_root

__all__ = ["retained_by", "retained_size_bytes"]


def retained_by(
    graph: HeapGraph, members: NDArray[np.integer | np.bool_]
) -> NDArray[np.bool_]:
    """Tell for each node whether it would go if the members went.

    The members are always among it. One that nothing holds strongly retains itself
    only: what it leads to was going before, or is held by others.

    The first call for a graph costs two searches, every further one a single search.

    Args:
        graph: The heap.
        members: Ordinals, or a mask with one entry per node.

    """
    is_member = np.zeros(graph.snapshot.node_count, np.bool_)
    is_member[members] = True
    to_node = graph.strong_to_node.copy()
    to_node[graph.edges_from(np.flatnonzero(is_member))] = ROOT
    reached_without = reached_from_root(graph.first_edge, to_node)
    # A member is reached by others' edges and is a dead end; it goes all the same.
    return is_member | (graph.is_reachable & ~reached_without)


def retained_size_bytes(
    graph: HeapGraph, members: NDArray[np.integer | np.bool_]
) -> int:
    """Return the sum of the self sizes of what would go if the members went."""
    retained = retained_by(graph, members)
    return int(graph.snapshot.nodes.self_size_bytes[retained].sum())
