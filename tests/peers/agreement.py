"""Holds our reading of a snapshot against a peer's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peers.readers import PeerHeap
from peers.rules import RULES_OF, Rule, with_rules
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.reach import ROOT
from pytest_nodeleak.heap.retained import retained_by, retained_size_bytes
from pytest_nodeleak.heap.snapshot import HeapSnapshot

__all__ = ["Agreement", "compare"]

_CLASS_OF_TYPE = {
    "devtools": {
        "hidden": "(system)",
        "code": "(compiled code)",
        "closure": "Function",
        "regexp": "RegExp",
    },
    "memlab": {},
}
_NAMED_TYPES = ("object", "native")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How our reading compares to a peer's.

    Attributes:
        peer: Its name.
        node_count: Nodes of the snapshot.
        edge_count: Edges of the snapshot.
        class_count: Classes whose members and self sizes were compared.
        nodes_compared: Nodes whose retained sizes were compared.
        nodes_as_is: Those with the same retained size by our own rules.
        nodes_by_rule: Those that would not have the peer's if one of its rules were left
            out, by rule; empty unless asked for.
        classes_compared: Classes whose retained sizes were compared.
        classes_as_is: Those where ours, of all members together and by our own rules,
            is within a hundredth of the peer's.
        unexplained: Every difference that no rule accounts for.

    """

    peer: str
    node_count: int
    edge_count: int
    class_count: int
    nodes_compared: int
    nodes_as_is: int
    nodes_by_rule: Mapping[Rule, int]
    classes_compared: int
    classes_as_is: int
    unexplained: tuple[str, ...]


def compare(
    snapshot: HeapSnapshot,
    peer: str,
    heap: PeerHeap,
    *,
    nodes: int = 200,
    classes: int = 30,
    try_rules: bool = False,
) -> Agreement:
    """Compare counts, classes and retained sizes.

    Args:
        snapshot: Our reading.
        peer: Whose rules to apply.
        heap: The peer's reading.
        nodes: Nodes to compare: half of them those that retain most, half from anywhere.
        classes: Classes to compare: those that retain most.
        try_rules: Whether to count what each of the peer's rules accounts for.

    """
    by_rule = with_rules(snapshot, RULES_OF[peer])
    ordinals = _sample(heap, nodes)
    theirs = heap.retained_size_bytes[ordinals]
    ours = _retained_sizes(HeapGraph(snapshot), ordinals)
    largest = sorted(
        range(len(heap.classes)), key=lambda i: -heap.classes[i].retained_size_bytes
    )[:classes]
    held = [_class_retained(snapshot, by_rule, heap, number) for number in largest]
    return Agreement(
        peer=peer,
        node_count=snapshot.node_count,
        edge_count=len(snapshot.edges.to_node),
        class_count=len(heap.classes),
        nodes_compared=len(ordinals),
        nodes_as_is=int((ours == theirs).sum()),
        nodes_by_rule=_needs(snapshot, peer, ordinals, heap) if try_rules else {},
        classes_compared=len(held),
        classes_as_is=sum(h.is_same_as_is for h in held),
        unexplained=(
            *_different_counts(snapshot, heap),
            *_different_classes(snapshot, by_rule, peer, heap),
            *_different_nodes(snapshot, by_rule, ordinals, heap),
            *(problem for h in held for problem in h.problems),
        ),
    )


