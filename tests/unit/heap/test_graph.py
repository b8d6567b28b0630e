from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from heaps import Heap, Node, app_server
from hypothesis import given
from hypothesis import strategies as st
from strategies import heaps

import pytest_nodeleak.heap.snapshot as snapshot_module
from pytest_nodeleak.heap.paths import find_paths


def _is_strong(heap: Heap, source: Node, target: Node) -> list[bool]:
    """Tell for each reference from one node to another whether it retains."""
    return _judged(heap, source, target)[0]


def _is_natural(heap: Heap, source: Node, target: Node) -> list[bool]:
    return _judged(heap, source, target)[1]


def _judged(heap: Heap, source: Node, target: Node) -> tuple[list[bool], list[bool]]:
    graph = heap.graph()
    to_node = graph.snapshot.edges.to_node
    edges = [
        edge
        for edge in graph.edges_of(heap.ordinal(source))
        if to_node[edge] == heap.ordinal(target)
    ]
    return graph.is_strong[edges].tolist(), graph.is_natural[edges].tolist()


@pytest.mark.parametrize(
    ("edge", "name"),
    [
        ("property", "cache"),
        ("element", 3),
        ("context", "cache"),
        ("internal", "table"),
        ("shortcut", "2"),
    ],
)
def test_a_reference_of_the_app_is_strong_and_natural(
    edge: str, name: str | int
) -> None:
    heap = Heap()
    target = heap.object(parent=heap.root, via=name, edge=edge)
    assert _is_strong(heap, heap.root, target) == [True]
    assert _is_natural(heap, heap.root, target) == [True]


