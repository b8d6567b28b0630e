from __future__ import annotations

import numpy as np
from heaps import Heap, Node

from pytest_nodeleak.heap.cohort import HolderGrowth
from pytest_nodeleak.heap.folding import Growing, fold_by_cause


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
    heap.link(held[first][0], held[second][0], "x")
    heap.link(held[third][0], held[second][1], "x")
    assert _fold(heap, held) == [[first.id, second.id, third.id], [apart.id]]


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