def _sample(heap: PeerHeap, count: int) -> NDArray[np.int64]:
    # Not the root: peers count for it what it does not lead to.
    largest = np.argsort(-heap.retained_size_bytes, kind="stable")[1 : count // 2 + 1]
    step = max(1, heap.node_count // (count // 2))
    return np.union1d(largest, np.arange(step // 2 + 1, heap.node_count, step))


def _retained_sizes(graph: HeapGraph, ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.array(
        [retained_size_bytes(graph, np.array([ordinal])) for ordinal in ordinals]
    )


def _needs(
    snapshot: HeapSnapshot,
    peer: str,
    ordinals: NDArray[np.int64],
    heap: PeerHeap,
) -> dict[Rule, int]:
    theirs = heap.retained_size_bytes[ordinals]
    needs = {}
    for rule in RULES_OF[peer]:
        without = with_rules(snapshot, RULES_OF[peer] - {rule})
        needs[rule] = int((_retained_sizes(without, ordinals) != theirs).sum())
    return needs


def _different_counts(snapshot: HeapSnapshot, heap: PeerHeap) -> Iterator[str]:
    for what, ours, theirs in (
        ("nodes", snapshot.node_count, heap.node_count),
        ("edges", len(snapshot.edges.to_node), heap.edge_count),
        (
            "bytes",
            int(snapshot.nodes.self_size_bytes.sum()),
            int(heap.self_size_bytes.sum()),
        ),
        (
            "bytes below the root",
            int(snapshot.nodes.self_size_bytes.sum()),
            int(heap.retained_size_bytes[ROOT]),
        ),
    ):
        if ours != theirs:
            yield f"{what}: ours {ours:,}, theirs {theirs:,}"


def _different_classes(
    snapshot: HeapSnapshot, by_rule: HeapGraph, peer: str, heap: PeerHeap
) -> Iterator[str]:
    sizes = by_rule.snapshot.nodes.self_size_bytes
    ours: dict[str, tuple[int, int]] = {}
    number_of_name, of_node = _our_classes(snapshot, peer)
    # DevTools has no class for what has no size.
    counted = heap.class_of_node >= 0
    for name, number in number_of_name.items():
        members = counted & (of_node == number)
        ours[name] = int(members.sum()), int(sizes[members].sum())
    theirs: dict[str, tuple[int, int]] = {}
    for row in heap.classes:
        # DevTools names plain objects by their properties; both mark native objects that
        # the page, or Node.js, has let go of.
        is_shape = peer == "devtools" and row.name.startswith("{")
        name = "Object" if is_shape else row.name.removeprefix("Detached ")
        count, size = theirs.get(name, (0, 0))
        theirs[name] = count + row.count, size + row.self_size_bytes
    for name in sorted({*ours, *theirs}):
        our, their = ours.get(name, (0, 0)), theirs.get(name, (0, 0))
        if our != their:
            yield f"class {name!r}: ours {our}, theirs {their} (objects, bytes)"


def _our_classes(
    snapshot: HeapSnapshot, peer: str
) -> tuple[dict[str, int], NDArray[np.int64]]:
    nodes, schema = snapshot.nodes, snapshot.schema
    is_named = np.isin(nodes.type, [schema.node_type_code(t) for t in _NAMED_TYPES])
    key = np.where(is_named, nodes.name.astype(np.int64), -1 - nodes.type.astype(int))
    keys, of_node = np.unique(key, return_inverse=True)
    names = [
        snapshot.strings[k]
        if k >= 0
        else _CLASS_OF_TYPE[peer].get(t := schema.node_types[-1 - k], f"({t})")
        for k in keys.tolist()
    ]
    number_of_name: dict[str, int] = {}
    numbers = [number_of_name.setdefault(name, len(number_of_name)) for name in names]
    return number_of_name, np.array(numbers)[of_node]


def _different_nodes(
    snapshot: HeapSnapshot,
    by_rule: HeapGraph,
    ordinals: NDArray[np.int64],
    heap: PeerHeap,
) -> Iterator[str]:
    ours = _retained_sizes(by_rule, ordinals)
    for ordinal, our in zip(ordinals.tolist(), ours.tolist(), strict=True):
        their = int(heap.retained_size_bytes[ordinal])
        if our != their:
            name = f"{snapshot.name(ordinal)[:40]!r} @{snapshot.nodes.id[ordinal]}"
            yield f"node {name} retains: ours {our:,}, theirs {their:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _ClassRetained:
    is_same_as_is: bool
    problems: tuple[str, ...]


def _class_retained(
    snapshot: HeapSnapshot, by_rule: HeapGraph, heap: PeerHeap, number: int
) -> _ClassRetained:
    row = heap.classes[number]
    members = heap.class_of_node == number
    sizes = by_rule.snapshot.nodes.self_size_bytes
    retained = retained_by(by_rule, members)
    dominated = _dominated_by_one(heap.dominator, members)
    problems = []
    if int(sizes[dominated].sum()) != row.retained_size_bytes:
        problems.append(
            f"class {row.name!r}: its members dominate {int(sizes[dominated].sum()):,}"
            f" bytes, theirs {row.retained_size_bytes:,}"
        )
    if (dominated & ~retained).any():
        count = int((dominated & ~retained).sum())
        problems.append(f"class {row.name!r}: {count:,} dominated nodes not retained")
    own = retained_size_bytes(HeapGraph(snapshot), members)
    return _ClassRetained(
        is_same_as_is=abs(own - row.retained_size_bytes)
        <= row.retained_size_bytes / 100,
        problems=tuple(problems),
    )


def _dominated_by_one(
    dominator: NDArray[np.int64], members: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell for each node whether it is a member or has one among its dominators."""
    found, above = members.copy(), dominator
    while True:
        found |= found[above]
        if (above == ROOT).all():
            return found
        above = above[above]
