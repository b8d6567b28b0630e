"""How each object is reached from the roots: one most natural path per object."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.reach import ROOT
from pytest_nodeleak.heap.snapshot import blocks

__all__ = ["PathTree", "find_paths"]

# Each round costs a pass over what is left, and a long chain of V8 internals, such as the
# reactions of one promise, takes a round per link; past this all is searched at once.
_MOST_ROUNDS = 16
_UNREACHED = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class PathTree:
    """A tree of paths from the root to every reachable node.

    Attributes:
        graph: The graph the paths run in.
        parent: int32 ordinal of the node before each node; the root's is the root
            itself, an unreachable node's is -1.
        parent_edge: int32 position of the edge between them; -1 for both of these.

    """

    graph: HeapGraph
    parent: NDArray[np.int32]
    parent_edge: NDArray[np.int32]

    @property
    def is_reached(self) -> NDArray[np.bool_]:
        """Whether each node is reachable over strong edges."""
        reached: NDArray[np.bool_] = self.parent != _UNREACHED
        return reached

    def path_to(self, ordinal: int) -> tuple[int, ...]:
        """Return the ordinals from the root to a node, both included."""
        path = [ordinal]
        while path[-1] != ROOT and self.parent[path[-1]] != _UNREACHED:
            path.append(int(self.parent[path[-1]]))
        return tuple(reversed(path))


def find_paths(graph: HeapGraph) -> PathTree:
    """Find a path to every reachable node that crosses as few V8 internals as possible.

    Among paths with the fewest dear edges (see ``HeapGraph.is_natural``) one with the
    fewest edges since the last dear one is taken. That is Dijkstra's order with dear
    edges infinitely dearer than natural ones, computed as alternating rounds: a
    breadth-first search over natural edges, then one step over dear edges.
    """
    search = _Search(graph)
    search.from_root()
    for round_number in itertools.count(1):
        seeds = search.step()
        if not len(seeds):
            break
        search.from_seeds(seeds, over_all=round_number >= _MOST_ROUNDS)
    return PathTree(graph=graph, parent=search.parent, parent_edge=search.parent_edge)


class _Search:
    """The rounds of :func:`find_paths`.

    Nearly everything is reached by the first one; the others look at what is left only.
    """

    def __init__(self, graph: HeapGraph) -> None:
        self.parent = np.full(graph.snapshot.node_count, _UNREACHED, np.int32)
        self.parent_edge = np.full(graph.snapshot.node_count, -1, np.int32)
        self._graph = graph
        self._source = graph.edge_source
        self._target = graph.snapshot.edges.to_node
        self._left = np.empty(0, np.int64)
        self._open_edges = np.empty(0, np.int64)
        self._position = np.empty(graph.snapshot.node_count, np.int32)

    def from_root(self) -> None:
        """Search over natural edges from the root."""
        graph, parent = self._graph, self.parent
        # An edge that does not count leads back to the root: cheaper than cutting it out.
        to_node = np.where(graph.is_natural, self._target, np.int32(ROOT))
        order, predecessor = _search_breadth_first(graph.first_edge, to_node, ROOT)
        found = order[1:]
        parent[found] = predecessor[found]
        parent[ROOT] = ROOT
        # Of parallel edges the first one names the step: written last, it stays.
        for block in reversed([*blocks(len(to_node))]):
            targets = to_node[block]
            used = (parent[targets] == self._source[block]) & (targets != ROOT)
            edges = np.flatnonzero(used)[::-1]
            self.parent_edge[targets[edges]] = edges + block.start
        self._left = np.flatnonzero(parent == _UNREACHED)
        self._open_edges = np.flatnonzero(graph.is_strong & self._leads_to_left())

    def _leads_to_left(self) -> NDArray[np.bool_]:
        is_left = self.parent == _UNREACHED
        leads = np.empty(len(self._target), np.bool_)
        for block in blocks(len(leads)):
            leads[block] = is_left[self._target[block]]
        return leads

    def step(self) -> NDArray[np.int64]:
        """Go one step over dear edges; return the nodes it reaches, ascending."""
        source, target = self._source, self._target
        self._left = self._left[self.parent[self._left] == _UNREACHED]
        self._forget_edges_into_reached()
        edges = self._open_edges
        step = edges[self.parent[source[edges]] != _UNREACHED]
        fresh, first = np.unique(target[step], return_index=True)
        self.parent[fresh] = source[step[first]]
        self.parent_edge[fresh] = step[first]
        self._forget_edges_into_reached()
        return fresh

    def _forget_edges_into_reached(self) -> None:
        edges = self._open_edges
        self._open_edges = edges[self.parent[self._target[edges]] == _UNREACHED]

    def from_seeds(self, seeds: NDArray[np.int64], *, over_all: bool) -> None:
        """Search from some nodes on, over natural edges or over all that are left."""
        # The seeds are among what was left before the step. All open edges start there:
        # those from elsewhere were taken by the step.
        nodes, edges = self._left, self._open_edges
        if not over_all:
            edges = edges[self._graph.is_natural[edges]]
        position = self._position
        position[nodes] = np.arange(len(nodes), dtype=np.int32)
        source, target = self._source[edges], self._target[edges]
        super_root = len(nodes)
        row_lengths = np.bincount(position[source], minlength=super_root + 1)
        row_lengths[super_root] = len(seeds)
        first_edge = np.zeros(super_root + 2, np.int32)
        np.cumsum(row_lengths, out=first_edge[1:])
        to_node = position[np.concatenate([target, seeds])]
        order, predecessor = _search_breadth_first(first_edge, to_node, super_root)
        found = order[1:]
        found = found[predecessor[found] != super_root]
        self.parent[nodes[found]] = nodes[predecessor[found]]
        used = np.flatnonzero(self.parent[target] == source)[::-1]
        self.parent_edge[target[used]] = edges[used]


def _search_breadth_first(
    first_edge: NDArray[np.int32], to_node: NDArray[np.int32], start: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the nodes in the order they are found, and each one's predecessor."""
    node_count = len(first_edge) - 1
    # The search asks for weights and ignores them: one number serves for all edges.
    weights = np.broadcast_to(np.float64(1), len(to_node))
    matrix = csr_array((weights, to_node, first_edge), shape=(node_count, node_count))
    order, predecessor = breadth_first_order(matrix, start, return_predecessors=True)
    return order, predecessor
