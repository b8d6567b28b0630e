from __future__ import annotations

from heaps import Heap, app_server

from pytest_nodeleak.heap.inventory import Inventory, take_inventory


def _inventory(heap: Heap) -> Inventory:
    return take_inventory(heap.tree())


def test_totals_are_of_all_nodes_and_tell_what_nothing_keeps() -> None:
    heap = Heap()
    app_server(heap)
    heap.node("native", "system / JSArrayBufferData", parent=heap.root, size=65_536)
    heap.object("Garbage", size=700)
    found = _inventory(heap)
    assert found.nodes == len(heap.nodes)
    assert found.size_bytes == sum(node.size for node in heap.nodes)
    assert found.external_bytes == 65_536
    assert found.unreachable_bytes == 700
    assert sum(group.size_bytes for group in found.types) == found.size_bytes
    assert found.types[0].name == "native"


def test_a_class_retains_what_all_its_objects_keep_together() -> None:
    heap = Heap()
    sessions = [heap.object("Session", parent=heap.root) for _ in range(2)]
    shared = heap.object("Profile", parent=sessions[0], size=5000)
    heap.link(sessions[1], shared, "profile")
    groups = {group.name: group for group in _inventory(heap).classes}
    # Neither of them alone, but both together.
    assert groups["Session"].retained_bytes == 2 * 32 + 5000
    assert (groups["Session"].nodes, groups["Session"].size_bytes) == (2, 64)


def test_text_that_reads_like_a_class_is_none() -> None:
    heap = Heap()
    heap.object("Session", parent=heap.root)
    heap.node("string", "Session", parent=heap.root)
    groups = {group.name: group.nodes for group in _inventory(heap).classes}
    assert (groups["Session"], groups["(string)"]) == (1, 1)


def test_of_a_chain_that_keeps_the_same_the_last_object_is_the_big_one() -> None:
    heap = Heap()
    scope = app_server(heap, script="/app/a.js")
    exports = heap.object(parent=scope, via="exports", edge="context")
    cache = heap.map(parent=exports, via="cache")
    for _ in range(50):
        heap.put(cache, heap.object("Entry", size=100))
    biggest = _inventory(heap).objects[0]
    assert (biggest.holder.name, biggest.holder.class_name) == ("exports.cache", "Map")
    assert biggest.retained_bytes == 32 + 96 + 50 * 100


def test_a_function_is_big_by_what_it_has_captured() -> None:
    heap = Heap()
    handler = heap.closure("retry", parent=heap.root, at=("/app/a.js", 3, 1))
    for number in range(2):
        heap.object(parent=handler, via=f"state{number}", size=4000)
    biggest = _inventory(heap).objects[0]
    assert biggest.holder.class_name == "function"
    assert biggest.retained_bytes > 8000


def test_an_empty_heap_has_an_inventory() -> None:
    found = _inventory(Heap())
    assert (found.nodes, found.objects, found.scopes) == (1, (), ())
