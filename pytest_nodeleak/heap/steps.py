"""A path from the roots to an object, in the words of the program it runs through."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pytest_nodeleak.heap.modules import first_step
from pytest_nodeleak.heap.path_step import PathStep
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.sources import ScriptTable, SourcePosition, package_of
from pytest_nodeleak.heap.v8_names import INTERNAL_TYPES, SCOPE, TABLE

__all__ = [
    "describe_path",
    "nearest_position",
    "suffix_of",
]

# Steps a programmer never wrote.
_SILENT_TYPES = {"synthetic", *INTERNAL_TYPES}
_SYMBOL = re.compile(r"<symbol (.*)>")
# From a native handle to the object that owns it: what comes before is Node's plumbing.
_PLUMBING_END = {"<symbol owner_symbol>"}
# From a bound function to the object it was bound to.
_BOUND_THIS = "bound_this"
# From the key of a WeakMap to its value; the key alone keeps the value alive.
_FROM_KEY = re.compile(r"part of key .*\(table @(\d+)\)\Z", re.DOTALL)
_CONTROLLER = "AbortController"
# To Node 20 a signal is what its base class is.
_SIGNALS = {"AbortSignal", "EventTarget"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reached:
    """A node of a path and the edge that leads to it; names are empty at the root."""

    ordinal: int
    kind: str
    name: str
    edge_type: str
    edge_name: str
    is_in_table: bool
    parent_name: str


def describe_path(
    tree: PathTree, scripts: ScriptTable, ordinal: int, *, through_weak: bool = True
) -> tuple[PathStep, ...]:
    """Return the steps from the roots to a node.

    Args:
        tree: Paths of the snapshot it is in.
        scripts: Source positions of the same snapshot.
        ordinal: The node.
        through_weak: Whether to name the WeakMaps on the way. A WeakMap that is kept by
            a value of its own has no other name.

    """
    description = _Description(tree, scripts, through_weak=through_weak)
    for at in _reached(tree, tree.path_to(ordinal)):
        description.go_to(at)
    return tuple(description.steps)


class _Description:
    """The steps of a path as far as it has been followed."""

    def __init__(
        self, tree: PathTree, scripts: ScriptTable, *, through_weak: bool
    ) -> None:
        self.steps: list[PathStep] = []
        self._tree = tree
        self._scripts = scripts
        self._through_weak = through_weak
        self._is_variables_function = False

    def go_to(self, at: _Reached) -> None:
        """Follow the path to its next node."""
        if restart := first_step(self._tree, at.ordinal):
            self.steps = [restart]
            self._is_variables_function = False
            return
        self._follow_edge(at)
        self._prefer_class(at)
        is_function = at.kind == "closure"
        if is_function and (step := _function_step(self._scripts, at, self.steps)):
            self.steps.append(step)
        is_variable = at.edge_type == "context" and len(self.steps) > 1
        self._is_variables_function = is_function and is_variable

    def _prefer_class(self, at: _Reached) -> None:
        """Start again at an object of the app's that only a package has a variable for.

        A framework that makes the app's objects calls them all ``instance``.
        """
        if at.kind != "object" or not self._is_named_by_package():
            return
        home = self._scripts.position_of(at.ordinal)
        if home is None or home.is_node_internal or package_of(home.script):
            return
        self.steps.append(PathStep(text=at.name, home=home))

    def _is_named_by_package(self) -> bool:
        """Tell whether the last step is a package's variable, or a class in its place."""
        last = self.steps[-1] if self.steps else None
        if last is None or last.function is not None:
            return False
        if last.variable is None:
            # Only a class that was preferred has a home of its own.
            return last.home is not None
        home = last.home or next(
            (step.function for step in reversed(self.steps) if step.function), None
        )
        return home is not None and package_of(home.script) is not None

    def _follow_edge(self, at: _Reached) -> None:
        steps = self.steps
        is_start = not steps and at.kind not in _SILENT_TYPES and at.name != SCOPE
        if is_start or at.edge_name == _BOUND_THIS:
            if at.kind != "closure":
                steps.append(PathStep(text=at.name))
        elif at.edge_type == "context":
            steps.append(PathStep(text=at.edge_name, variable=at.edge_name))
        elif steps and (suffix := _suffix(at)):
            if self._is_variables_function:
                # Its property belongs to the variable that a reader knows it by.
                steps.pop()
            steps[-1] = _extended(steps[-1], suffix)
        elif steps and self._through_weak:
            steps[-1] = _through_weak_map(self._tree, self._scripts, steps[-1], at)


