"""One cause often shows as several holders: a registry and a timer list, a cache's index
and its order list. Holders whose new objects refer to each other are one cause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pytest_nodeleak.heap.cohort import HolderGrowth
from pytest_nodeleak.heap.graph import HeapGraph

__all__ = ["Growing", "fold_by_cause"]

# So many references per new object of the smaller holder make two holders one cause; a
# chance reference, such as both knowing one configuration object, is far rarer.
_REFERENCES_PER_OBJECT = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Growing:
    """A holder with what was born under it in a window.

    Attributes:
        ordinal: The holder in the later snapshot.
        growth: Its net growth.
        members: Ordinals of the objects born under it.
        is_family: Whether most of them hang on what it owns, such as a list per tenant.

    """

    ordinal: int
    growth: HolderGrowth
    members: NDArray[np.int64]
    is_family: bool = False


def fold_by_cause(
    graph: HeapGraph, growing: Sequence[Growing]
) -> list[tuple[Growing, ...]]:
    """Group holders whose new objects refer to each other."""
    if not growing:
        return []
    references = _count_references(graph, growing)
    sizes = np.array([len(one.members) for one in growing])
    needed = np.maximum(1, _REFERENCES_PER_OBJECT * np.minimum.outer(sizes, sizes))
    _, cause = connected_components(coo_array(references >= needed), directed=False)
    return [
        tuple(one for one, own in zip(growing, cause, strict=True) if own == wanted)
        for wanted in dict.fromkeys(cause.tolist())
    ]


def _count_references(
    graph: HeapGraph, growing: Sequence[Growing]
) -> NDArray[np.int64]:
    """Return how many strong edges lead from what is under one holder to another's."""
    nobody = len(growing)
    under = np.full(graph.snapshot.node_count, nobody)
    for position, one in enumerate(growing):
        under[one.members] = position
    source = under[graph.edge_source]
    target = under[graph.snapshot.edges.to_node]
    counts = graph.is_strong & (source < nobody) & (target < nobody)
    pairs = source[counts] * nobody + target[counts]
    matrix: NDArray[np.int64] = np.bincount(pairs, minlength=nobody * nobody)
    return matrix.reshape(nobody, nobody)
