"""Each kind of leak, and what only looks like it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from heaps import Heap, Node, app_server

from pytest_nodeleak.heap.kinds import Kind, classify


def _classify(
    heap: Heap, holder: Node, *entries: str, external_share: float = 0.0
) -> Kind:
    return classify(
        heap.tree(),
        heap.ordinal(holder),
        entries=entries,
        external_share=external_share,
    )


def _variable(heap: Heap, name: str = "Map") -> Node:
    return heap.object(name, parent=app_server(heap), via="state", edge="context")


@pytest.mark.parametrize("class_name", ["Map", "Set", "Array", "Object", "LRUCache"])
def test_objects_in_a_variable_of_a_request_handler_are_a_collection(
    class_name: str,
) -> None:
    heap = Heap()
    assert _classify(heap, _variable(heap, class_name), "{id}") is Kind.COLLECTION


def test_values_in_a_scope_are_a_collection() -> None:
    heap = Heap()
    assert _classify(heap, app_server(heap), "{id}") is Kind.COLLECTION


def _emitter_list(heap: Heap) -> Node:
    emitter = heap.object("EventEmitter", parent=app_server(heap), edge="context")
    events = heap.object(parent=emitter, via="_events")
    return heap.list(parent=events, via="data")


def _event_target_map(heap: Heap) -> Node:
    target = heap.object("EventTarget", parent=app_server(heap), edge="context")
    return heap.map(parent=target, via="<symbol kEvents>")


def _abort_signal(heap: Heap) -> Node:
    return _variable(heap, "AbortSignal")


def _own_event_list(heap: Heap) -> Node:
    bus = heap.object("Bus", parent=app_server(heap), via="bus", edge="context")
    return heap.list(parent=bus, via="events")


def _list_of_hooks(heap: Heap) -> Node:
    return heap.list(parent=app_server(heap), via="hooks", edge="context")


@pytest.mark.parametrize("build", [_emitter_list, _event_target_map, _abort_signal])
def test_functions_in_an_emitter_or_event_target_are_listeners(
    build: Callable[[Heap], Node],
) -> None:
    heap = Heap()
    assert _classify(heap, build(heap), "function onData") is Kind.LISTENER


@pytest.mark.parametrize("build", [_own_event_list, _list_of_hooks])
def test_functions_in_a_list_of_the_app_are_closures(
    build: Callable[[Heap], Node],
) -> None:
    heap = Heap()
    assert _classify(heap, build(heap), "function onData") is Kind.CLOSURE


def _timers_list(heap: Heap) -> Node:
    lists = heap.object(parent=app_server(heap), via="timerListMap", edge="context")
    return heap.object("TimersList", parent=lists, via=1000, edge="element")


def _known_timers(heap: Heap) -> Node:
    scope = app_server(heap)
    return heap.object(parent=scope, via="knownTimersById", edge="context")


@pytest.mark.parametrize("build", [_timers_list, _known_timers])
def test_what_hangs_in_node_s_timer_lists_is_a_timer(
    build: Callable[[Heap], Node],
) -> None:
    heap = Heap()
    assert _classify(heap, build(heap), "Timeout") is Kind.TIMER


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ("Timeout", Kind.TIMER),
        ("Immediate", Kind.TIMER),
        ("TimeoutPolicy", Kind.COLLECTION),
        ("{Timeout}", Kind.COLLECTION),
        ("Module", Kind.MODULE),
        ("SourceTextModule", Kind.MODULE),
        ("ModuleOptions", Kind.COLLECTION),
        ("Promise", Kind.COLLECTION),
        ("function", Kind.COLLECTION),
        ("{function}", Kind.COLLECTION),
        ("Context", Kind.COLLECTION),
        ("TCP", Kind.COLLECTION),
    ],
)
def test_entries_of_a_map_tell_its_kind(entry: str, kind: Kind) -> None:
    heap = Heap()
    assert _classify(heap, _variable(heap), entry) is kind


def test_functions_in_a_list_are_closures_and_under_keys_a_collection() -> None:
    heap = Heap()
    scope = app_server(heap)
    callbacks = heap.list(parent=scope, via="callbacks", edge="context")
    partials = heap.object(parent=scope, via="partials", edge="context")
    assert _classify(heap, callbacks, "function onExit") is Kind.CLOSURE
    assert _classify(heap, partials, "function ret") is Kind.COLLECTION


def test_only_the_most_frequent_entry_makes_a_map_one_of_timers() -> None:
    heap = Heap()
    assert _classify(heap, _variable(heap), "{id}", "Timeout") is Kind.COLLECTION


def test_contexts_may_be_under_any_entry() -> None:
    heap = Heap()
    variable = _variable(heap)
    kind = classify(
        heap.tree(),
        heap.ordinal(variable),
        entries=("Script",),
        external_share=0.0,
        has_contexts=True,
    )
    assert kind is Kind.CONTEXT


def _promise(heap: Heap) -> Node:
    return _variable(heap, "Promise")


def _reaction(heap: Heap) -> Node:
    name = "system / PromiseReaction"
    return heap.object(name, parent=_promise(heap), edge="internal")


@pytest.mark.parametrize("build", [_promise, _reaction])
def test_what_waits_for_one_promise_is_held_by_the_promise(
    build: Callable[[Heap], Node],
) -> None:
    heap = Heap()
    assert _classify(heap, build(heap), "function") is Kind.PROMISE


def test_what_a_module_remembers_of_others_is_a_module_leak() -> None:
    heap = Heap()
    module = _variable(heap, "Module")
    children = heap.list(parent=module, via="children")
    assert _classify(heap, children, "{id}") is Kind.MODULE


def _roots(heap: Heap) -> Node:
    return heap.node("synthetic", "(Global handles)", parent=heap.root, via="1")


@pytest.mark.parametrize(
    "entry", ["TCP", "UDP", "TLSWrap", "FSEvent", "TCPSocketWrap", "MessagePort"]
)
def test_native_handles_at_the_roots_are_handles(entry: str) -> None:
    heap = Heap()
    assert _classify(heap, _roots(heap), "string", entry) is Kind.HANDLE


@pytest.mark.parametrize("entry", ["TCPStats", "MyTCP", "{id}", "function"])
def test_anything_else_at_the_roots_is_unknown(entry: str) -> None:
    heap = Heap()
    assert _classify(heap, _roots(heap), entry) is Kind.UNKNOWN


@pytest.mark.parametrize(
    ("share", "kind"),
    [(1.0, Kind.EXTERNAL), (0.5, Kind.EXTERNAL), (0.49, Kind.COLLECTION)],
)
def test_mostly_external_bytes_are_the_news(share: float, kind: Kind) -> None:
    heap = Heap()
    assert _classify(heap, _variable(heap), "Buffer", external_share=share) is kind
