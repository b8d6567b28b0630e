from __future__ import annotations

from heaps import Heap, Node, app_server

from pytest_nodeleak.heap.path_step import PathStep
from pytest_nodeleak.heap.sources import ScriptTable, SourcePosition
from pytest_nodeleak.heap.steps import describe_path


def _steps(heap: Heap, node: Node) -> tuple[PathStep, ...]:
    tree = heap.tree()
    return describe_path(tree, ScriptTable(tree.graph), heap.ordinal(node))


def _texts(heap: Heap, node: Node) -> list[str]:
    return [step.text for step in _steps(heap, node)]


def _weak_map(heap: Heap, scope: Node, name: str) -> Node:
    weak_map = heap.object("WeakMap", parent=scope, via=name, edge="context")
    return heap.node("array", "", parent=weak_map, via="table", edge="internal")


def _module(heap: Heap, url: str) -> Node:
    """Add an ECMAScript module; return the table of what it exports."""
    wrap = heap.object("ModuleWrap", parent=heap.root, via="module")
    heap.node("string", url, parent=wrap, via="url")
    module = heap.node(
        "hidden", "system / SourceTextModule", parent=wrap, via="1", edge="internal"
    )
    return heap.node("array", "", parent=module, via=0, edge="hidden")


def _export(heap: Heap, table: Node, name: str, *, at: int = 4) -> Node:
    """Export a variable; return its cell."""
    heap.node("string", name, parent=table, via=str(at - 1), edge="internal")
    return heap.node(
        "hidden", "system / Cell", parent=table, via=str(at), edge="internal"
    )


def test_what_a_weak_map_has_for_an_object_is_named_by_both() -> None:
    heap = Heap()
    scope = app_server(heap)
    table = _weak_map(heap, scope, "state")
    queue = heap.object("Queue", parent=scope, via="queue", edge="context")
    state = heap.object()
    heap.ephemeron(table, queue, state)
    waiting = heap.map(parent=state, via="waiting")
    (*_, step) = _steps(heap, waiting)
    assert (step.text, step.variable) == ("state.get(queue).waiting", "queue")


def test_what_a_weak_map_has_for_a_nameless_object_is_the_weak_map_s() -> None:
    heap = Heap()
    table = _weak_map(heap, app_server(heap), "peers")
    roots = heap.node("synthetic", "(Persistent)", parent=heap.root, via=2)
    socket = heap.object("Socket", parent=roots, via=1, edge="element")
    value = heap.object("Set")
    heap.ephemeron(table, socket, value)
    (step,) = _steps(heap, value)
    assert (step.text, step.variable) == ("peers.get(Socket)", "peers")
    assert step.home == SourcePosition(script="/app/server.js", line=8, column=3)


def test_a_weak_map_without_a_name_is_left_out() -> None:
    heap = Heap()
    scope = app_server(heap)
    weak_map = heap.object("WeakMap", parent=heap.root, via="x")
    table = heap.node("array", "", parent=weak_map, via="table", edge="internal")
    queue = heap.object("Queue", parent=scope, via="queue", edge="context")
    value = heap.object("Array")
    heap.ephemeron(table, queue, value)
    assert _texts(heap, value)[-1] == "queue"


def test_a_weak_map_kept_by_its_own_value_is_named_only_once() -> None:
    heap = Heap()
    scope = app_server(heap)
    queue = heap.object("Queue", parent=scope, via="queue", edge="context")
    weak_map = heap.object("WeakMap")
    table = heap.node("array", "", parent=weak_map, via="table", edge="internal")
    value = heap.object()
    heap.ephemeron(table, queue, value)
    heap.link(value, weak_map, "own")
    assert _texts(heap, value)[-1] == "queue.own.get(queue)"


def test_an_exported_variable_is_named_with_its_module() -> None:
    heap = Heap()
    table = _module(heap, "file:///app/store.mjs?v=1")
    rates = heap.map(parent=_export(heap, table, "rates"), via="value", edge="internal")
    home = SourcePosition(script="file:///app/store.mjs")
    assert _steps(heap, rates) == (PathStep(text="rates", variable="rates", home=home),)


def test_an_imported_variable_has_the_name_it_is_exported_by() -> None:
    heap = Heap()
    imports = heap.node("array", "", parent=heap.root, via="imports", edge="internal")
    table = _module(heap, "file:///app/store.mjs")
    cell = _export(heap, table, "rates")
    heap.link(imports, cell, "0", "internal")
    rates = heap.map(parent=cell, via="value", edge="internal")
    assert _texts(heap, rates) == ["rates"]


def test_a_default_export_says_so() -> None:
    heap = Heap()
    cell = _export(heap, _module(heap, "file:///app/store.mjs"), "default")
    store = heap.object(parent=cell, via="value", edge="internal")
    (step,) = _steps(heap, heap.list(parent=store, via="entries"))
    assert (step.text, step.variable) == ("default export.entries", "default")


def test_a_cell_of_something_else_is_no_variable() -> None:
    heap = Heap()
    cell = heap.node("hidden", "system / Cell", parent=heap.root, via=1, edge="element")
    value = heap.object("Array", parent=cell, via="value", edge="internal")
    assert _texts(heap, value) == ["Array"]


def test_what_a_module_exports_is_named_as_in_its_source() -> None:
    heap = Heap()
    require = heap.closure("require", parent=heap.root, at=("node:internal", 1, 1))
    cache = heap.object(parent=require, via="cache")
    module = heap.object("Module", parent=cache, via="/app/lib/store.cjs")
    heap.node("string", "/app/lib/store.cjs", parent=module, via="filename")
    exports = heap.object(parent=module, via="exports")
    recent = heap.list(parent=exports, via="recent")
    (step,) = _steps(heap, recent)
    assert (step.text, step.variable) == ("module.exports.recent", "module")
    assert step.home == SourcePosition(script="/app/lib/store.cjs")


def test_a_class_that_is_called_module_is_a_class() -> None:
    heap = Heap()
    scope = app_server(heap)
    module = heap.object("Module", parent=scope, via="lesson", edge="context")
    assert _texts(heap, heap.list(parent=module, via="parts"))[-1] == "lesson.parts"


def test_the_function_that_settles_a_promise_is_no_step() -> None:
    heap = Heap()
    resolve = heap.closure("", parent=app_server(heap), via="unlock", edge="context")
    context = heap.context(resolve)
    promise = heap.object("Promise", parent=context, via=1, edge="hidden")
    assert _texts(heap, promise)[-1] == "unlock"


def test_a_function_that_belongs_to_no_variable_is_a_step_of_its_own() -> None:
    heap = Heap()
    function = heap.closure("load", parent=heap.root, via="load", edge="context")
    cache = heap.map(parent=function, via="cache")
    assert _texts(heap, cache) == ["load.cache"]


def test_a_global_is_named_as_one_however_it_is_reached() -> None:
    heap = Heap()
    keeper = heap.object(parent=app_server(heap), via="keeper", edge="context")
    everything = heap.object("global (global)", parent=keeper, via="globalThis")
    jobs = heap.list(parent=everything, via="jobs")
    assert _steps(heap, jobs) == (PathStep(text="global.jobs"),)
