"""Collections that grow although nothing is born under them."""

from __future__ import annotations

from collections.abc import Mapping

from heaps import Heap, Node, app_server, repeat

from pytest_nodeleak.heap.gains import find_gaining
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.suspects import Suspect, find_suspects
from pytest_nodeleak.heap.window import Window

_REQUESTS = 20


def _cache(heap: Heap, name: str) -> Node:
    return heap.map(parent=app_server(heap), via=name, edge="context")


def _leaking_into(heap: Heap, cache: Node) -> tuple[Suspect, ...]:
    trees = [heap.tree()]
    for _ in range(2):
        repeat(_REQUESTS, lambda: heap.put(cache, heap.object()))
        trees.append(heap.tree())
    return find_suspects(
        Window(earlier=trees[0], later=trees[1], requests=_REQUESTS),
        Window(earlier=trees[1], later=trees[2], requests=_REQUESTS),
    )


def _gaining(
    heap: Heap, gains: Mapping[int, int], known: tuple[Suspect, ...] = ()
) -> tuple[Suspect, ...]:
    tree = heap.tree()
    window = Window(earlier=tree, later=tree, requests=_REQUESTS)
    return find_gaining(window, gains, known=known)


def test_a_set_of_numbers_is_a_suspect_by_its_size() -> None:
    heap = Heap()
    seen = _cache(heap, "seen")
    (found,) = _gaining(heap, {seen.id: _REQUESTS, 999_999: 7})
    assert (found.holder.name, found.kind) == ("seen", Kind.COLLECTION)
    assert (found.objects_per_request, found.entries_per_request) == (0.0, 1.0)
    assert found.constructors == (("value", 1.0),)


def test_a_gain_that_new_objects_explain_is_no_second_suspect() -> None:
    heap = Heap()
    cache = _cache(heap, "cache")
    known = _leaking_into(heap, cache)
    assert len(known) == 1
    assert _gaining(heap, {cache.id: _REQUESTS}, known) == ()


def test_nodes_own_lists_are_suspects_only_where_nobody_else_is() -> None:
    heap = Heap()
    cache = _cache(heap, "cache")
    internal = ("node:internal/timers", 10, 5)
    insert = heap.closure("insert", parent=heap.root, via="insert", at=internal)
    queue = heap.list(parent=heap.context(insert), via="queue", edge="context")
    known = _leaking_into(heap, cache)
    gains = {queue.id: _REQUESTS}
    assert len(known) == 1
    assert _gaining(heap, gains, known) == ()
    (alone,) = _gaining(heap, gains)
    assert alone.holder.name == "queue"


def test_the_same_function_added_again_and_again_is_a_listener_with_its_place() -> None:
    heap = Heap()
    bus = heap.object(
        "EventEmitter", parent=app_server(heap), via="bus", edge="context"
    )
    events = heap.object(parent=bus, via="_events")
    ticks = heap.list(parent=events, via="tick")
    on_tick = heap.closure("onTick", at=("/app/server.js", 4, 16))
    for index in range(3):
        heap.link(ticks, on_tick, index, edge="element")
    (found,) = _gaining(heap, {ticks.id: _REQUESTS})
    assert (found.holder.name, found.kind) == ("bus._events.tick", Kind.LISTENER)
    assert found.constructors == (("function onTick", 1.0),)
    assert found.entry_defined is not None
    assert (found.entry_defined.line, found.entry_defined.column) == (4, 16)
