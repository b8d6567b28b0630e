"""How many bytes each object's path leads to: an upper bound of what it retains.

Every object has one most natural path from the root, so each byte is held once by each
object on its path. Whatever an object retains is held by it; what it holds may be
reachable by another way as well. Retained sizes take a search each, this takes one pass.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.paths import PathTree

__all__ = ["held_size_bytes"]


def held_size_bytes(tree: PathTree) -> NDArray[np.int64]:
    """Return for each node the self sizes of all nodes whose path it is on, its own too.

    Pointer doubling: after round ``k`` a node knows what is less than ``2**k`` steps
    below it, and each node its ancestor ``2**k`` steps above. An unreached node holds
    itself.
    """
    count = len(tree.parent)
    held = tree.graph.snapshot.nodes.self_size_bytes.astype(np.float64)
    has_parent = tree.parent_edge >= 0
    below = np.flatnonzero(has_parent)
    above = tree.parent.astype(np.int64)
    while len(below):
        # Sums of sizes stay far below the 2**53 that a float counts exactly.
        held += np.bincount(above[below], weights=held[below], minlength=count)
        further = above[above[below]]
        goes_on = has_parent[above[below]]
        above[below] = further
        has_parent = np.zeros(count, np.bool_)
        below = below[goes_on]
        has_parent[below] = True
    sizes: NDArray[np.int64] = held.astype(np.int64)
    return sizes
