"""One cause often shows as several holders: a registry and a timer list, a cache's index
and its order list. Holders whose new objects refer to each other are one cause.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pytest_nodeleak.heap.cohort import HolderGrowth
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.siblings import owner_of_element, together

__all__ = ["Growing", "fold_by_cause", "fold_siblings"]

# So many references per new object of the smaller holder make two holders one cause; a
# chance reference, such as both knowing one configuration object, is far rarer.
_REFERENCES_PER_OBJECT = 0.02
_FEWEST_REFERENCES = 3
# Node's timers of one delay.
_BY_DELAY = "TimersList"


@dataclass(frozen=True, slots=True, kw_only=True)
class Growing:
    """A holder with what was born under it in a window.

    Attributes:
        ordinal: The holder in the later snapshot.
        growth: Its net growth.
        members: Ordinals of the objects born under it.
        is_family: Whether most of them hang on what it owns, such as a list per tenant.
        parts: What it owns, where that grew in both windows each by itself.

    """

    ordinal: int
    growth: HolderGrowth
    members: NDArray[np.int64]
    is_family: bool = False
    parts: tuple[Growing, ...] = ()


def fold_siblings(tree: PathTree, growing: Sequence[Growing]) -> list[Growing]:
    """Put holders of one class together that are elements, or values, of one collection.

    They would all have the same name. What has a name of its own, such as a property,
    stays by itself.
    """
    families: defaultdict[tuple[int, int], list[Growing]] = defaultdict(list)
    for one in growing:
        owner = owner_of_element(tree, one.ordinal)
        if tree.graph.snapshot.name(one.ordinal) == _BY_DELAY:
            # What has another delay was started elsewhere.
            owner = None
        name = int(tree.graph.snapshot.nodes.name[one.ordinal])
        families[(one.ordinal, -1) if owner is None else (owner, name)].append(one)
    return [
        _together(tree, owner, members) if len(members) > 1 else members[0]
        for (owner, _), members in families.items()
    ]


def _together(tree: PathTree, owner: int, members: Sequence[Growing]) -> Growing:
    owner_id = int(tree.graph.snapshot.nodes.id[owner])
    return Growing(
        ordinal=owner,
        growth=together(owner_id, [one.growth for one in members]),
        members=np.concatenate([one.members for one in members]),
        is_family=True,
        parts=tuple(members),
    )


def fold_by_cause(
    graph: HeapGraph, growing: Sequence[Growing]
) -> list[tuple[Growing, ...]]:
    """Group holders whose new objects refer to each other."""
    if not growing:
        return []
    references = _count_references(graph, growing)
    sizes = np.array([len(one.members) for one in growing])
    needed = np.maximum(
        _FEWEST_REFERENCES, _REFERENCES_PER_OBJECT * np.minimum.outer(sizes, sizes)
    )
    _, cause = connected_components(coo_array(references >= needed), directed=False)
    return [
        tuple(one for one, own in zip(growing, cause, strict=True) if own == wanted)
        for wanted in dict.fromkeys(cause.tolist())
    ]


def _count_references(
    graph: HeapGraph, growing: Sequence[Growing]
) -> NDArray[np.int64]:
    """Return how many objects under one holder are referred to from under another.

    A single object that all know, such as the date in every response's headers, makes
    one of them, whoever refers to it.
    """
    nobody = len(growing)
    under = np.full(graph.snapshot.node_count, nobody, np.int32)
    for position, one in enumerate(growing):
        under[one.members] = position
    edges = graph.edges_from(np.flatnonzero(under < nobody))
    edges = edges[graph.is_strong[edges]]
    to_node = graph.snapshot.edges.to_node[edges].astype(np.int64)
    source, target = under[graph.sources_of(edges)], under[to_node]
    counts = (target < nobody) & (source != target)
    known = np.unique(to_node[counts] * (nobody + 1) + source[counts])
    pairs = known % (nobody + 1) * nobody + under[known // (nobody + 1)]
    matrix: NDArray[np.int64] = np.bincount(pairs, minlength=nobody * nobody)
    return matrix.reshape(nobody, nobody)
