"""What was born between two snapshots and is still held, and what died meanwhile.

V8 object ids are stable within an isolate and grow, so an object that is in the later
snapshot and not in the earlier one was born between them. It is attributed to its
*holder*: the first object on its path to the root that is older than the window and that
a programmer would name. Births minus deaths under one holder is what piles up there: a
ring buffer gives birth to as much as it buries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.v8_names import NODES_OBJECTS

__all__ = [
    "Cohort",
    "HolderGrowth",
    "births",
    "deaths",
    "external_size_bytes",
    "net_growth",
    "wanders",
]

# These come and go with compilation and collection, not with what the app does.
_WANDERING_TYPES = (
    "hidden",
    "array",
    "code",
    "object shape",
    "number",
    "synthetic",
    "native",
)
# No objects of their own, but memory that belongs to one.
_STORE_TYPES = ("array", "native")


@dataclass(frozen=True, kw_only=True, eq=False)
class Cohort:
    """Objects of one snapshot that another one lacks, with their holders.

    Attributes:
        tree: Paths of the snapshot the objects are in.
        member: int64 ordinals of the objects that count.
        holder: int64 ordinals of their holders, one each.
        store: int64 ordinals of backing stores and other memory that is no object of
            its own, but is as new.
        store_holder: int64 ordinals of the holders of these, one each.

    """

    tree: PathTree
    member: NDArray[np.int64]
    holder: NDArray[np.int64]
    store: NDArray[np.int64]
    store_holder: NDArray[np.int64]

    def holder_ids(self) -> NDArray[np.int64]:
        """Return the object id of each member's holder."""
        return self.tree.graph.snapshot.nodes.id[self.holder]

    def members_under(self, holder_ids: Iterable[int]) -> NDArray[np.int64]:
        """Return the members that any of some holders has, ascending."""
        ids, order = self._members_by_holder
        wanted = np.unique(np.fromiter(holder_ids, np.int64))
        first = np.searchsorted(ids, wanted)
        end = np.searchsorted(ids, wanted, side="right")
        own = [order[start:stop] for start, stop in zip(first, end, strict=True)]
        members: NDArray[np.int64] = self.member[
            np.sort(np.concatenate([order[:0], *own]))
        ]
        return members

    @cached_property
    def _members_by_holder(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The holders' ids, ascending, and where the member of each is."""
        ids = self.holder_ids()
        order = np.argsort(ids, kind="stable")
        return ids[order], order

    def size_by_holder_id(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return holder ids, with repetitions, and the bytes each adds."""
        nodes = self.tree.graph.snapshot.nodes
        held = np.concatenate([self.member, self.store])
        holder = np.concatenate([self.holder, self.store_holder])
        return nodes.id[holder], nodes.self_size_bytes[held]


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderGrowth:
    """Births minus deaths under one holder in one window.

    Attributes:
        holder_id: The holder's object id.
        objects: Objects it holds more than before.
        size_bytes: Their shallow sizes and backing stores.
        part_ids: Object ids of the holders this stands for, where it is their owner.

    """

    holder_id: int
    objects: int
    size_bytes: int
    part_ids: tuple[int, ...] = ()

    @property
    def all_ids(self) -> tuple[int, ...]:
        """Object ids of the holder and of those it stands for."""
        return (self.holder_id, *self.part_ids)


def births(earlier: HeapGraph, later: PathTree) -> Cohort:
    """Return what ``later`` has and ``earlier`` lacks."""
    return _missing_in(earlier, later)


def deaths(earlier: PathTree, later: HeapGraph) -> Cohort:
    """Return what ``earlier`` had and ``later`` lacks."""
    return _missing_in(later, earlier)


def _missing_in(other: HeapGraph, tree: PathTree) -> Cohort:
    snapshot = tree.graph.snapshot
    missing = other.snapshot.ordinals_of_ids(snapshot.nodes.id) < 0
    missing &= tree.is_reached
    holder = tree.first_ancestor_not(missing | tree.is_nameless)
    counts = missing & ~wanders(tree.graph)
    stores = missing & snapshot.is_type(*_STORE_TYPES)
    member, store = np.flatnonzero(counts), np.flatnonzero(stores)
    return Cohort(
        tree=tree,
        member=member,
        holder=holder[member],
        store=store,
        store_holder=holder[store],
    )


def wanders(graph: HeapGraph) -> NDArray[np.bool_]:
    """Tell for each node whether it is no object of the app's, which alone are counted."""
    return graph.snapshot.is_type(*_WANDERING_TYPES)


def net_growth(born: Cohort, died: Cohort) -> list[HolderGrowth]:
    """Return births minus deaths per holder, the fastest growing first."""
    objects = _difference(
        (born.holder_ids(), np.ones(len(born.holder), np.int64)),
        (died.holder_ids(), np.ones(len(died.holder), np.int64)),
    )
    size_bytes = _difference(born.size_by_holder_id(), died.size_by_holder_id())
    return [
        HolderGrowth(
            holder_id=holder_id, objects=count, size_bytes=size_bytes[holder_id]
        )
        for holder_id, count in sorted(objects.items(), key=lambda one: -one[1])
    ]


_Weights = tuple[NDArray[np.int64], NDArray[np.int64]]


def _difference(plus: _Weights, minus: _Weights) -> dict[int, int]:
    """Return the sum of weights per id, those of ``minus`` taken away."""
    ids, position = np.unique(np.concatenate([plus[0], minus[0]]), return_inverse=True)
    weights = np.concatenate([plus[1], -minus[1]])
    sums = np.bincount(position, weights=weights, minlength=len(ids))
    return dict(zip(ids.tolist(), sums.astype(np.int64).tolist(), strict=True))


def external_size_bytes(tree: PathTree, members: NDArray[np.int64]) -> int:
    """Return the memory outside the V8 heap that hangs directly on some nodes.

    Such memory, e.g. the store of an ArrayBuffer, is a native node with one owner. The
    native halves of Node's own objects, such as sockets, are none of it: no counter of
    external memory has them, and nobody keeps an object for their sake.
    """
    snapshot = tree.graph.snapshot
    is_member = np.zeros(snapshot.node_count, np.bool_)
    is_member[members] = True
    owned = snapshot.is_type("native") & tree.is_reached
    owned &= is_member[tree.parent]
    natives = np.flatnonzero(owned)
    names, position = np.unique(snapshot.nodes.name[natives], return_inverse=True)
    is_store = [
        not snapshot.strings[name].startswith(NODES_OBJECTS) for name in names.tolist()
    ]
    counted = natives[np.array(is_store, np.bool_)[position]]
    return int(snapshot.nodes.self_size_bytes[counted].sum())
