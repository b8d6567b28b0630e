from __future__ import annotations

import numpy as np
import pytest
from heaps import CONTEXT, Heap, Node

from pytest_nodeleak.heap.labels import (
    count_labels,
    entry_label,
    nodes_named,
    short_label,
)


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


def test_objects_that_come_in_turns_are_counted_by_their_hidden_class() -> None:
    heap = Heap()
    classes = [heap.node("object shape", "system / Map") for _ in range(2)]
    nodes = []
    for number in range(1_000):
        node = heap.shaped("token", "user") if number % 2 else heap.shaped("roles")
        heap.link(node, classes[number % 2], "map", "internal")
        nodes.append(node)
    assert _labels(heap, nodes) == [("{roles}", 500), ("{token, user}", 500)]


def test_objects_that_come_in_turns_and_share_a_hidden_class_are_estimated() -> None:
    heap = Heap()
    nodes = [
        heap.shaped("a") if number % 2 else heap.shaped("b") for number in range(1_000)
    ]
    counts = dict(_labels(heap, nodes))
    assert counts == pytest.approx({"{a}": 500, "{b}": 500}, abs=150)


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


def _with_map(heap: Heap, node: Node, *names: str, shared: bool = False) -> None:
    """Give an object a map that knows these properties, longer shapes' among them."""
    shape = heap.node("object shape", "Map", parent=node, via="map", edge="internal")
    known = heap.node(
        "object shape", "system", parent=shape, via="descriptors", edge="internal"
    )
    for position, name in enumerate(names):
        heap.node("string", name, parent=known, via=str(3 * position), edge="internal")
    if shared:
        longer = heap.node("object shape", "Map")
        heap.link(shape, longer, "transition", "weak")


def test_a_shape_has_its_numbers_although_they_are_no_references() -> None:
    heap = Heap()
    entry = heap.shaped("name")
    _with_map(heap, entry, "id", "name", "count")
    assert entry_label(heap.graph(), heap.ordinal(entry)) == "{id, name, count}"


def test_a_shape_has_nothing_of_the_longer_shapes_made_from_it() -> None:
    heap = Heap()
    entry = heap.shaped("name")
    _with_map(heap, entry, "id", "name", "count", shared=True)
    assert entry_label(heap.graph(), heap.ordinal(entry)) == "{id, name}"


def test_a_shape_of_nothing_but_longer_shapes_is_none() -> None:
    heap = Heap()
    entry = heap.object()
    _with_map(heap, entry, "id", shared=True)
    assert entry_label(heap.graph(), heap.ordinal(entry)) == "Object"


def test_a_map_that_lacks_a_property_is_not_believed() -> None:
    heap = Heap()
    entry = heap.shaped("name", "order")
    _with_map(heap, entry, "name")
    assert entry_label(heap.graph(), heap.ordinal(entry)) == "{name, order}"


def test_symbols_are_no_part_of_a_shape() -> None:
    heap = Heap()
    sandbox = heap.shaped("<symbol node:contextify:context>", "x")
    assert entry_label(heap.graph(), heap.ordinal(sandbox)) == "{x}"


def test_a_bound_function_is_labelled_by_what_it_calls() -> None:
    heap = Heap()
    bound = heap.closure("native_bind", parent=heap.root)
    heap.closure("send", parent=bound, via="bound_function", edge="internal")
    assert _labels(heap, [bound]) == [("function send", 1)]


def test_a_listener_that_once_wraps_is_labelled_by_itself() -> None:
    heap = Heap()
    wrapper = heap.closure("bound onceWrapper", parent=heap.root)
    heap.closure("onDone", parent=wrapper, via="listener")
    assert entry_label(heap.graph(), heap.ordinal(wrapper)) == "function onDone"


def test_functions_bound_to_each_other_end() -> None:
    heap = Heap()
    first = heap.closure("first", parent=heap.root)
    heap.link(first, first, "listener")
    assert entry_label(heap.graph(), heap.ordinal(first)) == "function first"


def _suspended(heap: Heap, name: str, function: str | None) -> Node:
    suspended = heap.object(name, parent=heap.root)
    heap.node(
        "array", "", parent=suspended, via="parameters_and_registers", edge="internal"
    )
    if function is not None:
        heap.closure(function, parent=suspended, via="function", edge="internal")
    return suspended


def test_a_generator_is_labelled_by_its_function() -> None:
    heap = Heap()
    assert _labels(heap, [_suspended(heap, "rows", "rows")]) == [("generator rows", 1)]


def test_an_async_function_that_waits_is_labelled_as_one() -> None:
    heap = Heap()
    waiting = _suspended(heap, "Generator", "handle")
    heap.object("Promise", parent=waiting, via=2, edge="hidden")
    anonymous = _suspended(heap, "Generator", None)
    heap.object("Promise", parent=anonymous, via=2, edge="hidden")
    assert _labels(heap, [waiting]) == [("async function handle", 1)]
    assert _labels(heap, [anonymous]) == [("async function", 1)]


def test_nodes_are_found_by_name() -> None:
    heap = Heap()
    nodes = [heap.object(name, parent=heap.root) for name in ("A", "B", "A")]
    members = np.array([heap.ordinal(node) for node in nodes], np.int64)
    found = nodes_named(heap.snapshot(), members, {"A", "C"})
    assert found.tolist() == [heap.ordinal(nodes[0]), heap.ordinal(nodes[2])]
    assert nodes_named(heap.snapshot(), members[:0], {"A"}).tolist() == []
