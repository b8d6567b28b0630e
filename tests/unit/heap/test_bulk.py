from __future__ import annotations

from heaps import Heap, app_server, repeat

from pytest_nodeleak.heap.bulk import find_bulk
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.sources import SourcePosition
from pytest_nodeleak.heap.suspects import find_suspects
from pytest_nodeleak.heap.window import Window


def test_the_collection_that_most_of_the_heap_hangs_on_is_found() -> None:
    heap = Heap()
    scope = app_server(heap)
    cache = heap.map(parent=scope, via="cache", edge="context")
    small = heap.list(parent=scope, via="names", edge="context")
    repeat(100, lambda: heap.put(cache, heap.shaped("id", "orders")))
    repeat(10, lambda: heap.push(small, heap.shaped("id")))
    bulk = find_bulk(heap.tree(), requests=50)

    assert bulk is not None
    assert bulk.holder.heap_id == cache.id
    assert bulk.holder.name == "cache"
    assert bulk.kind is Kind.COLLECTION
    assert bulk.entries_per_request == 2.0
    assert bulk.objects_per_request == 6.0
    assert bulk.bytes_per_request == (100 * 3 * 32 + 96 + 32) / 50
    assert bulk.constructors[0] == ("{id, orders}", 2.0)


def test_a_chain_is_followed_to_who_holds_its_head() -> None:
    heap = Heap()
    scope = app_server(heap)
    last = heap.object("List", parent=scope, via="list", edge="context")
    for _ in range(200):
        last = heap.object("Link", parent=last, via="next")
    bulk = find_bulk(heap.tree(), requests=1)

    assert bulk is not None
    assert bulk.holder.name == "list"
    assert bulk.objects_per_request == 200


def test_memory_outside_the_heap_counts() -> None:
    heap = Heap()
    scope = app_server(heap)
    uploads = heap.list(parent=scope, via="uploads", edge="context")
    for _ in range(20):
        buffer = heap.push(uploads, heap.object("ArrayBuffer"))
        heap.node("native", "data", parent=buffer, edge="internal", size=1000)
    bulk = find_bulk(heap.tree(), requests=1)

    assert bulk is not None
    assert bulk.holder.name == "uploads"
    assert bulk.kind is Kind.EXTERNAL
    assert bulk.external_bytes_per_request == 20_000


def test_one_large_buffer_is_held_by_its_variable() -> None:
    heap = Heap()
    scope = app_server(heap)
    upload = heap.object("ArrayBuffer", parent=scope, via="upload", edge="context")
    heap.node("native", "data", parent=upload, edge="internal", size=10_000)
    bulk = find_bulk(heap.tree(), requests=1)

    assert bulk is not None
    assert (bulk.holder.name, bulk.holder.class_name) == ("upload", "ArrayBuffer")
    assert bulk.kind is Kind.EXTERNAL
    assert bulk.external_bytes_per_request == 10_000
    assert bulk.constructors == (("ArrayBuffer", 1.0),)


def test_what_counts_as_an_object_is_what_counts_in_a_window() -> None:
    heap = Heap()
    scope = app_server(heap)
    cache = heap.map(parent=scope, via="cache", edge="context")
    before = heap.tree()
    for _ in range(20):
        heap.put(cache, heap.node("string", "a key"))
        buffer = heap.put(cache, heap.object("ArrayBuffer"))
        heap.node("native", "data", parent=buffer, edge="internal", size=1000)
        heap.node("number", "heap number", parent=buffer, via="length")
    after = heap.tree()
    window = Window(earlier=before, later=after, requests=20)
    (grown,), bulk = find_suspects(window, window), find_bulk(after, requests=20)

    assert bulk is not None
    assert bulk.holder == grown.holder
    assert (bulk.kind, bulk.entry) == (grown.kind, grown.entry)
    assert bulk.objects_per_request == grown.objects_per_request == 2
    assert bulk.entries_per_request == grown.entries_per_request == 1
    assert bulk.constructors == grown.constructors


def test_the_function_that_piles_up_is_where_it_is_defined() -> None:
    heap = Heap()
    scope = app_server(heap)
    hooks = heap.list(parent=scope, via="hooks", edge="context")
    at = ("/app/hooks.js", 3, 5)
    repeat(50, lambda: heap.push(hooks, heap.closure("onDone", at=at)))
    bulk = find_bulk(heap.tree(), requests=1)

    assert bulk is not None
    assert bulk.entry_defined == SourcePosition(
        script="/app/hooks.js", line=3, column=5
    )
    assert bulk.entry_function == "onDone"


def test_a_heap_of_many_small_things_has_no_bulk() -> None:
    heap = Heap()
    scope = app_server(heap)
    for number in range(40):
        few = heap.list(parent=scope, via=f"list{number}", edge="context")
        for _ in range(3):
            heap.push(few, heap.object())
    # All of it hangs on the app's scope, but on none of its variables.
    assert find_bulk(heap.tree(), requests=1) is None


def test_what_all_of_v8_s_roots_hold_is_no_bulk() -> None:
    heap = Heap()
    roots = heap.node("synthetic", "(GC roots)", parent=heap.root, edge="element")
    for number in range(20):
        kind = heap.node("synthetic", f"({number})", parent=roots, edge="element")
        for _ in range(5):
            heap.object(parent=kind, edge="element")
    assert find_bulk(heap.tree(), requests=1) is None


def test_handles_that_nothing_else_holds_are_a_bulk() -> None:
    heap = Heap()
    roots = heap.node("synthetic", "(GC roots)", parent=heap.root, edge="element")
    handles = heap.node("synthetic", "(Global handles)", parent=roots, edge="element")
    repeat(50, lambda: heap.object("TCP", parent=handles, edge="element"))
    bulk = find_bulk(heap.tree(), requests=50)

    assert bulk is not None
    assert (bulk.kind, bulk.entry) == (Kind.HANDLE, "TCP")
    assert bulk.entries_per_request == 1


def test_an_empty_heap_has_no_bulk() -> None:
    assert find_bulk(Heap().tree(), requests=1) is None
