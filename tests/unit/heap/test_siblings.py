from __future__ import annotations

from heaps import CONTEXT, Heap, Node, app_server

from pytest_nodeleak.heap.cohort import HolderGrowth
from pytest_nodeleak.heap.siblings import gather_siblings


def _growth(node: Node, objects: int) -> HolderGrowth:
    return HolderGrowth(holder_id=node.id, objects=objects, size_bytes=100 * objects)


def _gathered(
    heap: Heap, *growths: HolderGrowth
) -> list[tuple[int, int, int, tuple[int, ...]]]:
    return [
        (one.holder_id, one.objects, one.size_bytes, one.part_ids)
        for one in gather_siblings(growths, heap.tree())
    ]


def _tenants(heap: Heap, count: int) -> tuple[Node, list[Node]]:
    """Return a Map of tenants and the lists in it."""
    tenants = heap.map(parent=app_server(heap), via="tenants", edge="context")
    lists = []
    for _ in range(count):
        own = heap.object("Array")
        heap.put(tenants, own)
        lists.append(own)
    return tenants, lists


def test_many_growing_lists_of_one_map_are_one_growing_map() -> None:
    heap = Heap()
    tenants, lists = _tenants(heap, 5)
    assert _gathered(heap, *(_growth(own, 2) for own in lists)) == [
        (tenants.id, 10, 1000, tuple(own.id for own in lists))
    ]


def test_a_few_growing_lists_stay_apart() -> None:
    heap = Heap()
    _, lists = _tenants(heap, 3)
    assert _gathered(heap, *(_growth(own, 2) for own in lists)) == [
        (own.id, 2, 200, ()) for own in lists
    ]


def test_what_shrinks_counts_against_its_growing_siblings() -> None:
    heap = Heap()
    tenants, lists = _tenants(heap, 5)
    growths = [*(_growth(own, 2) for own in lists[:4]), _growth(lists[4], -8)]
    assert [one[:2] for one in _gathered(heap, *growths)] == [(tenants.id, 0)]


def test_one_that_grows_among_many_that_shrink_is_no_family() -> None:
    heap = Heap()
    _, lists = _tenants(heap, 5)
    growths = [_growth(lists[0], 9), *(_growth(own, -2) for own in lists[1:])]
    assert _gathered(heap, *growths)[0] == (lists[0].id, 9, 900, ())


def test_the_owner_s_own_growth_is_added() -> None:
    heap = Heap()
    tenants, lists = _tenants(heap, 4)
    growths = [_growth(tenants, 3), *(_growth(own, 2) for own in lists)]
    assert [one[:3] for one in _gathered(heap, *growths)] == [(tenants.id, 11, 1100)]


def test_siblings_of_different_classes_stay_apart() -> None:
    heap = Heap()
    tenants = heap.map(parent=app_server(heap), via="tenants", edge="context")
    parts = [heap.put(tenants, heap.object(name)) for name in "ABCD"]
    assert len(_gathered(heap, *(_growth(part, 2) for part in parts))) == 4


def test_variables_of_one_scope_are_no_siblings() -> None:
    heap = Heap()
    scope = app_server(heap)
    maps = [heap.map(parent=scope, via=f"m{i}", edge="context") for i in range(5)]
    assert scope.name == CONTEXT
    assert len(_gathered(heap, *(_growth(one, 2) for one in maps))) == 5


def test_what_hangs_on_the_roots_is_no_family() -> None:
    heap = Heap()
    nodes = [heap.object("Pool", parent=heap.root, via=f"p{i}") for i in range(5)]
    assert len(_gathered(heap, *(_growth(node, 2) for node in nodes))) == 5


def test_what_is_no_longer_reachable_belongs_to_no_family() -> None:
    heap = Heap()
    orphans = [heap.object("Array") for _ in range(4)]
    _, lists = _tenants(heap, 1)
    gathered = _gathered(heap, *(_growth(node, 2) for node in (*orphans, *lists)))
    assert {one[0] for one in gathered} == {node.id for node in (*orphans, *lists)}


def test_the_fastest_comes_first() -> None:
    heap = Heap()
    _, lists = _tenants(heap, 2)
    growths = [_growth(lists[0], 1), _growth(lists[1], 7)]
    assert [one[1] for one in _gathered(heap, *growths)] == [7, 1]


def test_nothing_growing_gives_nothing() -> None:
    assert _gathered(Heap()) == []