def _reached(tree: PathTree, path: tuple[int, ...]) -> list[_Reached]:
    """Return the path from where it begins to mean something."""
    snapshot, graph = tree.graph.snapshot, tree.graph
    reached: list[_Reached] = []
    was_table = False
    for ordinal in path:
        edge = int(tree.parent_edge[ordinal])
        edge_name = str(graph.edge_name(edge)) if edge >= 0 else ""
        edge_type = graph.edge_type_name(edge) if edge >= 0 else ""
        at = _Reached(
            ordinal=ordinal,
            kind=snapshot.type_name(ordinal),
            name=snapshot.name(ordinal),
            edge_type=edge_type,
            edge_name=edge_name,
            is_in_table=was_table,
            parent_name=reached[-1].name if reached else "",
        )
        was_table = at.kind == "array" and edge_name == TABLE
        if at.kind == "synthetic":
            reached = []
            continue
        if edge_name in _PLUMBING_END:
            reached = []
        reached.append(at)
    return reached


def _suffix(at: _Reached) -> str:
    if at.is_in_table and at.edge_type == "internal":
        return "[]"
    if at.parent_name == _CONTROLLER and at.name in _SIGNALS:
        # A private field, or a symbol, by its public name.
        return ".signal"
    return suffix_of(at.edge_type, at.edge_name)


def suffix_of(edge_type: str, edge_name: str) -> str:
    """Return how a property or an element is written after its object."""
    if edge_type == "element":
        return "[]"
    if edge_type != "property":
        return ""
    symbol = _SYMBOL.fullmatch(edge_name)
    return f"[{symbol[1]}]" if symbol else f".{edge_name}"


def _extended(step: PathStep, suffix: str) -> PathStep:
    """Add a property; a property of a function object is no longer the function."""
    variable = None if step.function is not None else step.variable
    return PathStep(text=step.text + suffix, variable=variable, home=step.home)


def _through_weak_map(
    tree: PathTree, scripts: ScriptTable, key: PathStep, at: _Reached
) -> PathStep:
    """Return the value a WeakMap has for a key, ``state.get(key)``, if this is one.

    Of the two the key is what an app knows; where only a class names it, the WeakMap's
    variable does better.
    """
    match = _FROM_KEY.search(at.edge_name)
    if match is None:
        return key
    table = tree.graph.snapshot.ordinal_of_id(int(match[1]))
    if table is None or tree.parent[table] < 0:
        return key
    weak_map = int(tree.parent[table])
    steps = describe_path(tree, scripts, weak_map, through_weak=False)
    if not steps or steps[-1].variable is None:
        return key
    weak = steps[-1]
    text = f"{weak.text}.get({key.text})"
    if key.variable is not None:
        return replace(key, text=text)
    home = weak.home or nearest_position(scripts, tree.path_to(weak_map))
    return PathStep(text=text, variable=weak.variable, home=home)


def _function_step(
    scripts: ScriptTable, at: _Reached, steps: list[PathStep]
) -> PathStep | None:
    position = scripts.position_of(at.ordinal)
    if steps and position is None and not at.name:
        # V8's own, such as the function that settles a promise.
        return None
    return PathStep(text=at.name or "(anonymous)", function=position)


def nearest_position(
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
