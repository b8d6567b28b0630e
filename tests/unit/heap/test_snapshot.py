from __future__ import annotations

from dataclasses import replace

import numpy as np
from heaps import Heap


def test_a_node_is_found_by_its_object_id_in_any_snapshot() -> None:
    heap = Heap()
    first = heap.object("First", parent=heap.root)
    second = heap.object("Second", parent=heap.root)
    before = heap.snapshot()
    heap.remove(first)
    after = heap.snapshot()
    assert before.ordinal_of_id(second.id) == 2
    assert after.ordinal_of_id(second.id) == 1
    assert after.ordinal_of_id(first.id) is None


def test_nodes_tell_their_name_and_type() -> None:
    heap = Heap()
    heap.node("closure", "handler", parent=heap.root)
    snapshot = heap.snapshot()
    assert snapshot.node_count == 2
    assert (snapshot.name(1), snapshot.type_name(1)) == ("handler", "closure")


def test_many_nodes_are_found_by_their_ids_at_once() -> None:
    heap = Heap()
    nodes = [heap.object(parent=heap.root) for _ in range(6)]
    for node, id_ in zip(nodes, (90, 20, 80, 10, 70, 30), strict=True):
        node.id = id_  # V8 keeps no order of ids
    snapshot = heap.snapshot()
    wanted = np.array([10, 999, 20, 30, 25, 70, 80, 90, 1, 0], np.int64)
    assert snapshot.ordinals_of_ids(wanted).tolist() == [
        4,
        -1,
        2,
        6,
        -1,
        5,
        3,
        1,
        0,
        -1,
    ]
    assert snapshot.ordinals_of_ids(wanted[:0]).tolist() == []


def test_a_name_is_found_wherever_it_is_and_whenever_it_is_asked_for() -> None:
    heap = Heap()
    for name in ("a", "b", "c"):
        heap.object(name, parent=heap.root)
    snapshot = heap.snapshot()
    twice = replace(snapshot, strings=(*snapshot.strings, "b", "Promise"))
    first = snapshot.strings.index
    assert twice.positions_of_names(["b"]) == [first("b"), len(snapshot.strings)]
    assert twice.positions_of_names(["c", "a"]) == [first("a"), first("c")]
    assert twice.positions_of_names(["Promise", "d"]) == [len(snapshot.strings) + 1]
    assert twice.is_named("a", "c").tolist() == [False, True, False, True]
