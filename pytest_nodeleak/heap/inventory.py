"""What is in a heap: totals, and who keeps most of it there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.duplicates import Duplicates, find_duplicates
from pytest_nodeleak.heap.held import held_size_bytes
from pytest_nodeleak.heap.holders import Holder, name_holder
from pytest_nodeleak.heap.labels import short_label
from pytest_nodeleak.heap.owners import held_by_script, nearest_functions
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.retained import retained_size_bytes
from pytest_nodeleak.heap.scopes import Scope, count_contexts, find_largest_scopes
from pytest_nodeleak.heap.sources import ScriptTable
from pytest_nodeleak.heap.v8_names import SCOPE

__all__ = ["BigObject", "Group", "Inventory", "take_inventory"]

# What is shown of each list, but of the scripts, which cost nothing.
_MOST_GROUPS = 10
_MOST_OBJECTS = 10
_MOST_STRINGS = 10
_MOST_SCOPES = 5
# Retained sizes decide among so many candidates for each object that is wanted.
_CANDIDATES_PER_OBJECT = 1.5
# An object is passed over for what it hands nearly all it holds on to.
_HANDED_ON_SHARE = 0.9
_OBJECT_TYPES = ("object", "wasm object", "native")
# These belong to V8, and are in the totals by type.
_NO_CLASS_TYPES = ("hidden", "code", "object shape", "synthetic")
_NO_OBJECT_TYPES = (*_NO_CLASS_TYPES, "array", "native")
_NAMED_BY_CLASS = ("object", "wasm object")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Nodes of one type, or objects of one class.

    Attributes:
        name: The type or class.
        nodes: How many there are.
        size_bytes: Their self sizes.
        retained_bytes: What would go with them; None where that was not computed.

    """

    name: str
    nodes: int
    size_bytes: int
    retained_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BigObject:
    """One object with what it keeps.

    Attributes:
        holder: What it is called, and where it is.
        size_bytes: Its own size.
        retained_bytes: What would go with it.

    """

    holder: Holder
    size_bytes: int
    retained_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What is in a heap.

    Attributes:
        nodes: How many there are.
        edges: How many there are.
        size_bytes: All self sizes.
        external_bytes: The part of them outside the V8 heap.
        unreachable_bytes: The part nothing keeps; gone by the next collection.
        contexts: JavaScript contexts; more than one with ``node:vm`` only.
        types: All nodes by type, the most bytes first.
        classes: The classes whose objects retain most.
        scripts: Bytes by the script whose functions they hang on; None for no script.
        duplicates: Strings that are there several times.
        scopes: The variables of functions that retain most.
        objects: The objects that retain most.

    """

    nodes: int
    edges: int
    size_bytes: int
    external_bytes: int
    unreachable_bytes: int
    contexts: int
    types: tuple[Group, ...]
    classes: tuple[Group, ...]
    scripts: dict[str | None, int]
    duplicates: Duplicates
    scopes: tuple[Scope, ...]
    objects: tuple[BigObject, ...]


def take_inventory(tree: PathTree) -> Inventory:
    """Take stock of a snapshot.

    Costs some thirty searches through the heap, for retained sizes; what they are
    computed for is chosen by what hangs on each object's path, which is never less.
    """
    snapshot = tree.graph.snapshot
    sizes = snapshot.nodes.self_size_bytes
    held, functions = held_size_bytes(tree), nearest_functions(tree)
    types = _group(snapshot.nodes.type, snapshot.schema.node_types, sizes)
    native = snapshot.nodes.type == snapshot.schema.node_type_code("native")
    return Inventory(
        nodes=snapshot.node_count,
        edges=len(snapshot.edges.type),
        size_bytes=int(sizes.sum()),
        external_bytes=int(sizes[native].sum()),
        unreachable_bytes=int(sizes[~tree.is_reached].sum()),
        contexts=count_contexts(tree),
        types=types,
        classes=_largest_classes(tree, held),
        scripts=held_by_script(tree, functions),
        duplicates=find_duplicates(snapshot, most=_MOST_STRINGS),
        scopes=find_largest_scopes(tree, held, functions, most=_MOST_SCOPES),
        objects=_largest_objects(tree, held),
    )


def _group(
    keys: NDArray[np.integer], names: Sequence[str], sizes: NDArray[np.int64]
) -> tuple[Group, ...]:
    used, position, count = np.unique(keys, return_inverse=True, return_counts=True)
    sums = np.bincount(position.ravel(), weights=sizes, minlength=len(used))
    groups = [
        Group(name=names[key], nodes=int(nodes), size_bytes=int(size_bytes))
        for key, nodes, size_bytes in zip(used.tolist(), count, sums, strict=True)
    ]
    return tuple(sorted(groups, key=lambda group: -group.size_bytes))


def _largest_classes(tree: PathTree, held: NDArray[np.int64]) -> tuple[Group, ...]:
    snapshot, graph = tree.graph.snapshot, tree.graph
    keys, names = _classes(tree)
    sizes = snapshot.nodes.self_size_bytes
    counts = keys >= 0
    # A list of one class is held by its first member alone.
    is_first = counts & tree.is_reached & (keys != keys[tree.parent])
    weight = np.bincount(keys[is_first], weights=held[is_first], minlength=len(names))
    groups = []
    for key in np.argsort(-weight, kind="stable")[:_MOST_GROUPS].tolist():
        members = np.flatnonzero(keys == key)
        if len(members):
            groups.append(
                Group(
                    name=names[key],
                    nodes=len(members),
                    size_bytes=int(sizes[members].sum()),
                    retained_bytes=retained_size_bytes(graph, members),
                )
            )
    return tuple(sorted(groups, key=lambda group: -(group.retained_bytes or 0)))


def _classes(tree: PathTree) -> tuple[NDArray[np.int64], list[str]]:
    """Return a number for each node's class, -1 for none, and the classes' names."""
    snapshot = tree.graph.snapshot
    types, schema = snapshot.nodes.type, snapshot.schema
    is_object = np.isin(types, [schema.node_type_code(kind) for kind in _OBJECT_TYPES])
    entries = len(snapshot.strings)
    raw = np.where(is_object, snapshot.nodes.name, entries + types.astype(np.int64))
    used, keys = np.unique(raw, return_inverse=True)
    keys = keys.ravel().astype(np.int64)
    names = [
        snapshot.strings[one]
        if one < entries
        else f"({schema.node_types[one - entries]})"
        for one in used.tolist()
    ]
    no_class = [schema.node_type_code(kind) for kind in _NO_CLASS_TYPES]
    keys[np.isin(types, no_class)] = -1
    return keys, ["Context" if name == SCOPE else name for name in names]


def _largest_objects(tree: PathTree, held: NDArray[np.int64]) -> tuple[BigObject, ...]:
    snapshot = tree.graph.snapshot
    candidates = _that_fan_out(tree, held)[
        : round(_MOST_OBJECTS * _CANDIDATES_PER_OBJECT)
    ]
    scripts = ScriptTable(tree.graph)
    found = [
        BigObject(
            holder=_named(tree, scripts, ordinal),
            size_bytes=int(snapshot.nodes.self_size_bytes[ordinal]),
            retained_bytes=retained_size_bytes(tree.graph, np.array([ordinal])),
        )
        for ordinal in candidates.tolist()
    ]
    found.sort(key=lambda one: -one.retained_bytes)
    return tuple(found[:_MOST_OBJECTS])


def _named(tree: PathTree, scripts: ScriptTable, ordinal: int) -> Holder:
    """Name an object; of a string or a regular expression the name is its content."""
    snapshot = tree.graph.snapshot
    holder = name_holder(tree, scripts, ordinal)
    if snapshot.type_name(ordinal) in _NAMED_BY_CLASS:
        return holder
    label = short_label(tree.graph, ordinal)
    if snapshot.type_name(ordinal) == "closure":
        return replace(holder, class_name="function")
    name = label if holder.name == snapshot.name(ordinal) else holder.name
    return replace(holder, class_name=label, name=name)


def _that_fan_out(tree: PathTree, held: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the objects that hold most and do not hand nearly all of it on to another.

    A module's exports, the one object in them and its one Map hold the same; the Map is
    the answer.
    """
    snapshot, schema = tree.graph.snapshot, tree.graph.snapshot.schema
    excluded = [schema.node_type_code(kind) for kind in _NO_OBJECT_TYPES]
    is_object = tree.is_reached & ~np.isin(snapshot.nodes.type, excluded)
    ordinals = np.flatnonzero(is_object)
    nameable = tree.nearest_nameable()
    owner = nameable[tree.parent[ordinals]]
    largest_below = np.zeros(snapshot.node_count, np.int64)
    np.maximum.at(largest_below, owner, np.where(owner == ordinals, 0, held[ordinals]))
    fans_out = largest_below[ordinals] < _HANDED_ON_SHARE * held[ordinals]
    found = ordinals[fans_out]
    order: NDArray[np.int64] = found[np.argsort(-held[found], kind="stable")]
    return order
