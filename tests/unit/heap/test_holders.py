from __future__ import annotations

import pytest
from heaps import Heap, Node, app_server

from pytest_nodeleak.heap.holders import Holder, name_holder
from pytest_nodeleak.heap.sources import ScriptTable, SourcePosition


def _name(heap: Heap, node: Node, *, grown: str | None = None) -> Holder:
    tree = heap.tree()
    graph, ordinal = tree.graph, heap.ordinal(node)
    edge = next(
        (edge for edge in graph.edges_of(ordinal) if graph.edge_name(edge) == grown),
        None,
    )
    return name_holder(tree, ScriptTable(graph), ordinal, grown=edge)


def _texts(holder: Holder) -> list[str]:
    return [step.text for step in holder.steps]


def _global(heap: Heap, name: str = "global") -> Node:
    return heap.object(name, parent=heap.root, via="2", edge="shortcut")


def test_a_captured_variable_names_what_it_holds() -> None:
    heap = Heap()
    cache = heap.map(parent=app_server(heap), via="cache", edge="context")
    holder = _name(heap, cache)
    assert (holder.name, holder.variable, holder.class_name) == (
        "cache",
        "cache",
        "Map",
    )
    assert holder.heap_id == cache.id
    assert holder.owner_id is None


def test_the_path_starts_at_the_server_not_at_node_s_handle() -> None:
    heap = Heap()
    cache = heap.map(parent=app_server(heap), via="cache", edge="context")
    holder = _name(heap, cache)
    assert _texts(holder) == ["Server._events.request", "handler", "cache"]
    assert holder.steps[1].function == SourcePosition(
        script="/app/server.js", line=8, column=3
    )


def test_properties_of_a_variable_make_a_chain() -> None:
    heap = Heap()
    scope = app_server(heap)
    loader = heap.object("DataLoader", parent=scope, via="userLoader", edge="context")
    cache = heap.map(parent=loader, via="_cacheMap")
    holder = _name(heap, cache)
    assert (holder.name, holder.variable) == ("userLoader._cacheMap", "userLoader")
    assert holder.owner_id == loader.id


def test_elements_and_symbols_have_their_own_notation() -> None:
    heap = Heap()
    scope = app_server(heap)
    queues = heap.list(parent=scope, via="queues", edge="context")
    queue = heap.push(queues, heap.object("Queue"))
    jobs = heap.map(parent=queue, via="<symbol kJobs>")
    assert _name(heap, jobs).name == "queues[][kJobs]"


def test_what_hangs_in_a_backing_store_is_named_by_the_store_s_owner() -> None:
    heap = Heap()
    scope = app_server(heap)
    tenants = heap.map(parent=scope, via="tenants", edge="context")
    tenant = heap.put(tenants, heap.object("Tenant"))
    events = heap.list(parent=tenant, via="events")
    holder = _name(heap, events)
    assert holder.name == "tenants[].events"
    assert holder.owner_id == tenant.id


@pytest.mark.parametrize("name", ["global", "global / http://x", "global / "])
def test_a_property_of_the_global_object_is_named_global(name: str) -> None:
    heap = Heap()
    cache = heap.map(parent=_global(heap, name), via="cache")
    holder = _name(heap, cache)
    assert (holder.name, holder.variable) == ("global.cache", None)
    assert _texts(holder) == ["global.cache"]


def test_a_class_that_only_starts_like_global_keeps_its_name() -> None:
    heap = Heap()
    cache = heap.map(parent=_global(heap, "globalStore"), via="cache")
    assert _name(heap, cache).name == "globalStore.cache"


def test_an_instance_nobody_named_is_named_by_its_class() -> None:
    heap = Heap()
    roots = heap.node("synthetic", "(Global handles)", parent=heap.root, via="1")
    pool = heap.object("Pool", parent=roots, via="4", edge="internal")
    idle = heap.list(parent=pool, via="_idle")
    assert _name(heap, idle).name == "Pool._idle"
    assert _name(heap, pool).name == "Pool"


def test_a_server_behind_its_handle_is_the_server() -> None:
    heap = Heap()
    app_server(heap)
    server = next(node for node in heap.nodes if node.name == "Server")
    holder = _name(heap, server)
    assert (holder.name, holder.class_name) == ("Server", "Server")
    assert _texts(holder) == ["Server"]


def test_a_group_of_roots_has_its_own_name_and_no_owner() -> None:
    heap = Heap()
    roots = heap.node("synthetic", "(Global handles)", parent=heap.root, via="1")
    holder = _name(heap, roots)
    assert (holder.name, holder.owner_id, holder.steps) == (
        "(Global handles)",
        None,
        (),
    )


def test_the_nameless_root_is_called_roots() -> None:
    heap = Heap()
    assert _name(heap, heap.root).name == "roots"


def test_a_scope_is_named_by_the_function_it_belongs_to() -> None:
    heap = Heap()
    holder = _name(heap, app_server(heap))
    assert (holder.name, holder.class_name) == ("variables around handler", "Context")
    assert holder.variable is None


def test_a_scope_is_named_by_the_variable_that_is_meant() -> None:
    heap = Heap()
    scope = app_server(heap)
    heap.object("Array", parent=scope, via="last", edge="context")
    holder = _name(heap, scope, grown="last")
    assert (holder.name, holder.variable) == ("last", "last")
    assert holder.class_name == "Array"
    assert _texts(holder)[-1] == "last"


def test_an_object_is_named_by_the_property_that_is_replaced() -> None:
    heap = Heap()
    store = heap.object(parent=app_server(heap), via="store", edge="context")
    heap.object(parent=store, via="state")
    holder = _name(heap, store, grown="state")
    assert (holder.name, holder.variable) == ("store.state", "store")


