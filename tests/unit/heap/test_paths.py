from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from heaps import Heap, Node
from hypothesis import given, settings
from strategies import heaps

from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.paths import PathTree, find_paths

_DEAR = 10_000  # dearer than any natural path in a small heap is long


def _dearness(tree: PathTree, ordinal: int) -> int:
    """Return the number of unnatural references on the path to a node."""
    edges = [int(tree.parent_edge[step]) for step in tree.path_to(ordinal)[1:]]
    return sum(not tree.graph.is_natural[edge] for edge in edges)


def _networkx(graph: HeapGraph) -> nx.DiGraph:
    net = nx.DiGraph()
    net.add_nodes_from(range(graph.snapshot.node_count))
    for edge in np.flatnonzero(graph.is_strong).tolist():
        source = int(graph.edge_source[edge])
        target = int(graph.snapshot.edges.to_node[edge])
        weight = 1 if graph.is_natural[edge] else _DEAR
        known = net.get_edge_data(source, target, {"weight": weight})
        net.add_edge(source, target, weight=min(weight, known["weight"]))
    return net


def _path(heap: Heap, node: Node) -> list[str]:
    tree = heap.tree()
    return [tree.graph.snapshot.name(i) for i in tree.path_to(heap.ordinal(node))]


@given(heap=heaps())
def test_what_is_reached_is_what_networkx_reaches_over_strong_references(
    heap: Heap,
) -> None:
    tree = heap.tree()
    expected = nx.descendants(_networkx(tree.graph), 0) | {0}
    assert set(np.flatnonzero(tree.is_reached).tolist()) == expected


@given(heap=heaps(most_nodes=12, most_edges=40))
@settings(max_examples=200)
def test_every_path_has_as_few_unnatural_references_as_dijkstra_finds(
    heap: Heap,
) -> None:
    tree = heap.tree()
    costs = nx.single_source_dijkstra_path_length(_networkx(tree.graph), 0)
    found = {i: _dearness(tree, i) for i in np.flatnonzero(tree.is_reached).tolist()}
    assert found == {ordinal: cost // _DEAR for ordinal, cost in costs.items()}


@given(heap=heaps())
def test_every_step_follows_a_strong_reference_from_parent_to_node(heap: Heap) -> None:
    tree = heap.tree()
    graph = tree.graph
    for ordinal in range(1, graph.snapshot.node_count):
        edge = int(tree.parent_edge[ordinal])
        if tree.is_reached[ordinal]:
            assert graph.is_strong[edge]
            assert graph.edge_source[edge] == tree.parent[ordinal]
            assert graph.snapshot.edges.to_node[edge] == ordinal
            assert tree.path_to(ordinal)[0] == 0
        else:
            assert (edge, int(tree.parent[ordinal])) == (-1, -1)
            assert tree.path_to(ordinal) == (ordinal,)


@given(heap=heaps())
def test_the_same_snapshot_gives_the_same_paths(heap: Heap) -> None:
    first, second = heap.tree(), find_paths(heap.graph())
    assert first.parent.tolist() == second.parent.tolist()
    assert first.parent_edge.tolist() == second.parent_edge.tolist()


def test_the_root_is_its_own_parent() -> None:
    heap = Heap()
    orphan = heap.object()
    heap.link(orphan, heap.root, "back")
    tree = heap.tree()
    assert tree.parent.tolist() == [0, -1]
    assert tree.parent_edge.tolist() == [-1, -1]


def test_a_long_natural_path_beats_a_short_one_through_code() -> None:
    heap = Heap()
    step = heap.object("app", parent=heap.root)
    for name in ("router", "store", "cache"):
        step = heap.object(name, parent=step)
    entry = heap.object("entry", parent=step)
    code = heap.node("code", "feedback", parent=heap.root)
    heap.link(code, entry, "slot", "internal")
    assert _path(heap, entry) == ["", "app", "router", "store", "cache", "entry"]


def test_a_long_natural_path_beats_a_direct_reference_named_map() -> None:
    heap = Heap()
    entry = heap.object("entry", parent=heap.root, via="map", edge="internal")
    app = heap.object("app", parent=heap.root)
    heap.link(app, entry, "entry")
    assert _path(heap, entry) == ["", "app", "entry"]


def test_one_unnatural_reference_and_a_detour_beats_two_in_a_row() -> None:
    heap = Heap()
    hidden = heap.node("hidden", "cell", parent=heap.root, via=1, edge="hidden")
    entry = heap.object("entry", parent=hidden, via=1, edge="hidden")
    far = heap.object("far", parent=heap.root, via="code", edge="internal")
    farther = heap.object("farther", parent=far)
    heap.link(farther, entry, "entry")
    assert _path(heap, entry) == ["", "far", "farther", "entry"]


def test_what_only_v8_refers_to_is_still_reached() -> None:
    heap = Heap()
    cell = heap.node("hidden", "system / Cell", parent=heap.root)
    entry = heap.object("entry", parent=cell, via="value", edge="internal")
    assert _path(heap, entry) == ["", "system / Cell", "entry"]


def test_of_parallel_references_the_first_natural_one_names_the_step() -> None:
    heap = Heap()
    target = heap.object(parent=heap.root, via="1", edge="weak")
    heap.link(heap.root, target, "map", "internal")
    heap.link(heap.root, target, "cache")
    heap.link(heap.root, target, "alias")
    tree = heap.tree()
    assert tree.graph.edge_name(int(tree.parent_edge[1])) == "cache"


def test_a_cycle_is_walked_once() -> None:
    heap = Heap()
    parent = heap.object("parent", parent=heap.root)
    child = heap.object("child", parent=parent)
    heap.link(child, parent, "parent")
    assert _path(heap, child) == ["", "parent", "child"]


@pytest.mark.parametrize("length", [15, 16, 17, 60])
def test_a_long_chain_of_v8_s_own_nodes_is_followed_to_its_end(length: int) -> None:
    heap = Heap()
    last = heap.root
    for _ in range(length):
        last = heap.node("hidden", "reaction", parent=last, via=1, edge="hidden")
    entry = heap.object("entry", parent=last, via="value", edge="internal")
    assert len(_path(heap, entry)) == length + 2
