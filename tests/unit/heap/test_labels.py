from __future__ import annotations

import numpy as np
import pytest
from heaps import CONTEXT, Heap, Node

from pytest_nodeleak.heap.labels import count_labels, entry_label, short_label


def _labels(heap: Heap, nodes: list[Node]) -> list[tuple[str, float]]:
    members = np.array([heap.ordinal(node) for node in nodes], np.int64)
    return list(count_labels(heap.graph(), members).items())


@pytest.mark.parametrize(
    ("type_", "name", "label"),
    [
        ("string", "a user's secret", "string"),
        ("concatenated string", "a", "string"),
        ("sliced string", "a", "string"),
        ("object", "Socket", "Socket"),
        ("object", "Object", "Object"),
        ("object", CONTEXT, "Context"),
        ("closure", "onData", "function onData"),
        ("closure", "", "function"),
        ("regexp", "secret.*", "regexp"),
        ("symbol", "kHandle", "symbol"),
        ("bigint", "bigint", "bigint"),
        ("native", "Node / MessagePort", "Node / MessagePort"),
        ("native", "", "native"),
    ],
)
def test_a_label_says_what_a_thing_is_but_not_what_it_contains(
    type_: str, name: str, label: str
) -> None:
    heap = Heap()
    node = heap.node(type_, name, parent=heap.root)
    assert short_label(heap.graph(), heap.ordinal(node)) == label


def _with_method(heap: Heap) -> Node:
    node = heap.shaped("id")
    heap.object(parent=node, via="__proto__")
    heap.object(parent=node, via="map", edge="internal")
    heap.object(parent=node, via=0, edge="element")
    return node


def test_a_plain_object_is_labelled_by_its_shape() -> None:
    heap = Heap()
    node = heap.shaped("id", "orders")
    assert entry_label(heap.graph(), heap.ordinal(node)) == "{id, orders}"


def test_only_own_properties_make_the_shape() -> None:
    heap = Heap()
    node = _with_method(heap)
    assert entry_label(heap.graph(), heap.ordinal(node)) == "{id}"


def test_a_long_shape_is_cut() -> None:
    heap = Heap()
    four, five = heap.shaped(*"abcd"), heap.shaped(*"abcde")
    graph = heap.graph()
    assert entry_label(graph, heap.ordinal(four)) == "{a, b, c, d}"
    assert entry_label(graph, heap.ordinal(five)) == "{a, b, c, d, …}"


def test_an_object_without_properties_has_no_shape() -> None:
    heap = Heap()
    node = heap.object()
    assert entry_label(heap.graph(), heap.ordinal(node)) == "Object"


def test_the_instance_of_a_class_is_labelled_by_the_class() -> None:
    heap = Heap()
    node = heap.object("User")
    heap.object(parent=node, via="id")
    assert entry_label(heap.graph(), heap.ordinal(node)) == "User"


def test_labels_are_counted_the_most_frequent_first() -> None:
    heap = Heap()
    nodes = [
        heap.object("Socket"),
        *(heap.node("string", f"text {i}") for i in range(4)),
        *(heap.shaped("id") for _ in range(3)),
        *(heap.shaped("id", "name") for _ in range(2)),
    ]
    assert _labels(heap, nodes) == [
        ("string", 4),
        ("{id}", 3),
        ("{id, name}", 2),
        ("Socket", 1),
    ]


def test_strings_of_all_sorts_are_counted_together() -> None:
    heap = Heap()
    nodes = [heap.node("string", "a"), heap.node("sliced string", "b")]
    assert _labels(heap, nodes) == [("string", 2)]


def test_no_nodes_have_no_labels() -> None:
    assert _labels(Heap(), []) == []


def test_the_shapes_of_a_large_group_are_extrapolated_from_a_sample() -> None:
    heap = Heap()
    nodes = []
    for i in range(750):
        node = heap.object()
        heap.link(node, heap.root, "odd" if i % 3 == 0 else "usual")
        nodes.append(node)
    (usual, most), (odd, fewer) = _labels(heap, nodes)
    assert (usual, odd) == ("{usual}", "{odd}")
    assert most + fewer == pytest.approx(750)
    assert most == pytest.approx(500, rel=0.05)
