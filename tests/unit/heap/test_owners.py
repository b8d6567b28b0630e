from __future__ import annotations

from heaps import Heap, app_server

from pytest_nodeleak.heap.owners import held_by_script, nearest_functions


def _held(heap: Heap) -> dict[str | None, int]:
    tree = heap.tree()
    return held_by_script(tree, nearest_functions(tree))


def test_objects_hang_on_the_nearest_function_of_their_path() -> None:
    heap = Heap()
    scope = app_server(heap, script="/app/a.js")
    cache = heap.map(parent=scope, via="cache", edge="context")
    callback = heap.closure("callback", parent=cache, at=("/app/b.js", 1, 1))
    payload = heap.object(parent=heap.context(callback), via="payload", edge="context")
    nearest = nearest_functions(heap.tree())
    assert nearest[heap.ordinal(payload)] == heap.ordinal(callback)
    assert heap.nodes[nearest[heap.ordinal(cache)]].name == "handler"
    assert nearest[0] == -1


def test_a_scope_on_the_stack_belongs_to_its_functions_all_the_same() -> None:
    heap = Heap()
    stack = heap.node("synthetic", "(Handle scope)", parent=heap.root)
    scope = heap.object("system / Context", parent=stack)
    cache = heap.map(parent=scope, via="cache", edge="context")
    heap.link(heap.root, heap.object("Holder"), "x", "weak")
    function = heap.closure("get", parent=cache, at=("/app/a.js", 1, 1))
    heap.link(function, scope, "context", "internal")
    nearest = nearest_functions(heap.tree())
    assert nearest[heap.ordinal(cache)] == heap.ordinal(function)


def test_where_an_object_s_class_is_defined_is_not_who_keeps_it() -> None:
    heap = Heap()
    scope = app_server(heap, script="/app/a.js")
    heap.closure("Session", parent=scope, at=("/app/session.js", 1, 1))
    session = heap.object("Session", parent=scope, via="session", edge="context")
    heap.locate(session, ("/app/session.js", 1, 1))
    nearest = nearest_functions(heap.tree())
    assert heap.nodes[nearest[heap.ordinal(session)]].name == "handler"


def test_every_reachable_byte_is_put_down_to_one_script() -> None:
    heap = Heap()
    scope = app_server(heap, script="/app/a.js")
    heap.object(parent=scope, via="big", edge="context", size=5000)
    heap.object(parent=heap.root, size=300)
    heap.object(size=70)  # nothing keeps it
    held = _held(heap)
    assert next(iter(held)) == "/app/a.js"
    assert held["/app/a.js"] >= 5000
    assert held[None] >= 300
    assert sum(held.values()) == sum(node.size for node in heap.nodes) - 70
