from __future__ import annotations

from collections.abc import Callable

import pytest
from heaps import Heap, Node, app_server, repeat

from pytest_nodeleak.heap.cohort import (
    Cohort,
    HolderGrowth,
    births,
    deaths,
    external_size_bytes,
    net_growth,
)
from pytest_nodeleak.heap.paths import PathTree


def _growth(before: PathTree, after: PathTree) -> dict[int, HolderGrowth]:
    """Return the net growth per holder id, holders that did not change left out."""
    growth = net_growth(births(before.graph, after), deaths(before, after.graph))
    return {one.holder_id: one for one in growth if one.objects or one.size_bytes}


def _objects(before: PathTree, after: PathTree) -> dict[int, int]:
    growth = _growth(before, after)
    return {holder: one.objects for holder, one in growth.items()}


def _holders(cohort: Cohort) -> set[int]:
    return set(cohort.holder_ids().tolist())


def test_entries_of_a_map_are_held_by_the_map() -> None:
    heap = Heap()
    cache = heap.map(parent=app_server(heap), via="cache", edge="context")
    before = heap.tree()
    repeat(3, lambda: heap.put(cache, heap.shaped("id", "name")))
    # Three objects with two strings each; equal strings are nodes of their own here.
    assert _objects(before, heap.tree()) == {cache.id: 9}


def test_the_births_are_what_the_earlier_snapshot_lacks() -> None:
    heap = Heap()
    cache = heap.map(parent=heap.root, via="cache")
    old = heap.put(cache, heap.object())
    before = heap.tree()
    new = heap.put(cache, heap.object())
    after = heap.tree()
    born = births(before.graph, after)
    assert born.member.tolist() == [heap.ordinal(new)]
    assert heap.ordinal(old) not in born.member
    assert _holders(born) == {cache.id}
    assert deaths(before, after.graph).member.tolist() == []


def test_the_members_under_some_holders_are_those_of_each_in_the_heap_s_order() -> None:
    heap = Heap()
    maps = [heap.map(parent=heap.root, via=f"m{number}") for number in range(3)]
    before = heap.tree()
    new = [heap.put(map_, heap.object()) for map_ in (*maps, *maps)]
    born = births(before.graph, heap.tree())
    wanted = [heap.ordinal(new[number]) for number in (0, 2, 3, 5)]
    ids = [maps[2].id, maps[0].id, heap.root.id, maps[0].id]
    assert born.members_under(ids).tolist() == wanted
    assert born.members_under([]).tolist() == []


def test_deaths_are_charged_to_the_holder_they_had() -> None:
    heap = Heap()
    cache = heap.map(parent=heap.root, via="cache")
    entry = heap.put(cache, heap.shaped("id"))
    before = heap.tree()
    heap.remove(entry)
    assert _objects(before, heap.tree()) == {cache.id: -2}


def test_nothing_new_and_nothing_gone_is_no_growth() -> None:
    heap = Heap()
    heap.map(parent=app_server(heap), via="cache")
    assert _objects(heap.tree(), heap.tree()) == {}


def test_what_is_unreachable_is_no_birth() -> None:
    heap = Heap()
    before = heap.tree()
    heap.object()
    heap.object(parent=heap.root, via="1", edge="weak")
    assert _objects(before, heap.tree()) == {}


def test_a_rehashed_map_keeps_its_holder_and_its_count() -> None:
    heap = Heap()
    cache = heap.map(parent=app_server(heap), via="cache", edge="context")
    repeat(4, lambda: heap.put(cache, heap.object()))
    before = heap.tree()
    heap.rehash(cache)
    repeat(3, lambda: heap.put(cache, heap.object()))
    assert _objects(before, heap.tree()) == {cache.id: 3}


def test_an_array_with_new_elements_keeps_its_holder_and_its_count() -> None:
    heap = Heap()
    log = heap.list(parent=app_server(heap), via="log", edge="context")
    repeat(4, lambda: heap.push(log, heap.object()))
    before = heap.tree()
    heap.regrow(log)
    repeat(3, lambda: heap.push(log, heap.object()))
    assert _objects(before, heap.tree()) == {log.id: 3}


def test_a_store_that_only_grew_is_bytes_without_objects() -> None:
    heap = Heap()
    cache = heap.map(parent=heap.root, via="cache")
    entry = heap.put(cache, heap.object())
    before = heap.tree()
    heap.rehash(cache)
    heap.put(cache, heap.object(size=24))
    heap.unlink(cache.target("table"), entry)
    heap.nodes.remove(entry)
    grown = _growth(before, heap.tree())
    # One object came, one of 32 bytes went; the table of 96 bytes doubled.
    assert (grown[cache.id].objects, grown[cache.id].size_bytes) == (0, 96 + 24 - 32)


@pytest.mark.parametrize("link", ["next", "_idlePrev", "_idleNext", "[[Previous]]"])
def test_a_linked_list_is_held_by_its_head(link: str) -> None:
    heap = Heap()
    head = heap.object("Listener", parent=heap.root, via="head")
    last = heap.object("Listener", parent=head, via=link)
    before = heap.tree()
    for _ in range(3):
        last = heap.object("Listener", parent=last, via=link)
    assert _objects(before, heap.tree()) == {head.id: 3}


