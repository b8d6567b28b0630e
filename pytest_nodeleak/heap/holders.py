"""Naming a holder: its variable, its class, its place in the source, the path to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.sources import ScriptTable, SourcePosition

__all__ = ["Holder", "PathStep", "name_holder"]

_CONTEXT = "system / Context"
# Steps a programmer never wrote.
_SILENT_TYPES = {"synthetic", "hidden", "array", "code", "object shape"}
_SYMBOL = re.compile(r"<symbol (.*)>")
# From a native handle to the object that owns it: what comes before is Node's plumbing.
_PLUMBING_END = {"<symbol owner_symbol>"}
# From a bound function to the object it was bound to.
_BOUND_THIS = "bound_this"
# Where an EventTarget keeps its listeners, by type: the target is who a reader knows.
_TARGET_EVENTS = "[kEvents]"
_GLOBAL = re.compile(r"global( / .*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """One step of a retaining path.

    Attributes:
        text: A variable, a property chain or a function's name.
        function: Where the function is defined, if the step is one.
        variable: The variable the step starts with, if it was captured by a function.

    """

    text: str
    function: SourcePosition | None = None
    variable: str | None = None


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
    tree: PathTree, scripts: ScriptTable, ordinal: int, *, variable: str | None = None
) -> Holder:
    """Describe the holder at ``ordinal`` by the path that leads to it.

    Args:
        tree: Paths of the snapshot it is in.
        scripts: Source positions of the same snapshot.
        ordinal: The holder.
        variable: For a function's scope, the variable of it that is meant.

    """
    snapshot = tree.graph.snapshot
    path = tree.path_to(ordinal)
    steps = _describe(tree, scripts, path)
    if variable is not None:
        steps = (*steps, PathStep(text=variable, variable=variable))
    class_name = snapshot.name(ordinal)
    if steps and steps[-1].text.endswith(_TARGET_EVENTS):
        class_name = _target_class(tree, path) or class_name
        text = steps[-1].text.removesuffix(_TARGET_EVENTS)
        steps = (*steps[:-1], replace(steps[-1], text=text))
    last = steps[-1] if steps else None
    is_unnamed_scope = class_name == _CONTEXT and variable is None
    if last is None or is_unnamed_scope or last.function is not None:
        name = _fallback_name(tree, steps, ordinal)
        variable = None
    else:
        name, variable = last.text, last.variable
    return Holder(
        heap_id=int(snapshot.nodes.id[ordinal]),
        owner_id=_owner_id(tree, path),
        name=name,
        variable=variable,
        class_name="Context" if class_name == _CONTEXT else class_name,
        near=_nearest_position(scripts, _path_to_variable(tree, path, variable)),
        steps=steps,
        is_root=snapshot.type_name(ordinal) == "synthetic",
    )


def _target_class(tree: PathTree, path: tuple[int, ...]) -> str | None:
    """Return the class of the EventTarget whose listeners a path ends in."""
    for child, parent in zip(path[:0:-1], path[-2::-1], strict=True):
        edge = int(tree.parent_edge[child])
        if _suffix("property", str(tree.graph.edge_name(edge))) == _TARGET_EVENTS:
            return tree.graph.snapshot.name(parent)
    return None


def _describe(
    tree: PathTree, scripts: ScriptTable, path: tuple[int, ...]
) -> tuple[PathStep, ...]:
    snapshot = tree.graph.snapshot
    steps: list[PathStep] = []
    is_variables_function = False
    for ordinal in path[_start_of_meaning(tree, path) :]:
        kind, name = snapshot.type_name(ordinal), snapshot.name(ordinal)
        edge = int(tree.parent_edge[ordinal])
        edge_type = tree.graph.edge_type_name(edge) if edge >= 0 else ""
        edge_name = str(tree.graph.edge_name(edge)) if edge >= 0 else ""
        is_start = not steps and kind not in _SILENT_TYPES and name != _CONTEXT
        if is_start or edge_name == _BOUND_THIS:
            if kind != "closure":
                steps.append(PathStep(text=_class_text(name)))
        elif edge_type == "context":
            steps.append(PathStep(text=edge_name, variable=edge_name))
        elif steps and (suffix := _suffix(edge_type, edge_name)):
            if is_variables_function:
                # Its property belongs to the variable that a reader knows it by.
                steps.pop()
            steps[-1] = _extended(steps[-1], suffix)
        if kind == "closure":
            steps.append(_function_step(scripts, ordinal, name))
        is_variables_function = kind == "closure" and edge_type == "context"
    return tuple(steps)


def _start_of_meaning(tree: PathTree, path: tuple[int, ...]) -> int:
    start = 0
    for position, ordinal in enumerate(path):
        edge = int(tree.parent_edge[ordinal])
        if edge >= 0 and tree.graph.edge_name(edge) in _PLUMBING_END:
            start = position
        elif tree.graph.snapshot.type_name(ordinal) == "synthetic":
            start = position + 1
    return start


def _class_text(name: str) -> str:
    return "global" if _GLOBAL.fullmatch(name) else name


def _suffix(edge_type: str, edge_name: str) -> str:
    if edge_type == "element":
        return "[]"
    if edge_type != "property":
        return ""
    symbol = _SYMBOL.fullmatch(edge_name)
    return f"[{symbol[1]}]" if symbol else f".{edge_name}"


def _extended(step: PathStep, suffix: str) -> PathStep:
    """Add a property; a property of a function object is no longer the function."""
    variable = None if step.function is not None else step.variable
    return PathStep(text=step.text + suffix, variable=variable)


def _function_step(scripts: ScriptTable, ordinal: int, name: str) -> PathStep:
    position = scripts.position_of(ordinal)
    return PathStep(text=name or "(anonymous)", function=position)


def _fallback_name(tree: PathTree, steps: tuple[PathStep, ...], ordinal: int) -> str:
    snapshot = tree.graph.snapshot
    if snapshot.name(ordinal) == _CONTEXT and steps:
        return f"variables around {steps[-1].text}"
    if steps:
        return steps[-1].text
    return snapshot.name(ordinal) or "roots"


def _owner_id(tree: PathTree, path: tuple[int, ...]) -> int | None:
    """Return the nearest object before the holder that has it as a property."""
    snapshot = tree.graph.snapshot
    for child, parent in zip(path[:0:-1], path[-2::-1], strict=True):
        edge_type = tree.graph.edge_type_name(int(tree.parent_edge[child]))
        if edge_type == "context" or snapshot.name(parent) == _CONTEXT:
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


def _nearest_position(
    scripts: ScriptTable, path: tuple[int, ...]
) -> SourcePosition | None:
    """Return the last position on the path outside Node itself, else the last one."""
    internal = None
    for ordinal in reversed(path):
        position = scripts.position_of(ordinal)
        if position is None:
            continue
        if not position.is_node_internal:
            return position
        internal = internal or position
    return internal
