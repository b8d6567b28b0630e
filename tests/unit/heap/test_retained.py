from __future__ import annotations

import networkx as nx
import numpy as np
from heaps import Heap, Node
from hypothesis import given
from hypothesis import strategies as st
from strategies import heaps

from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.retained import retained_by, retained_size_bytes


def _retained(heap: Heap, *members: Node) -> set[Node]:
    ordinals = np.array([heap.ordinal(node) for node in members], np.int64)
    mask = retained_by(heap.graph(), ordinals)
    return {heap.nodes[ordinal] for ordinal in np.flatnonzero(mask)}


def _networkx(graph: HeapGraph) -> nx.DiGraph:
    net = nx.DiGraph()
    net.add_nodes_from(range(graph.snapshot.node_count))
    strong = np.flatnonzero(graph.is_strong)
    net.add_edges_from(
        zip(
            graph.edge_source[strong].tolist(),
            graph.snapshot.edges.to_node[strong].tolist(),
            strict=True,
        )
    )
    return net


@st.composite
def _heaps_with_members(draw: st.DrawFn) -> tuple[HeapGraph, list[int]]:
    heap = draw(heaps(most_nodes=12, most_edges=40))
    members = draw(st.lists(st.integers(0, len(heap.nodes) - 1), unique=True))
    return heap.graph(), members


@given(heap=heaps(most_nodes=12, most_edges=40))
def test_one_object_retains_what_it_dominates(heap: Heap) -> None:
    graph = heap.graph()
    size = graph.snapshot.nodes.self_size_bytes
    # Newer versions of networkx leave the root out.
    above = nx.immediate_dominators(_networkx(graph), 0) | {0: 0}
    expected = dict.fromkeys(above, 0)
    for node in above:
        step = node
        while True:
            expected[step] += int(size[node])
            if step == 0:
                break
            step = above[step]
    found = {node: retained_size_bytes(graph, np.array([node])) for node in expected}
    assert found == expected


@given(drawn=_heaps_with_members())
def test_a_set_retains_what_networkx_does_not_reach_without_it(
    drawn: tuple[HeapGraph, list[int]],
) -> None:
    graph, members = drawn
    net = _networkx(graph)
    before = nx.descendants(net, 0) | {0}
    net.remove_nodes_from(members)
    after = nx.descendants(net, 0) | {0} if 0 in net else set()
    found = np.flatnonzero(retained_by(graph, np.array(members, np.int64)))
    assert set(found.tolist()) == (before - after) | set(members)


@given(drawn=_heaps_with_members())
def test_a_set_retains_at_least_itself_and_at_most_what_it_reaches(
    drawn: tuple[HeapGraph, list[int]],
) -> None:
    graph, members = drawn
    net = _networkx(graph)
    reached = set(members).union(*(nx.descendants(net, node) for node in members))
    found = set(
        np.flatnonzero(retained_by(graph, np.array(members, np.int64))).tolist()
    )
    assert set(members) <= found <= reached


@given(drawn=_heaps_with_members(), data=st.data())
def test_a_larger_set_retains_all_that_a_smaller_one_does(
    drawn: tuple[HeapGraph, list[int]], data: st.DataObject
) -> None:
    graph, members = drawn
    fewer = members[: data.draw(st.integers(0, len(members)))]
    larger = retained_by(graph, np.array(members, np.int64))
    smaller = retained_by(graph, np.array(fewer, np.int64))
    assert not (smaller & ~larger).any()


@given(drawn=_heaps_with_members())
def test_a_mask_names_members_as_ordinals_do(
    drawn: tuple[HeapGraph, list[int]],
) -> None:
    graph, members = drawn
    ordinals = np.array(members, np.int64)
    mask = np.zeros(graph.snapshot.node_count, np.bool_)
    mask[ordinals] = True
    assert (retained_by(graph, mask) == retained_by(graph, ordinals)).all()


def test_what_two_members_share_is_retained_by_both_together_and_by_neither() -> None:
    heap = Heap()
    first = heap.object(parent=heap.root, via="first")
    second = heap.object(parent=heap.root, via="second")
    shared = heap.object(parent=first, via="shared")
    heap.link(second, shared, "shared")
    assert _retained(heap, first) == {first}
    assert _retained(heap, first, second) == {first, second, shared}


def test_a_member_that_another_one_holds_counts_once() -> None:
    heap = Heap()
    outer = heap.object(parent=heap.root, via="outer")
    inner = heap.object(parent=outer, via="inner")
    sizes = outer.size + inner.size
    members = np.array([heap.ordinal(outer), heap.ordinal(inner)])
    assert retained_size_bytes(heap.graph(), members) == sizes


def test_a_ring_goes_with_the_one_that_is_held() -> None:
    heap = Heap()
    head = heap.object(parent=heap.root, via="head")
    tail = heap.object(parent=head, via="next")
    heap.link(tail, head, "next")
    assert _retained(heap, head) == {head, tail}
    assert _retained(heap, tail) == {tail}


def test_a_weak_reference_does_not_save_what_it_leads_to() -> None:
    heap = Heap()
    owner = heap.object(parent=heap.root, via="owner")
    owned = heap.object(parent=owner, via="owned")
    heap.link(heap.root, owned, "1", "weak")
    assert _retained(heap, owner) == {owner, owned}


def test_the_key_of_a_weak_map_retains_the_value_and_the_map_does_not() -> None:
    heap = Heap()
    table = heap.object("WeakMap", parent=heap.root, via="table")
    key = heap.object(parent=heap.root, via="key")
    value = heap.object()
    heap.ephemeron(table, key, value)
    assert _retained(heap, key) == {key, value}
    assert _retained(heap, table) == {table}


def test_what_nothing_holds_retains_itself_only() -> None:
    heap = Heap()
    lost = heap.object()
    heap.object(parent=lost, via="also lost")
    assert _retained(heap, lost) == {lost}


def test_the_root_retains_all_that_is_reachable() -> None:
    heap = Heap()
    held = heap.object(parent=heap.root, via="held")
    heap.object()
    assert _retained(heap, heap.root) == {heap.root, held}


def test_no_members_retain_nothing() -> None:
    heap = Heap()
    heap.object(parent=heap.root, via="held")
    assert _retained(heap) == set()
