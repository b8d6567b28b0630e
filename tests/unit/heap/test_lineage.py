from __future__ import annotations

from dataclasses import replace

import pytest
from heaps import V8_LAYOUT, Heap, repeat

from pytest_nodeleak.heap.lineage import Relation, relate


def _heap(objects: int = 100) -> Heap:
    heap = Heap()
    repeat(objects, lambda: heap.object(parent=heap.root))
    return heap


def test_a_later_snapshot_of_a_process_has_newer_objects() -> None:
    heap = _heap()
    before = heap.snapshot()
    heap.object(parent=heap.root)
    after = heap.snapshot()
    assert relate(before, after).relation is Relation.IN_ORDER
    assert relate(after, before).relation is Relation.SWAPPED


def test_the_order_is_known_though_more_went_than_came() -> None:
    heap = _heap()
    before = heap.snapshot()
    heap.remove(*heap.nodes[10:90])
    heap.object(parent=heap.root)
    after = heap.snapshot()
    assert relate(before, after).relation is Relation.IN_ORDER
    assert relate(after, before).relation is Relation.SWAPPED


def test_what_only_went_leaves_the_order_as_it_is_given() -> None:
    heap = _heap()
    before = heap.snapshot()
    heap.remove(*heap.nodes[10:20])
    after = heap.snapshot()
    assert relate(before, after).relation is Relation.IN_ORDER


def test_the_same_objects_are_the_same_snapshot() -> None:
    heap = _heap()
    assert relate(heap.snapshot(), heap.snapshot()).relation is Relation.IDENTICAL


@pytest.mark.parametrize("difference", ["type", "size"])
def test_ids_that_mean_other_objects_are_another_process_s(difference: str) -> None:
    one, other = _heap(), _heap()
    for node in other.nodes[1::10]:
        if difference == "type":
            node.type = "closure"
        else:
            node.size += 8
    lineage = relate(one.snapshot(), other.snapshot())
    assert lineage.relation is Relation.UNRELATED
    assert lineage.common_share == 1.0
    assert lineage.same_share == pytest.approx(0.9, abs=0.01)


def test_a_few_objects_may_change_their_size_in_place() -> None:
    heap = _heap(200)
    before = heap.snapshot()
    heap.nodes[5].size += 8
    heap.object(parent=heap.root)
    assert relate(before, heap.snapshot()).relation is Relation.IN_ORDER


def test_processes_without_a_common_id_are_not_the_same() -> None:
    other = Heap(first_id=100_001)
    repeat(100, lambda: other.object(parent=other.root))
    assert relate(_heap().snapshot(), other.snapshot()).relation is Relation.UNRELATED


def test_ids_that_are_made_from_addresses_say_nothing() -> None:
    heap = _heap()
    natives = [heap.node("native", "Node / X", parent=heap.root) for _ in range(50)]
    for number, native in enumerate(natives):
        native.id = 10**6 + 2 * number
    before = heap.snapshot()
    heap.remove(*natives)
    heap.object(parent=heap.root)
    assert relate(before, heap.snapshot()).relation is Relation.IN_ORDER


def test_types_are_compared_by_name() -> None:
    heap = _heap()
    before = heap.snapshot()
    heap.object(parent=heap.root)
    newer_v8 = replace(V8_LAYOUT, node_types=("new type", *V8_LAYOUT.node_types))
    assert relate(before, heap.snapshot(newer_v8)).relation is Relation.IN_ORDER
