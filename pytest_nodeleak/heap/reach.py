"""What a breadth-first search comes by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

__all__ = ["ROOT", "reached_from_root", "search_breadth_first"]

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
    order, _ = search_breadth_first(first_edge, to_node, ROOT)
    reached = np.zeros(len(first_edge) - 1, np.bool_)
    reached[order] = True
    return reached


def search_breadth_first(
    first_edge: NDArray[np.int32], to_node: NDArray[np.int32], start: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the nodes in the order they are found, and each one's predecessor.

    Args:
        first_edge: Edges of node ``i`` are ``first_edge[i]`` up to
            ``first_edge[i + 1]``.
        to_node: The node each edge leads to.
        start: The node to start from. Its predecessor, and that of a node which is not
            found, is negative.

    """
    node_count = len(first_edge) - 1
    # The search asks for weights and ignores them: one number serves for all edges.
    weights = np.broadcast_to(np.float64(1), len(to_node))
    matrix = csr_array((weights, to_node, first_edge), shape=(node_count, node_count))
    order, predecessor = breadth_first_order(matrix, start, return_predecessors=True)
    return order, predecessor
