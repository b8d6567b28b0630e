from __future__ import annotations

import weakref

from heaps import Heap, repeat

from pytest_nodeleak.heap.window import Window


def test_a_window_knows_what_was_born_and_who_grew_net() -> None:
    heap = Heap()
    cache = heap.map(parent=heap.root, via="cache")
    gone = heap.put(cache, heap.object())
    before = heap.tree()
    heap.remove(gone)
    repeat(3, lambda: heap.put(cache, heap.object()))
    window = Window(earlier=before, later=heap.tree(), requests=3)
    assert len(window.born.member) == 3
    assert [(one.holder_id, one.objects) for one in window.growth] == [(cache.id, 2)]


def test_a_window_that_is_past_keeps_what_grew_and_lets_go_of_its_snapshots() -> None:
    heap = Heap()
    cache = heap.map(parent=heap.root, via="cache")
    before = heap.tree()
    gone = weakref.ref(before.graph)
    repeat(3, lambda: heap.put(cache, heap.object()))
    window = Window(earlier=before, later=heap.tree(), requests=3)
    past = window.past()
    assert (past.growth, past.requests) == (window.growth, 3)
    del before, window
    assert gone() is None


def test_a_window_may_begin_with_a_tree_whose_references_are_gone() -> None:
    heap = Heap()
    cache = heap.map(parent=heap.root, via="cache")
    gone = heap.put(cache, heap.object())
    before = heap.tree()
    heap.remove(gone)
    repeat(3, lambda: heap.put(cache, heap.object()))
    thin, later = before.without_references(), heap.tree()
    assert not len(thin.graph.snapshot.edges.to_node)
    assert not thin.graph.snapshot.strings
    whole = Window(earlier=before, later=later, requests=3).past()
    assert Window(earlier=thin, later=later, requests=3).past() == whole
