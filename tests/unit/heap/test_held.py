from __future__ import annotations

import numpy as np
from heaps import Heap
from hypothesis import given, settings
from strategies import heaps

from pytest_nodeleak.heap.held import held_size_bytes
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.retained import retained_size_bytes


def _one_by_one(tree: PathTree) -> list[int]:
    sizes = tree.graph.snapshot.nodes.self_size_bytes.tolist()
    held = [0] * len(sizes)
    for ordinal, size in enumerate(sizes):
        on_path = tree.path_to(ordinal) if tree.is_reached[ordinal] else (ordinal,)
        for step in on_path:
            held[step] += size
    return held


@given(heap=heaps())
@settings(deadline=None)
def test_each_byte_is_held_by_all_on_its_path(heap: Heap) -> None:
    tree = heap.tree()
    assert held_size_bytes(tree).tolist() == _one_by_one(tree)


@given(heap=heaps())
@settings(deadline=None)
def test_nothing_retains_more_than_it_holds(heap: Heap) -> None:
    tree = heap.tree()
    held = held_size_bytes(tree)
    for ordinal in range(1, tree.graph.snapshot.node_count):
        retained = retained_size_bytes(tree.graph, np.array([ordinal]))
        assert retained <= held[ordinal]


def test_a_long_list_is_held_by_its_head() -> None:
    heap = Heap()
    item = head = heap.object("Item", parent=heap.root, size=8)
    for _ in range(1000):
        item = heap.object("Item", parent=item, via="next", size=8)
    held = held_size_bytes(heap.tree())
    assert held[heap.ordinal(head)] == 8 * 1001
    assert held[heap.ordinal(item)] == 8
