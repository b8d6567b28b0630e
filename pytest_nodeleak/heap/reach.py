"""What a breadth-first search from the root comes by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

__all__ = ["ROOT", "reached_from_root"]

#: The ordinal of the node every object is reached from.
ROOT = 0


def reached_from_root(
    first_edge: NDArray[np.int32], to_node: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Tell for each node whether a way leads to it from the root.

    Args:
        first_edge: Edges of node ``i`` are ``first_edge[i]`` up to
            ``first_edge[i + 1]``.
        to_node: The node each edge leads to. An edge that shall not count leads back
            to the root: cheaper than cutting it out of both arrays.

    """
    node_count = len(first_edge) - 1
    # The search asks for weights and ignores them: one number serves for all edges.
    weights = np.broadcast_to(np.float64(1), len(to_node))
    matrix = csr_array((weights, to_node, first_edge), shape=(node_count, node_count))
    reached = np.zeros(node_count, np.bool_)
    reached[breadth_first_order(matrix, ROOT, return_predecessors=False)] = True
    return reached
