"""What one heap mostly consists of: the object that most of it hangs on.

Two snapshots tell what grew; where there is but one, taken near the end, the greatest
accumulation in it is the next best answer: from the root down, the child that holds most
is followed as long as it holds at least half of what its parent holds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.cohort import (
    HolderGrowth,
    wanders,
)
from pytest_nodeleak.heap.folding import Growing
from pytest_nodeleak.heap.held import held_size_bytes
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.reach import ROOT
from pytest_nodeleak.heap.sources import ScriptTable
from pytest_nodeleak.heap.suspects import Suspect, describe
from pytest_nodeleak.heap.v8_names import SCOPE
from pytest_nodeleak.heap.window import Window

__all__ = ["find_bulk"]

# A scope, and all of V8's roots together.
_NO_PILES = {SCOPE, "(GC roots)"}
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
    ordinal = ROOT
    children = _largest_child(tree, total)
    while (child := int(children[ordinal])) >= 0 and (
        total[child] >= _LION_SHARE * total[ordinal] or ordinal == ROOT
    ):
        ordinal = child
    holder = _nameable_above(tree, ordinal)
    # In a scope that none of its variables has most of, nothing piled up.
    is_bulk = holder != ROOT and tree.graph.snapshot.name(holder) not in _NO_PILES
    if not is_bulk or total[holder] < _SMALLEST_SHARE * total[ROOT]:
        return None
    growing = _all_under(tree, holder, size_bytes=int(total[holder]))
    # Between a snapshot and itself nothing died, so that all there is counts.
    window = Window(earlier=tree, later=tree, requests=max(requests, 1))
    return describe([growing], window, ScriptTable(tree.graph))


def _nameable_above(tree: PathTree, ordinal: int) -> int:
    """Return the nearest node a programmer would name; memory outside the heap is none."""
    snapshot = tree.graph.snapshot
    has_edges = snapshot.nodes.edge_count[ordinal] > 0
    if snapshot.type_name(ordinal) == "native" and not has_edges:
        ordinal = int(tree.parent[ordinal])
    return int(tree.nearest_nameable()[ordinal])


def _largest_child(tree: PathTree, total: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each node the child that holds most; -1 if it has none."""
    largest = np.full(len(total), -1, np.int64)
    children = np.flatnonzero(tree.is_reached)
    children = children[children != ROOT]
    by_size = children[np.argsort(total[children], kind="stable")]
    # Of several writes to one place the last one stays.
    largest[tree.parent[by_size]] = by_size
    return largest


def _all_under(tree: PathTree, holder: int, *, size_bytes: int) -> Growing:
    """Return all a node holds, as what it gained; itself if it is all there is."""
    is_other = np.ones(len(tree.parent), np.bool_)
    is_other[holder] = False
    is_under = tree.first_ancestor_not(is_other) == holder
    is_under &= is_other & ~wanders(tree.graph)
    members = np.flatnonzero(is_under) if is_under.any() else np.array([holder])
    return Growing(
        ordinal=holder,
        growth=HolderGrowth(
            holder_id=int(tree.graph.snapshot.nodes.id[holder]),
            objects=len(members),
            size_bytes=size_bytes,
        ),
        members=members,
    )