@pytest.mark.parametrize(
    ("edge", "name", "links"),
    [
        pytest.param("property", "_idleNext", True, id="a timer's"),
        pytest.param("property", "nextSibling", True, id="a tree's"),
        pytest.param("internal", "next", True, id="V8's own"),
        pytest.param("internal", "previous", False, id="a scope's outer scope"),
        pytest.param("element", 3, False, id="an element, whatever its index"),
        pytest.param("property", "next" * 20, False, id="a text with the word in it"),
    ],
)
def test_a_link_of_a_list_is_known_by_its_name(
    edge: str,
    name: str | int,
    links: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    heap = Heap()
    target = heap.object(parent=heap.root, via=name, edge=edge)
    graph = heap.graph()
    (own,) = (
        number
        for number in graph.edges_of(heap.ordinal(heap.root))
        if graph.snapshot.edges.to_node[number] == heap.ordinal(target)
    )
    assert graph.is_link[own] == links


def test_a_weak_reference_is_neither_strong_nor_natural() -> None:
    heap = Heap()
    target = heap.object(parent=heap.root, via="1", edge="weak")
    assert _is_strong(heap, heap.root, target) == [False]
    assert _is_natural(heap, heap.root, target) == [False]


def test_the_value_of_a_weak_map_is_retained_by_the_key_only() -> None:
    heap = Heap()
    table, key, value = heap.node("array", ""), heap.object("Key"), heap.object("Value")
    heap.ephemeron(table, key, value)
    assert _is_strong(heap, key, value) == [True]
    assert _is_strong(heap, table, value) == [False]
    assert _is_strong(heap, table, key) == [False]


@pytest.mark.parametrize("name", ["a (b @1) -> value", "two\nlines", "(table @7)"])
def test_odd_names_of_keys_do_not_make_a_weak_map_retain(name: str) -> None:
    heap = Heap()
    table, key, value = heap.node("array", ""), heap.object(name), heap.object(name)
    heap.ephemeron(table, key, value)
    assert _is_strong(heap, key, value) == [True]
    assert _is_strong(heap, table, value) == [False]


def test_a_weak_map_whose_own_table_is_a_value_retains_what_it_is_a_key_for() -> None:
    heap = Heap()
    outer, inner = heap.node("array", ""), heap.node("array", "")
    key, value = heap.object("Key"), heap.object("Value")
    heap.ephemeron(outer, key, inner)
    heap.ephemeron(inner, key, value)
    assert _is_strong(heap, key, inner) == [True]
    assert _is_strong(heap, inner, value) == [False]


def test_console_handles_do_not_retain() -> None:
    heap = Heap()
    handles = heap.node("synthetic", "(Global handles)", parent=heap.root)
    shown = heap.object(parent=handles, via="7 / DevTools console", edge="internal")
    held = heap.object(parent=handles, via="8 / node::Wrap", edge="internal")
    assert _is_strong(heap, handles, shown) == [False]
    assert _is_strong(heap, handles, held) == [True]


def test_a_property_that_is_named_like_a_console_handle_retains() -> None:
    heap = Heap()
    held = heap.object(parent=heap.root, via="DevTools console")
    assert _is_strong(heap, heap.root, held) == [True]


@pytest.mark.parametrize("name", ["(Internalized strings)", "(External strings)"])
def test_the_string_table_does_not_retain_what_another_string_table_named_so_does(
    name: str,
) -> None:
    heap = Heap()
    table = heap.node("synthetic", name, parent=heap.root)
    interned = heap.node("string", "key", parent=table, via="1", edge="internal")
    look_alike = heap.object(name, parent=heap.root, via="mine")
    kept = heap.node("string", "kept", parent=look_alike, via="key")
    assert _is_strong(heap, table, interned) == [False]
    assert _is_strong(heap, look_alike, kept) == [True]


def _through_code(heap: Heap) -> tuple[Node, Node]:
    return heap.root, heap.node("code", "feedback", parent=heap.root)


def _out_of_a_cell(heap: Heap) -> tuple[Node, Node]:
    cell = heap.node("hidden", "system / Cell", parent=heap.root)
    return cell, heap.object(parent=cell, via="value", edge="internal")


def _to_a_shape(heap: Heap) -> tuple[Node, Node]:
    shape = heap.node("object shape", "system / Map")
    heap.link(heap.root, shape, "x", "internal")
    return heap.root, shape


def _over_the_map(heap: Heap) -> tuple[Node, Node]:
    return heap.root, heap.object(parent=heap.root, via="map", edge="internal")


def _over_a_hidden_reference(heap: Heap) -> tuple[Node, Node]:
    return heap.root, heap.object(parent=heap.root, via=2, edge="hidden")


@pytest.mark.parametrize(
    "build",
    [
        _through_code,
        _out_of_a_cell,
        _to_a_shape,
        _over_the_map,
        _over_a_hidden_reference,
    ],
)
def test_references_of_v8_itself_are_strong_but_not_natural(
    build: Callable[[Heap], tuple[Node, Node]],
) -> None:
    heap = Heap()
    source, target = build(heap)
    assert _is_strong(heap, source, target) == [True]
    assert _is_natural(heap, source, target) == [False]


@pytest.mark.parametrize("edge", ["property", "context"])
@pytest.mark.parametrize("name", ["map", "prototype", "code", "shared"])
def test_a_name_v8_uses_internally_is_natural_where_the_app_uses_it(
    edge: str, name: str
) -> None:
    heap = Heap()
    target = heap.object(parent=heap.root, via=name, edge=edge)
    assert _is_natural(heap, heap.root, target) == [True]


def test_parallel_references_are_judged_one_by_one() -> None:
    heap = Heap()
    target = heap.object(parent=heap.root, via="1", edge="weak")
    heap.link(heap.root, target, "map", "internal")
    heap.link(heap.root, target, "cache")
    assert _is_strong(heap, heap.root, target) == [False, True, True]
    assert _is_natural(heap, heap.root, target) == [False, False, True]


def test_the_name_of_a_reference_is_a_text_or_an_index() -> None:
    heap = Heap()
    target = heap.object(parent=heap.root, via="cache")
    heap.link(target, heap.root, 7, "element")
    heap.link(target, heap.root, 8, "hidden")
    graph = heap.graph()
    assert [graph.edge_name(edge) for edge in range(3)] == ["cache", 7, 8]
    assert graph.edge_type_name(1) == "element"
    assert list(graph.edges_of(1)) == [1, 2]


def test_a_child_is_found_by_name_and_missing_children_are_none() -> None:
    heap = Heap()
    cache = heap.object(parent=heap.root, via="cache")
    heap.object(parent=heap.root, via=0, edge="element")
    graph = heap.graph()
    assert graph.child(0, "cache") == heap.ordinal(cache)
    assert graph.child(0, "store") is None
    assert graph.child(heap.ordinal(cache), "cache") is None


@pytest.mark.parametrize("registry", ["Module", "TimersList"])
def test_a_way_through_a_registry_of_node_s_is_strong_but_not_natural(
    registry: str,
) -> None:
    heap = Heap()
    source = heap.object(registry, parent=heap.root, via="registry")
    target = heap.object("Cache", parent=source, via="exports")
    assert _is_strong(heap, source, target) == [True]
    assert _is_natural(heap, source, target) == [False]


@pytest.mark.parametrize("roots", ["(Stack roots)", "(Handle scope)", "(Identity map)"])
def test_what_the_function_that_writes_the_snapshot_has_at_hand_explains_nothing(
    roots: str,
) -> None:
    heap = Heap()
    source = heap.node("synthetic", roots, parent=heap.root, via=1, edge="element")
    target = heap.object("Map", parent=source, via=1, edge="element")
    assert _is_strong(heap, source, target) == [True]
    assert _is_natural(heap, source, target) == [False]


def test_a_text_that_reads_like_a_registry_is_none() -> None:
    heap = Heap()
    source = heap.node("string", "Module", parent=heap.root)
    target = heap.object("Cache", parent=source, via="exports")
    assert _is_natural(heap, source, target) == [True]


@given(heap=heaps(), data=st.data())
def test_edges_are_found_by_the_nodes_they_start_from_and_the_other_way_round(
    heap: Heap, data: st.DataObject
) -> None:
    graph = heap.graph()
    chosen = data.draw(st.lists(st.sampled_from(range(len(heap.nodes))), unique=True))
    edges = graph.edges_from(np.array(chosen, np.int64))
    assert edges.tolist() == [edge for node in chosen for edge in graph.edges_of(node)]
    assert graph.sources_of(edges).tolist() == graph.edge_source[edges].tolist()


@given(heap=heaps(most_nodes=30, most_edges=60), block=st.integers(1, 9))
def test_blocks_of_any_length_give_the_same_judgement(heap: Heap, block: int) -> None:
    whole = heap.graph()
    expected = find_paths(whole)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot_module, "_BLOCK_ROWS", block)
        graph = heap.graph()
        tree = find_paths(graph)
    assert graph.is_natural.tolist() == whole.is_natural.tolist()
    assert graph.is_link.tolist() == whole.is_link.tolist()
    assert tree.parent_edge.tolist() == expected.parent_edge.tolist()


def test_what_runs_just_now_does_not_hide_the_variable_that_holds() -> None:
    heap = Heap()
    stack = heap.node("synthetic", "(Stack roots)", parent=heap.root)
    scope = app_server(heap)
    cache = heap.map(parent=scope, via="cache", edge="context")
    heap.link(stack, cache, "1", "internal")
    held_by_stack_only = heap.object("Local", parent=stack, edge="internal")
    tree = heap.tree()

    path = tree.path_to(heap.ordinal(cache))
    assert heap.ordinal(stack) not in path
    assert heap.ordinal(scope) in path
    assert heap.ordinal(stack) in tree.path_to(heap.ordinal(held_by_stack_only))
