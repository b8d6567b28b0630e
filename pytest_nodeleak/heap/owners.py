"""Which file's functions each object hangs on: the nearest one on its path."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.sources import ScriptTable

__all__ = ["held_by_script", "nearest_functions"]

_NOBODY = -1
_SCOPE_EDGE = "context"


def nearest_functions(tree: PathTree) -> NDArray[np.int64]:
    """Return the nearest function of a script on each node's path, the node included.

    A path may lead through a scope past all functions, for example from the stack of the
    function that ran when the snapshot was taken; then it is a function of that scope.

    Returns:
        int64 ordinals; -1 where there is no such function between it and the root.

    """
    snapshot = tree.graph.snapshot
    is_function = np.zeros(snapshot.node_count, np.bool_)
    is_function[snapshot.locations.node] = True
    # Objects have a location, too: that of their class.
    is_function &= snapshot.is_type("closure")
    function = np.where(is_function, np.arange(snapshot.node_count), _NOBODY)
    owner, scope = _functions_with_scopes(tree, is_function)
    function[scope] = owner
    nearest = tree.first_ancestor_not(function < 0)
    return function[nearest]


def _functions_with_scopes(
    tree: PathTree, is_function: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return functions and their scopes; of several functions of a scope, the first."""
    graph, edges = tree.graph, tree.graph.snapshot.edges
    names = graph.snapshot.positions_of_names([_SCOPE_EDGE])
    leads = np.isin(edges.name_or_index, names) & is_function[graph.edge_source]
    leads &= edges.type == graph.snapshot.schema.edge_type_code("internal")
    # Written last, the first one stays.
    found = np.flatnonzero(leads)[::-1]
    return graph.edge_source[found], edges.to_node[found]


def held_by_script(tree: PathTree, nearest: NDArray[np.int64]) -> dict[str | None, int]:
    """Return how many bytes hang on the functions of each script, the most first.

    Each reachable byte is put down to one script; to None where there is no function.

    Args:
        tree: Paths of the snapshot.
        nearest: The nearest function on each node's path.

    """
    snapshot = tree.graph.snapshot
    locations, sizes = snapshot.locations, snapshot.nodes.self_size_bytes
    owned = tree.is_reached & (nearest >= 0)
    row = np.searchsorted(locations.node, nearest[owned])
    script_ids, first, position = np.unique(
        locations.script_id[row], return_index=True, return_inverse=True
    )
    sums = np.bincount(
        position.ravel(), weights=sizes[owned], minlength=len(script_ids)
    )
    scripts = ScriptTable(tree.graph)
    held: Counter[str | None] = Counter()
    for function, size_bytes in zip(nearest[owned][first], sums, strict=True):
        place = scripts.position_of(int(function))
        held[place.script if place else None] += int(size_bytes)
    held[None] += int(sizes[tree.is_reached & ~owned].sum())
    return dict(held.most_common())