def test_what_no_path_names_keeps_its_name_whatever_is_replaced() -> None:
    heap = Heap()
    heap.object("Array", parent=heap.root, via="list")
    assert _name(heap, heap.root, grown="list").name == "roots"


def test_a_function_that_holds_something_is_named_by_itself() -> None:
    heap = Heap()
    scope = app_server(heap)
    memoized = heap.closure("memoized", parent=scope, via="load", edge="context")
    holder = _name(heap, memoized)
    assert (holder.name, holder.variable) == ("memoized", None)


def test_a_static_property_is_named_by_the_function_it_belongs_to() -> None:
    heap = Heap()
    scope = app_server(heap)
    registry = heap.closure("Registry", parent=scope, via="Registry", edge="context")
    items = heap.map(parent=registry, via="items")
    assert _name(heap, items).name == "Registry.items"


def test_a_property_of_a_function_is_named_by_the_variable_that_has_it() -> None:
    heap = Heap()
    scope = app_server(heap)
    client = heap.closure(
        "wrap",
        parent=scope,
        via="stockClient",
        edge="context",
        at=("/app/node_modules/axios/index.js", 3, 1),
    )
    handlers = heap.map(parent=client, via="handlers")
    found = _name(heap, handlers)
    assert (found.name, found.variable) == ("stockClient.handlers", "stockClient")
    assert found.near is not None
    assert found.near.script == "/app/server.js"


def test_what_a_function_is_bound_to_is_named_by_its_class() -> None:
    heap = Heap()
    bound = heap.closure("native_bind", parent=_global(heap), via="listener")
    cache = heap.object("NodeCache", parent=bound, via="bound_this", edge="internal")
    data = heap.map(parent=cache, via="data")
    assert _name(heap, data).name == "NodeCache.data"


def test_the_listeners_of_an_event_target_are_the_target_s() -> None:
    heap = Heap()
    signal = heap.object(
        "AbortSignal", parent=app_server(heap), via="signal", edge="context"
    )
    events = heap.map(parent=signal, via="<symbol kEvents>")
    found = _name(heap, heap.put(events, heap.object("Object")))
    assert (found.name, found.class_name) == ("signal", "AbortSignal")


def test_the_signal_of_a_controller_is_one_to_node_20_too() -> None:
    heap = Heap()
    stop = heap.object(
        "AbortController", parent=app_server(heap), via="stop", edge="context"
    )
    signal = heap.object("EventTarget", parent=stop, via="<symbol kSignal>")
    events = heap.map(parent=signal, via="<symbol kEvents>")
    found = _name(heap, heap.put(events, heap.object("Object")))
    assert (found.name, found.class_name) == ("stop.signal", "AbortSignal")


def _injected(heap: Heap, *, script: str, controller: str, service: str) -> Node:
    """Return a Map of a service that a framework's function reaches."""
    scope = app_server(heap, script=script)
    for path, line in ((controller, 10), (service, 4)):
        heap.closure("Class", parent=heap.root, via="3", at=(path, line, 1))
    outer = heap.object("Users", parent=scope, via="instance", edge="context")
    heap.locate(outer, (controller, 10, 1))
    inner = heap.object("Visits", parent=outer, via="service")
    heap.locate(inner, (service, 4, 14))
    return heap.map(parent=inner, via="visits")


def test_what_a_package_names_by_a_variable_of_its_own_is_named_by_the_app_s_class() -> (
    None
):
    heap = Heap()
    visits = _injected(
        heap,
        script="/app/node_modules/@nestjs/core/router.js",
        controller="/app/dist/users.js",
        service="/app/dist/visits.js",
    )
    holder = _name(heap, visits)
    assert (holder.name, holder.variable) == ("Visits.visits", None)
    assert holder.near == SourcePosition(
        script="/app/dist/visits.js", line=4, column=14
    )
    assert _texts(holder)[2:] == ["instance", "Users.service", "Visits.visits"]


@pytest.mark.parametrize(
    ("script", "classes"),
    [
        ("/app/server.js", "/app/visits.js"),
        ("/app/node_modules/a/i.js", "/app/node_modules/a/b.js"),
        ("/app/node_modules/a/i.js", "node:net"),
    ],
    ids=["the app's variable", "the package's class", "Node's class"],
)
def test_a_variable_keeps_its_name_where_no_package_gave_it_to_the_app_s_class(
    script: str, classes: str
) -> None:
    heap = Heap()
    visits = _injected(heap, script=script, controller=classes, service=classes)
    assert _name(heap, visits).name == "instance.service.visits"


def test_an_owner_is_not_looked_for_beyond_a_function_s_scope() -> None:
    heap = Heap()
    app = heap.object("App", parent=_global(heap), via="app")
    scope = heap.context(heap.closure("handler", parent=app, via="handler"))
    cache = heap.map(parent=scope, via="cache", edge="context")
    assert _name(heap, cache).owner_id is None


def test_near_is_the_innermost_function_outside_node() -> None:
    heap = Heap()
    scope = app_server(heap)
    inner = heap.closure(
        "load", parent=scope, via="load", edge="context", at=("/app/db.js", 4, 2)
    )
    wrapper = heap.closure(
        "once", parent=inner, via="wrapper", at=("node:internal/util", 9, 9)
    )
    cache = heap.map(parent=wrapper, via="cache")
    near = _name(heap, cache).near
    assert near == SourcePosition(script="/app/db.js", line=4, column=2)


def test_near_is_node_s_own_function_where_there_is_no_other() -> None:
    heap = Heap()
    function = heap.closure(
        "emit", parent=_global(heap), via="f", at=("node:events", 5, 5)
    )
    cache = heap.map(parent=function, via="cache")
    near = _name(heap, cache).near
    assert near is not None
    assert near.is_node_internal
    assert _name(heap, heap.root).near is None
