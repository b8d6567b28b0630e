"""The variables functions share: contexts, and what is kept alive by being in one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.retained import retained_size_bytes
from pytest_nodeleak.heap.sources import ScriptTable, SourcePosition
from pytest_nodeleak.heap.v8_names import NATIVE_CONTEXT, SCOPE

__all__ = ["Scope", "count_contexts", "find_largest_scopes"]

# Retained sizes decide among so many candidates for each one that is wanted.
_CANDIDATES_PER_SCOPE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The variables that functions of one place have captured.

    Attributes:
        function: The name of one of these functions; "" where it has none.
        place: Where that is defined; None where no function of a script is known.
        variables: Names of the variables, in the order of the heap.
        retained_bytes: What would go with them.

    """

    function: str
    place: SourcePosition | None
    variables: tuple[str, ...]
    retained_bytes: int


def find_largest_scopes(
    tree: PathTree,
    held_bytes: NDArray[np.int64],
    nearest: NDArray[np.int64],
    *,
    most: int,
) -> tuple[Scope, ...]:
    """Return the scopes that retain most.

    Args:
        tree: Paths of the snapshot.
        held_bytes: What hangs on each node.
        nearest: The nearest function on each node's path.
        most: How many to return.

    """
    ordinals = _named(tree, SCOPE)
    order = ordinals[np.argsort(-held_bytes[ordinals], kind="stable")]
    scripts = ScriptTable(tree.graph)
    found = [
        _describe(tree, scripts, int(ordinal), int(nearest[ordinal]))
        for ordinal in order[: most * _CANDIDATES_PER_SCOPE]
    ]
    found.sort(key=lambda scope: -scope.retained_bytes)
    return tuple(found[:most])


def count_contexts(tree: PathTree) -> int:
    """Return how many JavaScript contexts there are; ``node:vm`` makes further ones."""
    return len(_named(tree, NATIVE_CONTEXT))


def _named(tree: PathTree, name: str) -> NDArray[np.int64]:
    snapshot = tree.graph.snapshot
    named: NDArray[np.int64] = np.flatnonzero(
        snapshot.is_v8_node(name) & tree.is_reached
    )
    return named


def _describe(
    tree: PathTree, scripts: ScriptTable, ordinal: int, function: int
) -> Scope:
    graph = tree.graph
    return Scope(
        function=graph.snapshot.name(function) if function >= 0 else "",
        place=scripts.position_of(function) if function >= 0 else None,
        variables=tuple(
            str(graph.edge_name(edge))
            for edge in graph.edges_of(ordinal)
            if graph.edge_type_name(edge) == "context"
        ),
        retained_bytes=retained_size_bytes(graph, np.array([ordinal])),
    )
