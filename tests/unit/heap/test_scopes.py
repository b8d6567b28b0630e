from __future__ import annotations

from heaps import Heap, Node, app_server

from pytest_nodeleak.heap.held import held_size_bytes
from pytest_nodeleak.heap.owners import nearest_functions
from pytest_nodeleak.heap.scopes import Scope, count_contexts, find_largest_scopes


def _scopes(heap: Heap, most: int = 5) -> tuple[Scope, ...]:
    tree = heap.tree()
    return find_largest_scopes(
        tree, held_size_bytes(tree), nearest_functions(tree), most=most
    )


def _capture(heap: Heap, scope: Node, name: str, size: int) -> None:
    heap.object(parent=scope, via=name, edge="context", size=size)


def test_scopes_are_told_by_function_place_and_variables_the_largest_first() -> None:
    heap = Heap()
    module = app_server(heap, script="/app/a.js", line=8)
    _capture(heap, module, "config", 100)
    inner = heap.closure("load", parent=module, via="load", at=("/app/b.js", 3, 5))
    _capture(heap, heap.context(inner), "rows", 7000)
    first, second = _scopes(heap)
    assert (first.function, first.variables) == ("handler", ("config",))
    assert first.place is not None
    assert (first.place.script, first.place.line) == ("/app/a.js", 8)
    assert (second.function, second.variables) == ("load", ("rows",))
    assert second.retained_bytes == 32 + 7000


def test_what_somebody_else_keeps_as_well_does_not_count() -> None:
    heap = Heap()
    scope = app_server(heap)
    shared = heap.object(parent=scope, via="shared", edge="context", size=9000)
    heap.link(heap.root, shared, "shared")
    (found,) = _scopes(heap)
    assert found.retained_bytes == 32


def test_a_scope_without_a_function_has_no_place() -> None:
    heap = Heap()
    heap.object("system / Context", parent=heap.root)
    (found,) = _scopes(heap)
    assert (found.function, found.place) == ("", None)


def test_only_as_many_as_wanted_are_returned() -> None:
    heap = Heap()
    for number in range(6):
        scope = heap.object("system / Context", parent=heap.root)
        _capture(heap, scope, "x", number)
    assert [scope.retained_bytes for scope in _scopes(heap, most=2)] == [37, 36]


def test_contexts_are_counted_and_texts_are_none() -> None:
    heap = Heap()
    heap.node("hidden", "system / NativeContext", parent=heap.root)
    heap.node("hidden", "system / NativeContext", parent=heap.root)
    heap.node("string", "system / NativeContext", parent=heap.root)
    assert count_contexts(heap.tree()) == 2
