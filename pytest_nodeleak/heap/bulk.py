"""What one heap mostly consists of: the object that most of it hangs on.

Two snapshots tell what grew; where there is but one, taken near the end, the greatest
accumulation in it is the next best answer: from the root down, the child that holds most
is followed as long as it holds at least half of what its parent holds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.arrivals import order_constructors
from pytest_nodeleak.heap.cohort import (
    HolderGrowth,
    external_size_bytes,
    nearest_nameable,
)
from pytest_nodeleak.heap.entries import entries_of, number_of_entries
from pytest_nodeleak.heap.folding import Growing
from pytest_nodeleak.heap.held import held_size_bytes
from pytest_nodeleak.heap.holders import name_holder
from pytest_nodeleak.heap.kinds import classify
from pytest_nodeleak.heap.labels import count_labels
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.sources import ScriptTable
from pytest_nodeleak.heap.suspects import Suspect

__all__ = ["find_bulk"]

_ROOT = 0
# What holds less than this of its parent is one of many.
_LION_SHARE = 0.5
# What holds less than this of the heap did not fill it.
_SMALLEST_SHARE = 0.3


def find_bulk(tree: PathTree, *, requests: int) -> Suspect | None:
    """Return the holder of most of a heap, as a suspect; None if there is no such.

    Args:
        tree: Paths of the snapshot.
        requests: The load until it was taken, to which all of it is put down.

    """
    total = np.where(tree.is_reached, held_size_bytes(tree), 0)
    ordinal = _ROOT
    children = _largest_child(tree, total)
    while (child := int(children[ordinal])) >= 0 and (
        total[child] >= _LION_SHARE * total[ordinal] or ordinal == _ROOT
    ):
        ordinal = child
    holder = int(nearest_nameable(tree)[ordinal])
    if total[holder] < _SMALLEST_SHARE * total[_ROOT] or holder == _ROOT:
        return None
    return _describe(tree, holder, size_bytes=int(total[holder]), requests=requests)


def _largest_child(tree: PathTree, total: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each node the child that holds most; -1 if it has none."""
    largest = np.full(len(total), -1, np.int64)
    children = np.flatnonzero(tree.is_reached)
    children = children[children != _ROOT]
    by_size = children[np.argsort(total[children], kind="stable")]
    # Of several writes to one place the last one stays.
    largest[tree.parent[by_size]] = by_size
    return largest


def _below(tree: PathTree, holder: int) -> NDArray[np.int64]:
    is_below = np.zeros(len(tree.parent), np.bool_)
    is_below[holder] = True
    own = np.arange(len(tree.parent))
    hop = np.where(tree.is_reached, tree.parent, own).astype(np.int64)
    while True:
        is_below |= is_below[hop]
        further = hop[hop]
        if np.array_equal(further, hop):
            break
        hop = further
    is_below[holder] = False
    return np.flatnonzero(is_below)


def _describe(
    tree: PathTree, holder: int, *, size_bytes: int, requests: int
) -> Suspect:
    snapshot = tree.graph.snapshot
    below = _below(tree, holder)
    named = nearest_nameable(tree)
    members = below[named[below] == below]
    growing = Growing(
        ordinal=holder,
        growth=HolderGrowth(
            holder_id=int(snapshot.nodes.id[holder]),
            objects=len(members),
            size_bytes=size_bytes,
        ),
        members=members,
    )
    external_bytes = external_size_bytes(tree, members)
    entries = count_labels(tree.graph, entries_of(tree, growing))
    per = max(requests, 1)
    return Suspect(
        holder=name_holder(tree, ScriptTable(tree.graph), holder),
        kind=classify(
            tree,
            holder,
            entries=tuple(entries),
            external_share=external_bytes / max(size_bytes, 1),
        ),
        objects_per_request=len(members) / per,
        entries_per_request=number_of_entries(entries) / per,
        bytes_per_request=size_bytes / per,
        external_bytes_per_request=external_bytes / per,
        constructors=order_constructors(
            entries, count_labels(tree.graph, members), per
        ),
        entry=next((label for label in entries if label != "string"), "string"),
        entry_defined=None,
        requests=per,
        timer_id=None,
    )
