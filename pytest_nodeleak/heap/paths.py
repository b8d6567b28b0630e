"""How each object is reached from the roots: one most natural path per object."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.nameable import find_nameless
from pytest_nodeleak.heap.reach import ROOT, search_breadth_first
from pytest_nodeleak.heap.snapshot import blocks

__all__ = ["PathTree", "find_paths"]

# Each round costs a pass over what is left, and a long chain of V8 internals, such as the
# reactions of one promise, takes a round per link; past this all is searched at once.
_MOST_ROUNDS = 16
_UNREACHED = -1


@dataclass(frozen=True, kw_only=True, eq=False)
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

    @cached_property
    def is_reached(self) -> NDArray[np.bool_]:
        """Whether each node is reachable over strong edges."""
        reached: NDArray[np.bool_] = self.parent != _UNREACHED
        reached.flags.writeable = False
        return reached

    @cached_property
    def is_nameless(self) -> NDArray[np.bool_]:
        """Whether no programmer would name each node, but the one before it on its path."""
        return find_nameless(self.graph, self.parent, self.parent_edge)

    def nearest_nameable(self) -> NDArray[np.int64]:
        """Return for each node the nearest one on its path that is not nameless."""
        return self.first_ancestor_not(self.is_nameless)

    def first_ancestor_not(self, skipped: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return for each node the nearest one on its path, itself included, not skipped.

        Pointer doubling: each round halves the number of steps that are left.
        """
        hop = np.arange(len(skipped))
        moving = np.flatnonzero(skipped & self.is_reached)
        hop[moving] = self.parent[moving]
        while len(moving):
            near = hop[moving]
            further = hop[near]
            hop[moving] = further
            moving = moving[further != near]
        return hop

    def without_references(self) -> PathTree:
        """Return the tree without what most memory is for: references and names.

        What is left tells what died under whom, in a window that begins with it.
        """
        thin = replace(self, graph=HeapGraph(self.graph.snapshot.without_references()))
        # Worked out from what is no longer there.
        vars(thin)["is_nameless"] = self.is_nameless
        return thin

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
    seeds = search.from_root()
    for round_number in itertools.count(1):
        if not len(seeds):
            break
        search.from_seeds(seeds, over_all=round_number >= _MOST_ROUNDS)
        seeds = search.step()
    return PathTree(graph=graph, parent=search.parent, parent_edge=search.parent_edge)


class _Search:
    """The rounds of :func:`find_paths`.

    Nearly everything is reached by the first one; the others look at what is left only.
    """

    def __init__(self, graph: HeapGraph) -> None:
        self.parent = np.full(graph.snapshot.node_count, _UNREACHED, np.int32)
        self.parent_edge = np.full(graph.snapshot.node_count, -1, np.int32)
        self._graph = graph
        self._left = np.empty(0, np.int64)
        self._open_edges = np.empty(0, np.int64)
        self._position = np.empty(graph.snapshot.node_count, np.int32)

    def from_root(self) -> NDArray[np.int64]:
        """Search over natural edges from the root; return where the first step leads."""
        graph = self._graph
        # An edge that does not count leads back to the root, which is node 0: cheaper
        # than cutting it out.
        to_node = graph.snapshot.edges.to_node * graph.is_natural
        self.parent = search_breadth_first(graph.first_edge, to_node, ROOT)[1]
        self.parent[self.parent < 0] = _UNREACHED
        self.parent[ROOT] = ROOT
        # Of parallel edges the first one names the step: written last, it stays.
        backwards = reversed([*blocks(graph.snapshot.node_count)])
        still_open = [self._name_steps(nodes) for nodes in backwards]
        self._left = np.flatnonzero(self.parent == _UNREACHED)
        has_step = self.parent_edge[self._left] >= 0
        fresh: NDArray[np.int64] = self._left[has_step]
        self.parent[fresh] = graph.sources_of(self.parent_edge[fresh])
        self._open_edges = np.concatenate(still_open[::-1])
        self._forget_edges_into_reached()
        return fresh

    def _name_steps(self, nodes: slice) -> NDArray[np.int64]:
        """Find the edges that were taken, and those of the next step, from some nodes.

        Many edges lead to what is left, nearly all of them to a few maps and scripts:
        only the first one to each is kept.

        Returns:
            The strong edges from nodes that are not reached to others that are not.

        """
        graph, parent = self._graph, self.parent
        source = np.arange(nodes.start, nodes.stop, dtype=np.int32)
        source = np.repeat(source, graph.snapshot.nodes.edge_count[nodes])
        start = int(graph.first_edge[nodes.start])
        edges = slice(start, start + len(source))
        target = graph.snapshot.edges.to_node[edges]
        before = parent.take(target)
        is_taken = before == source
        is_taken &= graph.is_natural[edges]
        taken = np.flatnonzero(is_taken)[::-1]
        taken = taken[target[taken] != ROOT]
        self.parent_edge[target[taken]] = taken + start
        is_open = before == _UNREACHED
        is_open &= graph.is_strong[edges]
        leads_on = np.flatnonzero(is_open)
        is_next = parent[source[leads_on]] != _UNREACHED
        dear = leads_on[is_next][::-1]
        self.parent_edge[target[dear]] = dear + start
        still_open: NDArray[np.int64] = leads_on[~is_next] + start
        return still_open

    def _ends(self, edges: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the sources and the targets of some edges."""
        return self._graph.sources_of(edges), self._graph.snapshot.edges.to_node[edges]

    def step(self) -> NDArray[np.int64]:
        """Go one step over dear edges; return the nodes it reaches, ascending."""
        self._left = self._left[self.parent[self._left] == _UNREACHED]
        self._forget_edges_into_reached()
        source, target = self._ends(self._open_edges)
        step = np.flatnonzero(self.parent[source] != _UNREACHED)
        fresh, first = np.unique(target[step], return_index=True)
        first = step[first]
        self.parent[fresh] = source[first]
        self.parent_edge[fresh] = self._open_edges[first]
        self._forget_edges_into_reached()
        return fresh.astype(np.int64)

    def _forget_edges_into_reached(self) -> None:
        target = self._graph.snapshot.edges.to_node[self._open_edges]
        self._open_edges = self._open_edges[self.parent[target] == _UNREACHED]

    def from_seeds(self, seeds: NDArray[np.int64], *, over_all: bool) -> None:
        """Search from some nodes on, over natural edges or over all that are left."""
        # The seeds are among what was left before the step. All open edges start there:
        # those from elsewhere were taken by the step.
        nodes, edges = self._left, self._open_edges
        if not over_all:
            edges = edges[self._graph.is_natural[edges]]
        position = self._position
        position[nodes] = np.arange(len(nodes), dtype=np.int32)
        source, target = self._ends(edges)
        super_root = len(nodes)
        row_lengths = np.bincount(position[source], minlength=super_root + 1)
        row_lengths[super_root] = len(seeds)
        first_edge = np.zeros(super_root + 2, np.int32)
        np.cumsum(row_lengths, out=first_edge[1:])
        to_node = position[np.concatenate([target, seeds])]
        order, predecessor = search_breadth_first(first_edge, to_node, super_root)
        found = order[1:]
        found = found[predecessor[found] != super_root]
        self.parent[nodes[found]] = nodes[predecessor[found]]
        used = np.flatnonzero(self.parent[target] == source)[::-1]
        self.parent_edge[target[used]] = edges[used]
