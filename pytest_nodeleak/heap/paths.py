"""How each object is reached from the roots: one most natural path per object."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from pytest_nodeleak.heap.graph import HeapGraph

__all__ = ["PathTree", "find_paths"]

_ROOT = 0
# Each round costs a pass over what is left, and a long chain of V8 internals, such as the
# reactions of one promise, takes a round per link; past this all is searched at once.
_MOST_ROUNDS = 16
_UNREACHED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class PathTree:
    """A tree of paths from the root to every reachable node.

    Attributes:
        graph: The graph the paths run in.
        parent: int32 ordinal of the node before each node; the root's is the root
            itself, an unreachable node's is -1.
        parent_edge: int64 position of the edge between them; -1 for both of these.

    """

    graph: HeapGraph
    parent: NDArray[np.int32]
    parent_edge: NDArray[np.int64]

    @property
    def is_reached(self) -> NDArray[np.bool_]:
        """Whether each node is reachable over strong edges."""
        reached: NDArray[np.bool_] = self.parent != _UNREACHED
        return reached

    def path_to(self, ordinal: int) -> tuple[int, ...]:
        """Return the ordinals from the root to a node, both included."""
        path = [ordinal]
        while path[-1] != _ROOT and self.parent[path[-1]] != _UNREACHED:
            path.append(int(self.parent[path[-1]]))
        return tuple(reversed(path))


def find_paths(graph: HeapGraph) -> PathTree:
    """Find a path to every reachable node that crosses as few V8 internals as possible.

    Among paths with the fewest dear edges (see ``HeapGraph.is_natural``) one with the
    fewest edges since the last dear one is taken. That is Dijkstra's order with dear
    edges infinitely dearer than natural ones, computed as alternating rounds: a
    breadth-first search over natural edges, then one step over dear edges.
    """
    node_count = graph.snapshot.node_count
    source = graph.edge_source
    target = graph.snapshot.edges.to_node
    parent = np.full(node_count, _UNREACHED, np.int32)
    parent_edge = np.full(node_count, -1, np.int64)
    parent[_ROOT] = _ROOT
    open_edges = np.flatnonzero(graph.is_strong)
    fresh = np.array([_ROOT])
    for round_number in itertools.count():
        natural = open_edges
        if round_number < _MOST_ROUNDS:
            natural = open_edges[graph.is_natural[open_edges]]
        _search_breadth_first(source, target, natural, fresh, parent, parent_edge)
        reached = parent != _UNREACHED
        open_edges = open_edges[~reached[target[open_edges]]]
        step = open_edges[reached[source[open_edges]]]
        fresh, first = np.unique(target[step], return_index=True)
        parent[fresh] = source[step[first]]
        parent_edge[fresh] = step[first]
        if not len(fresh):
            break
    return PathTree(graph=graph, parent=parent, parent_edge=parent_edge)


def _search_breadth_first(  # noqa: PLR0913, PLR0917  # one step of find_paths
    source: NDArray[np.int32],
    target: NDArray[np.int32],
    edges: NDArray[np.int64],
    seeds: NDArray[np.int64],
    parent: NDArray[np.int32],
    parent_edge: NDArray[np.int64],
) -> None:
    """Extend ``parent`` and ``parent_edge`` from ``seeds`` over ``edges``."""
    node_count = len(parent)
    super_root = node_count
    # Edges come ordered by source, so the rows of the matrix are already in place.
    row_lengths = np.bincount(source[edges], minlength=node_count + 1)
    row_lengths[super_root] = len(seeds)
    row_starts = np.zeros(node_count + 2, np.int64)
    np.cumsum(row_lengths, out=row_starts[1:])
    columns = np.concatenate([target[edges], seeds])
    matrix = csr_array(
        (np.ones(len(columns)), columns, row_starts),
        shape=(node_count + 1, node_count + 1),
    )
    order, predecessors = breadth_first_order(
        matrix, super_root, directed=True, return_predecessors=True
    )
    found = order[(order != super_root) & (predecessors[order] != super_root)]
    found = found[parent[found] == _UNREACHED]
    parent[found] = predecessors[found]
    is_found = np.zeros(node_count, np.bool_)
    is_found[found] = True
    used = edges[is_found[target[edges]]]
    used = used[parent[target[used]] == source[used]]
    # Of parallel edges the first one names the step: written last, it stays.
    parent_edge[target[used[::-1]]] = used[::-1]
