"""Collections that grow although nothing is born under them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from heaps import Heap, Node, app_server, repeat

from pytest_nodeleak.heap.gains import add_gaining
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
    return add_gaining(window, gains, known=known)[len(known) :]


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


def _subject(heap: Heap) -> Node:
    return heap.object("Subject", parent=app_server(heap), via="prices", edge="context")


def _windows(heap: Heap, load: Callable[[], None]) -> tuple[Window, Window]:
    trees = [heap.tree()]
    for _ in range(2):
        load()
        trees.append(heap.tree())
    return (
        Window(earlier=trees[0], later=trees[1], requests=_REQUESTS),
        Window(earlier=trees[1], later=trees[2], requests=_REQUESTS),
    )


def test_a_list_is_named_where_its_entries_were_met_in_a_copy_of_it() -> None:
    heap = Heap()
    subject = _subject(heap)
    copies = [heap.list(parent=subject, via="current")]
    observers = heap.list(parent=subject, via="observers")

    def load() -> None:
        repeat(_REQUESTS, lambda: heap.push(observers, heap.object("Subscriber")))
        heap.remove(copies.pop())
        copy = heap.list(parent=subject, via="current")
        # Met first: what is nearer to the beginning of an object is looked at first.
        subject.edges.insert(0, subject.edges.pop())
        for edge in observers.target("elements").edges:
            heap.push(copy, edge.target)
        copies.append(copy)

    first, second = _windows(heap, load)
    known = find_suspects(first, second)
    assert [one.holder.heap_id for one in known] == [subject.id]

    (found,) = add_gaining(second, {observers.id: _REQUESTS}, known=known)

    assert (found.holder.name, found.entries_per_request) == ("prices.observers", 1.0)
    assert [other.holder.heap_id for other in found.others] == [subject.id]
    assert found.objects_per_request == known[0].objects_per_request


def test_a_list_beside_the_map_of_the_same_entries_is_no_second_suspect() -> None:
    heap = Heap()
    cache = _cache(heap, "cache")
    order = heap.list(parent=heap.object("Lru", parent=heap.root), via="order")

    def load() -> None:
        for _ in range(_REQUESTS):
            heap.push(order, heap.put(cache, heap.object()))

    first, second = _windows(heap, load)
    known = find_suspects(first, second)

    gains = {cache.id: _REQUESTS, order.id: _REQUESTS}
    (found,) = add_gaining(second, gains, known=known)

    assert {found.holder.heap_id, *(one.holder.heap_id for one in found.others)} == {
        cache.id,
        order.id,
    }


def test_a_list_of_other_things_is_a_suspect_of_its_own() -> None:
    heap = Heap()
    cache = _cache(heap, "cache")
    seen = heap.list(parent=app_server(heap), via="seen", edge="context")

    def load() -> None:
        repeat(_REQUESTS, lambda: heap.put(cache, heap.object()))

    first, second = _windows(heap, load)
    known = find_suspects(first, second)

    found = add_gaining(second, {seen.id: _REQUESTS}, known=known)

    assert [one.holder.name for one in found] == ["cache", "seen"]
