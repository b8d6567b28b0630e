from __future__ import annotations

import pytest
from heaps import Heap, Node


def _is_nameless(heap: Heap, node: Node) -> bool:
    return bool(heap.tree().is_nameless[heap.ordinal(node)])


def _chain(heap: Heap, parent: Node, length: int, *, via: str = "next") -> list[Node]:
    nodes = [heap.object("Item", parent=parent, via="head")]
    for _ in range(length - 1):
        nodes.append(heap.object("Item", parent=nodes[-1], via=via))
    return nodes


@pytest.mark.parametrize("type_", ["hidden", "array", "code", "object shape"])
def test_v8_s_own_nodes_have_no_name(type_: str) -> None:
    heap = Heap()
    owner = heap.object("Map", parent=heap.root)
    store = heap.node(type_, "x", parent=owner, via="table", edge="internal")
    assert _is_nameless(heap, store)
    assert not _is_nameless(heap, owner)
    tree = heap.tree()
    assert tree.nearest_nameable()[heap.ordinal(store)] == heap.ordinal(owner)


def test_of_a_list_only_who_keeps_it_has_a_name() -> None:
    heap = Heap()
    queue = heap.object("Queue", parent=heap.root)
    items = _chain(heap, queue, 5)
    assert all(_is_nameless(heap, item) for item in items)
    assert not _is_nameless(heap, queue)
    nearest = heap.tree().nearest_nameable()
    assert {nearest[heap.ordinal(item)] for item in items} == {heap.ordinal(queue)}


def test_the_first_item_of_a_list_that_a_variable_keeps_has_a_name() -> None:
    heap = Heap()
    scope = heap.context(heap.closure("f", parent=heap.root))
    first = heap.object("Item", parent=scope, via="head", edge="context")
    second = heap.object("Item", parent=first, via="next")
    heap.object("Item", parent=second, via="next")
    assert not _is_nameless(heap, first)
    assert _is_nameless(heap, second)


def test_objects_that_know_each_other_by_another_name_are_no_list() -> None:
    heap = Heap()
    owner = heap.object("Tree", parent=heap.root)
    items = _chain(heap, owner, 5, via="child")
    assert not any(_is_nameless(heap, item) for item in items)


def test_a_promise_that_waits_for_another_one_has_no_name() -> None:
    heap = Heap()
    first = heap.object("Promise", parent=heap.root)
    reaction = "system / PromiseReaction"
    waits = heap.node("hidden", reaction, parent=first, via="r", edge="internal")
    second = heap.object("Promise", parent=waits, via="p", edge="internal")
    assert not _is_nameless(heap, first)
    assert _is_nameless(heap, second)


def test_a_promise_that_nothing_leads_to_has_a_name() -> None:
    heap = Heap()
    lonely = heap.object("Promise")
    assert not _is_nameless(heap, lonely)
