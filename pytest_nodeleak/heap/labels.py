"""What kinds of objects a set of heap nodes consists of, in a programmer's words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.graph import HeapGraph

__all__ = ["count_labels", "entry_label", "short_label"]

_STRING_TYPES = {"string", "concatenated string", "sliced string"}
_CONTEXT = "system / Context"
# Shapes are looked at one by one, so of a large group only a sample is.
_SHAPE_SAMPLE = 100
_LONGEST_SHAPE = 4


def short_label(graph: HeapGraph, ordinal: int) -> str:
    """Return a node's label without looking at its properties."""
    snapshot = graph.snapshot
    kind = snapshot.type_name(ordinal)
    name = snapshot.name(ordinal)
    if kind in _STRING_TYPES:
        return "string"
    if name == _CONTEXT:
        return "Context"
    if kind == "closure":
        return f"function {name}" if name else "function"
    if kind in {"regexp", "bigint", "symbol"}:
        return kind
    return name or kind


def entry_label(graph: HeapGraph, ordinal: int) -> str:
    """Return a node's label; a plain object's is its shape, e.g. ``{id, name}``."""
    snapshot = graph.snapshot
    if snapshot.type_name(ordinal) == "object" and snapshot.name(ordinal) == "Object":
        return _shape(graph, ordinal)
    return short_label(graph, ordinal)


def _shape(graph: HeapGraph, ordinal: int) -> str:
    names = []
    for edge in graph.edges_of(ordinal):
        if graph.edge_type_name(edge) == "property":
            name = str(graph.edge_name(edge))
            if name != "__proto__":
                names.append(name)
    if not names:
        return "Object"
    more = ", …" if len(names) > _LONGEST_SHAPE else ""
    return "{" + ", ".join(names[:_LONGEST_SHAPE]) + more + "}"


def count_labels(graph: HeapGraph, members: NDArray[np.int64]) -> Mapping[str, float]:
    """Return how many of the nodes have which label, the most frequent first.

    The shapes of plain objects are extrapolated from a sample.
    """
    nodes = graph.snapshot.nodes
    counts: defaultdict[str, float] = defaultdict(float)
    if not len(members):
        return {}
    groups = np.stack([nodes.type[members].astype(np.int64), nodes.name[members]])
    kinds, first, group = np.unique(
        groups, axis=1, return_index=True, return_inverse=True
    )
    for i in range(kinds.shape[1]):
        own = members[group.ravel() == i]
        label = short_label(graph, int(members[first[i]]))
        if label != "Object":
            counts[label] += len(own)
            continue
        sample = own[:: max(1, len(own) // _SHAPE_SAMPLE)]
        for ordinal in sample:
            counts[entry_label(graph, int(ordinal))] += len(own) / len(sample)
    return dict(sorted(counts.items(), key=lambda one: -one[1]))
