from __future__ import annotations

from dataclasses import replace

import numpy as np
from heaps import Heap, Node

from pytest_nodeleak.heap.cohort import HolderGrowth
from pytest_nodeleak.heap.folding import Growing, fold_by_cause, fold_siblings


def _growing(heap: Heap, holder: Node, members: list[Node]) -> Growing:
    growth = HolderGrowth(holder_id=holder.id, objects=len(members), size_bytes=0)
    ordinals = np.array([heap.ordinal(member) for member in members], np.int64)
    return Growing(ordinal=heap.ordinal(holder), growth=growth, members=ordinals)


def _fold(heap: Heap, held: dict[Node, list[Node]]) -> list[list[int]]:
    """Return the groups as lists of holder ids."""
    growing = [_growing(heap, holder, members) for holder, members in held.items()]
    groups = fold_by_cause(heap.graph(), growing)
    return [[one.growth.holder_id for one in group] for group in groups]


def _entries(heap: Heap, holder: Node, count: int) -> list[Node]:
    return [heap.object("Entry", parent=holder, via=f"e{i}") for i in range(count)]


def _holders(heap: Heap, count: int) -> list[Node]:
    return [heap.object("Map", parent=heap.root, via=f"h{i}") for i in range(count)]


def test_an_index_and_a_list_whose_entries_refer_to_each_other_are_one_cause() -> None:
    heap = Heap()
    index, order = _holders(heap, 2)
    held = {index: _entries(heap, index, 10), order: _entries(heap, order, 10)}
    for entry, link in zip(held[index], held[order], strict=True):
        heap.link(link, entry, "value")
    assert _fold(heap, held) == [[index.id, order.id]]


def test_unrelated_holders_stay_apart_in_their_order() -> None:
    heap = Heap()
    first, second, third = _holders(heap, 3)
    held = {one: _entries(heap, one, 5) for one in (second, first, third)}
    assert _fold(heap, held) == [[second.id], [first.id], [third.id]]


def test_causes_fold_through_a_third_holder() -> None:
    heap = Heap()
    first, apart, second, third = _holders(heap, 4)
    held = {one: _entries(heap, one, 5) for one in (first, apart, second, third)}
    for i in range(3):
        heap.link(held[first][i], held[second][i], "x")
        heap.link(held[third][i], held[second][i], "x")
    assert _fold(heap, held) == [[first.id, second.id, third.id], [apart.id]]


def test_what_all_know_makes_no_cause() -> None:
    heap = Heap()
    first, second = _holders(heap, 2)
    held = {one: _entries(heap, one, 10) for one in (first, second)}
    for entry in held[first]:
        heap.link(entry, held[second][0], "date")
    assert _fold(heap, held) == [[first.id], [second.id]]


def _fold_siblings(heap: Heap, held: dict[Node, list[Node]]) -> list[Growing]:
    growing = [_growing(heap, holder, members) for holder, members in held.items()]
    return fold_siblings(heap.tree(), growing)


def test_two_lists_of_one_map_are_one_finding_about_the_map() -> None:
    heap = Heap()
    tenants = heap.map(parent=heap.root, via="tenants")
    lists = [heap.put(tenants, heap.object("Array")) for _ in range(2)]
    (family,) = _fold_siblings(heap, {one: _entries(heap, one, 5) for one in lists})
    assert (family.ordinal, family.growth.objects) == (heap.ordinal(tenants), 10)
    assert family.is_family
    assert [part.growth.holder_id for part in family.parts] == [one.id for one in lists]


def test_a_family_of_families_stands_for_all_that_they_stand_for() -> None:
    heap = Heap()
    tenants = heap.map(parent=heap.root, via="tenants")
    lists = [heap.put(tenants, heap.object("Array")) for _ in range(2)]
    parts = ((101, 103), (201,))
    growing = [
        replace(one, growth=replace(one.growth, part_ids=part_ids))
        for own, part_ids in zip(lists, parts, strict=True)
        for one in [_growing(heap, own, _entries(heap, own, 5))]
    ]
    (family,) = fold_siblings(heap.tree(), growing)
    assert set(family.growth.part_ids) == {one.id for one in lists} | {101, 103, 201}


def test_lists_with_names_of_their_own_are_two_findings() -> None:
    heap = Heap()
    plans = heap.object(parent=heap.root, via="plans")
    lists = [heap.object("Array", parent=plans, via=name) for name in ("free", "paid")]
    found = _fold_siblings(heap, {one: _entries(heap, one, 5) for one in lists})
    assert [one.growth.holder_id for one in found] == [one.id for one in lists]


def test_elements_of_different_classes_are_two_findings() -> None:
    heap = Heap()
    all_ = heap.list(parent=heap.root, via="all")
    lists = [heap.push(all_, heap.object(name)) for name in ("Array", "Queue")]
    found = _fold_siblings(heap, {one: _entries(heap, one, 5) for one in lists})
    assert [one.growth.holder_id for one in found] == [one.id for one in lists]


def test_timers_of_different_delays_are_two_findings() -> None:
    heap = Heap()
    lists_by_delay = heap.object(parent=heap.root, via="timerListMap")
    lists = [
        heap.object("TimersList", parent=lists_by_delay, via=delay, edge="element")
        for delay in (1000, 2000)
    ]
    found = _fold_siblings(heap, {one: _entries(heap, one, 5) for one in lists})
    assert [one.growth.holder_id for one in found] == [one.id for one in lists]


def test_one_chance_reference_among_many_objects_does_not_fold() -> None:
    heap = Heap()
    first, second = _holders(heap, 2)
    held = {one: _entries(heap, one, 200) for one in (first, second)}
    heap.link(held[first][0], held[second][0], "config")
    assert _fold(heap, held) == [[first.id], [second.id]]
    for i in range(1, 4):
        heap.link(held[first][i], held[second][i], "config")
    assert _fold(heap, held) == [[first.id, second.id]]


def test_weak_references_do_not_fold() -> None:
    heap = Heap()
    first, second = _holders(heap, 2)
    held = {one: _entries(heap, one, 3) for one in (first, second)}
    for one, other in zip(held[first], held[second], strict=True):
        heap.link(one, other, "1", "weak")
    assert _fold(heap, held) == [[first.id], [second.id]]


def test_knowing_the_same_old_object_does_not_fold() -> None:
    heap = Heap()
    first, second = _holders(heap, 2)
    config = heap.object("Config", parent=heap.root, via="config")
    held = {one: _entries(heap, one, 3) for one in (first, second)}
    for entry in held[first] + held[second]:
        heap.link(entry, config, "config")
    assert _fold(heap, held) == [[first.id], [second.id]]


def test_references_within_one_holder_do_not_fold_others() -> None:
    heap = Heap()
    first, second = _holders(heap, 2)
    held = {one: _entries(heap, one, 3) for one in (first, second)}
    heap.link(held[first][0], held[first][1], "next")
    assert _fold(heap, held) == [[first.id], [second.id]]


def test_no_holders_make_no_causes() -> None:
    assert fold_by_cause(Heap().graph(), []) == []
