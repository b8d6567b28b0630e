from __future__ import annotations

import weakref
from collections.abc import Iterator
from pathlib import Path

from heaps import Heap, app_server

from pytest_nodeleak.commands.comparison import compare
from pytest_nodeleak.culprits.explain import Explainer
from pytest_nodeleak.evidence.growth import Growth
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.paths import PathTree, find_paths


def _explainer() -> Explainer:
    return Explainer(Path("/app"))


def test_holders_are_ordered_by_bytes_not_by_objects() -> None:
    heap = Heap()
    scope = app_server(heap)
    many = heap.map(parent=scope, via="many", edge="context")
    large = heap.map(parent=scope, via="large", edge="context")
    before = heap.tree()
    for _ in range(50):
        heap.put(many, heap.object("Small", size=16))
    for _ in range(6):
        heap.put(large, heap.object("Large", size=5000))
    found = compare([before, heap.tree()], _explainer())
    names = [one.finding.holder.name for one in found.grown if one.finding.holder]
    assert names == ["large", "many"]
    assert found.grown[0].growth == (Growth(objects=6, size_bytes=30_000),)
    assert found.growth == (Growth(objects=56, size_bytes=30_800),)


def test_what_four_objects_came_to_is_chance() -> None:
    heap = Heap()
    cache = heap.map(parent=app_server(heap), via="cache", edge="context")
    before = heap.tree()
    for _ in range(4):
        heap.put(cache, heap.object("Entry"))
    assert compare([before, heap.tree()], _explainer()).grown == ()


def test_with_a_known_load_the_smallest_growth_is_a_rate() -> None:
    heap = Heap()
    cache = heap.map(parent=app_server(heap), via="cache", edge="context")
    before = heap.tree()
    for _ in range(20):
        heap.put(cache, heap.object("Entry"))
    after = heap.tree()
    assert compare([before, after], _explainer(), requests=[10_000]).grown == ()
    (found,) = compare([before, after], _explainer(), requests=[1000]).grown
    assert found.finding.objects_per_request == 0.02


def test_what_would_go_with_a_root_of_v8_is_not_asked() -> None:
    heap = Heap()
    roots = heap.node("synthetic", "(Global handles)", parent=heap.root)
    before = heap.tree()
    for number in range(9):
        heap.object("UDP", parent=roots, via=number, edge="element")
    (found,) = compare([before, heap.tree()], _explainer()).grown
    assert found.retained_bytes is None


def test_the_first_snapshot_is_gone_before_the_third_is_read() -> None:
    heap = Heap()
    cache = heap.map(parent=app_server(heap), via="cache", edge="context")
    alive: list[weakref.ref[HeapGraph]] = []

    def read() -> Iterator[PathTree]:
        for number in range(3):
            if number == 2:
                assert [graph() is None for graph in alive] == [True, False]
            graph = heap.graph()
            alive.append(weakref.ref(graph))
            for _ in range(9):
                heap.put(cache, heap.object("Entry"))
            yield find_paths(graph)

    found = compare(read(), _explainer(), number=3)
    assert [window.objects for window in found.growth] == [9, 9]
    assert [one.growth[1].objects for one in found.grown] == [9]
