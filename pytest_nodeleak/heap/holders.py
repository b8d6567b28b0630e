"""Naming a holder: its variable, its class, its place in the source, the path to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pytest_nodeleak.heap.labels import short_label
from pytest_nodeleak.heap.path_step import PathStep
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.sources import ScriptTable, SourcePosition
from pytest_nodeleak.heap.steps import (
    describe_path,
    nearest_position,
    suffix_of,
)
from pytest_nodeleak.heap.v8_names import SCOPE

__all__ = ["Holder", "name_holder"]

# Where an EventTarget keeps its listeners, by type: the target is who a reader knows.
_TARGET_EVENTS = re.compile(r"\[kEvents\](\[\])?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The object something piles up under.

    Attributes:
        heap_id: Its id in snapshots.
        owner_id: The id of the object it is a property of, if it is one.
        name: Variable and properties that lead to it, e.g. ``"userLoader._cacheMap"``.
        variable: The first part of ``name`` if it is a captured variable.
        class_name: Its constructor, e.g. ``"Map"``.
        near: The function that captured ``variable``; where there is none, the function
            or class on its path that is nearest to it.
        steps: The path from the roots.
        is_root: Whether it is one of V8's roots, which no variable leads to.

    """

    heap_id: int
    owner_id: int | None
    name: str
    variable: str | None
    class_name: str
    near: SourcePosition | None
    steps: tuple[PathStep, ...]
    is_root: bool = False


def name_holder(
    tree: PathTree, scripts: ScriptTable, ordinal: int, *, grown: int | None = None
) -> Holder:
    """Describe the holder at ``ordinal`` by the path that leads to it.

    Args:
        tree: Paths of the snapshot it is in.
        scripts: Source positions of the same snapshot.
        ordinal: The holder.
        grown: The edge from it that all that grows hangs on: a function's scope is named
            by the variable that is meant, and an object by the property whose value is
            replaced by a larger one again and again.

    """
    snapshot = tree.graph.snapshot
    path = tree.path_to(ordinal)
    steps = describe_path(tree, scripts, ordinal)
    class_name = snapshot.name(ordinal)
    is_scope = class_name == SCOPE
    if grown is not None:
        steps = _with_grown(tree, steps, grown)
        class_name = short_label(tree.graph, int(snapshot.edges.to_node[grown]))
    last = steps[-1] if steps else None
    if last is not None and (target := _TARGET_EVENTS.search(last.text)):
        class_name = _target_class(tree, path) or class_name
        last = replace(last, text=last.text[: target.start()])
        steps = (*steps[:-1], last)
    if last is None or (is_scope and grown is None) or last.function is not None:
        name = _fallback_name(tree, steps, ordinal)
        last = None
    else:
        name = last.text
    return Holder(
        heap_id=int(snapshot.nodes.id[ordinal]),
        owner_id=_owner_id(tree, path),
        name=name,
        variable=last.variable if last else None,
        class_name="Context" if class_name == SCOPE else class_name,
        near=_home(tree, scripts, path, last),
        steps=steps,
        is_root=snapshot.type_name(ordinal) == "synthetic",
    )


def _with_grown(
    tree: PathTree, steps: tuple[PathStep, ...], edge: int
) -> tuple[PathStep, ...]:
    """Add the step over an edge from the holder."""
    edge_type, edge_name = tree.graph.edge_type_name(edge), tree.graph.edge_name(edge)
    if edge_type == "context":
        return (*steps, PathStep(text=str(edge_name), variable=str(edge_name)))
    if not steps:
        return steps
    text = steps[-1].text + suffix_of(edge_type, str(edge_name))
    return (*steps[:-1], replace(steps[-1], text=text, function=None))


def _home(
    tree: PathTree, scripts: ScriptTable, path: tuple[int, ...], last: PathStep | None
) -> SourcePosition | None:
    if last is not None and last.home is not None:
        return last.home
    variable = last.variable if last else None
    return nearest_position(scripts, _path_to_variable(tree, path, variable))


def _target_class(tree: PathTree, path: tuple[int, ...]) -> str | None:
    """Return the class of the EventTarget whose listeners a path ends in."""
    names = [tree.graph.snapshot.name(ordinal) for ordinal in path]
    for position in range(len(path) - 1, 1, -1):
        edge = int(tree.parent_edge[path[position]])
        if suffix_of("property", str(tree.graph.edge_name(edge))) == "[kEvents]":
            # To Node 20 a signal is what its base class is.
            is_signal = names[position - 2] == "AbortController"
            return "AbortSignal" if is_signal else names[position - 1]
    return None


def _fallback_name(tree: PathTree, steps: tuple[PathStep, ...], ordinal: int) -> str:
    snapshot = tree.graph.snapshot
    if snapshot.name(ordinal) == SCOPE and steps:
        return f"variables around {steps[-1].text}"
    if steps:
        return steps[-1].text
    return snapshot.name(ordinal) or "roots"


def _owner_id(tree: PathTree, path: tuple[int, ...]) -> int | None:
    """Return the nearest object before the holder that has it as a property."""
    snapshot = tree.graph.snapshot
    for child, parent in zip(path[:0:-1], path[-2::-1], strict=True):
        edge_type = tree.graph.edge_type_name(int(tree.parent_edge[child]))
        if edge_type == "context" or snapshot.name(parent) == SCOPE:
            return None
        if edge_type == "property" and snapshot.type_name(parent) == "object":
            return int(snapshot.nodes.id[parent])
    return None


def _path_to_variable(
    tree: PathTree, path: tuple[int, ...], variable: str | None
) -> tuple[int, ...]:
    """Cut a path before the variable, which is declared by whoever captured it.

    What comes after it, such as the class of the variable's value, may be a package's.
    """
    if variable is not None:
        for position in range(len(path) - 1, 0, -1):
            edge = int(tree.parent_edge[path[position]])
            if tree.graph.edge_type_name(edge) == "context":
                is_own = tree.graph.edge_name(edge) == variable
                return path[:position] if is_own else path
    return path