@pytest.mark.parametrize(
    ("name", "link", "edge"),
    [
        ("Node", "next", "property"),
        ("Listener", "child", "property"),
        ("Listener", 1, "element"),
        ("Listener", "previous", "context"),
    ],
    ids=["another class", "no link", "an index", "an enclosing scope"],
)
def test_what_only_looks_like_a_linked_list_is_held_by_the_last_old_object(
    name: str, link: str | int, edge: str
) -> None:
    heap = Heap()
    head = heap.object("Listener", parent=heap.root, via="head")
    inner = heap.object(name, parent=head, via=link, edge=edge)
    before = heap.tree()
    heap.object("Entry", parent=inner, via="entry")
    assert _objects(before, heap.tree()) == {inner.id: 1}


def test_a_full_ring_buffer_shows_no_growth() -> None:
    heap = Heap()
    ring = heap.list(parent=app_server(heap), via="recent", edge="context")
    entries = [heap.push(ring, heap.shaped("id")) for _ in range(4)]
    before = heap.tree()
    for entry in entries:
        heap.remove(entry)
        heap.push(ring, heap.shaped("id"))
    assert _objects(before, heap.tree()) == {}


def test_a_replaced_value_of_a_cache_shows_no_growth_though_the_store_changed() -> None:
    heap = Heap()
    cache = heap.map(parent=app_server(heap), via="cache", edge="context")
    old = heap.put(cache, heap.shaped("id", "name"))
    before = heap.tree()
    heap.remove(old)
    heap.put(cache, heap.shaped("id", "name"))
    heap.rehash(cache)
    assert _objects(before, heap.tree()) == {cache.id: 0}


def test_a_move_from_one_holder_to_another_is_no_growth() -> None:
    heap = Heap()
    queue = heap.list(parent=heap.root, via="queue")
    done = heap.list(parent=heap.root, via="done")
    job = heap.push(queue, heap.object("Job"))
    before = heap.tree()
    heap.unlink(queue, job)
    heap.unlink(queue.target("elements"), job)
    heap.push(done, job)
    assert _objects(before, heap.tree()) == {}


def _hidden_cell(heap: Heap, holder: Node) -> Node:
    return heap.node("hidden", "system / Cell", parent=holder)


def _code(heap: Heap, holder: Node) -> Node:
    return heap.node("code", "(bytecode)", parent=holder)


def _shape(heap: Heap, holder: Node) -> Node:
    return heap.node("object shape", "system / Map", parent=holder)


@pytest.mark.parametrize("build", [_hidden_cell, _code, _shape])
def test_v8_s_own_nodes_neither_count_nor_hold(
    build: Callable[[Heap, Node], Node],
) -> None:
    heap = Heap()
    holder = heap.object("Cache", parent=heap.root)
    own = build(heap, holder)
    before = heap.tree()
    build(heap, holder)
    assert _objects(before, heap.tree()) == {}
    heap.object("Entry", parent=own, via="x", edge="internal")
    assert _objects(before, heap.tree()) == {holder.id: 1}


def test_memory_outside_the_heap_counts_as_bytes_of_the_holder() -> None:
    heap = Heap()
    uploads = heap.list(parent=heap.root, via="uploads")
    before = heap.tree()
    for _ in range(2):
        buffer = heap.push(uploads, heap.object("ArrayBuffer", size=64))
        name = "system / JSArrayBufferData"
        heap.node("native", name, parent=buffer, edge="internal", size=10_000)
    after = heap.tree()
    grown = _growth(before, after)
    assert grown == {
        uploads.id: HolderGrowth(
            holder_id=uploads.id, objects=2, size_bytes=2 * (64 + 10_000)
        )
    }
    born = births(before.graph, after)
    assert external_size_bytes(after, born.member) == 20_000


def test_memory_of_others_is_not_a_members_external_memory() -> None:
    heap = Heap()
    one, other = (heap.object("ArrayBuffer", parent=heap.root) for _ in range(2))
    heap.node("native", "data", parent=one, edge="internal", size=500)
    heap.node("native", "data", parent=other, edge="internal", size=7)
    heap.node("array", "elements", parent=other, edge="internal", size=90)
    tree = heap.tree()
    members = births(Heap().graph(), tree).member
    assert external_size_bytes(tree, members[members == heap.ordinal(other)]) == 7


def test_the_native_half_of_an_object_of_node_s_is_no_external_memory() -> None:
    heap = Heap()
    handle = heap.object("DatabaseSync", parent=heap.root)
    heap.node("native", "Node / DatabaseSync", parent=handle, size=448)
    tree = heap.tree()
    members = births(Heap().graph(), tree).member
    assert external_size_bytes(tree, members) == 0


def test_the_fastest_growing_holder_comes_first() -> None:
    heap = Heap()
    slow = heap.map(parent=heap.root, via="slow")
    fast = heap.map(parent=heap.root, via="fast")
    shrinking = heap.map(parent=heap.root, via="shrinking")
    gone = heap.put(shrinking, heap.object())
    before = heap.tree()
    heap.remove(gone)
    heap.put(slow, heap.object())
    repeat(5, lambda: heap.put(fast, heap.object()))
    growth = list(_growth(before, heap.tree()))
    assert growth == [fast.id, slow.id, shrinking.id]


def test_a_chain_of_new_objects_is_charged_to_the_old_one_above_it() -> None:
    heap = Heap()
    wrapped = heap.object("App", parent=heap.root)
    before = heap.tree()
    last = wrapped
    for depth in range(40):
        last = heap.closure(f"wrap{depth}", parent=last, via="inner")
    assert _objects(before, heap.tree()) == {wrapped.id: 40}
