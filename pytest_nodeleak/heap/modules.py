"""Modules and their variables, as Node.js keeps them: where a path starts for a reader."""

from __future__ import annotations

import re

import numpy as np

from pytest_nodeleak.heap.path_step import DEFAULT_EXPORT, PathStep
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.sources import SourcePosition
from pytest_nodeleak.heap.v8_names import CELL

__all__ = ["first_step"]

_GLOBAL = re.compile(r"global( / .*| \(global\))?")
_MODULE_WRAP = "ModuleWrap"
# What CommonJS calls the object that `exports` belongs to.
_COMMONJS_MODULE = "Module"


def first_step(tree: PathTree, ordinal: int) -> PathStep | None:
    """Return the first step where all before it is how Node finds a module.

    Returns:
        None if the node is neither a module, nor a variable of one, nor the global
        object.

    """
    snapshot = tree.graph.snapshot
    name, is_object = snapshot.name(ordinal), snapshot.type_name(ordinal) == "object"
    if name == _COMMONJS_MODULE and is_object:
        address = _text_of(tree, ordinal, "filename")
        if address is None:
            return None
        home = SourcePosition(script=address)
        return PathStep(text="module", variable="module", home=home)
    if name == CELL:
        return _exported_variable(tree, ordinal)
    if is_object and _GLOBAL.fullmatch(name):
        # However it is reached, a global needs no other name.
        return PathStep(text="global")
    return None


def _exported_variable(tree: PathTree, cell: int) -> PathStep | None:
    """Return the variable that a cell of an ECMAScript module stands for."""
    snapshot, graph = tree.graph.snapshot, tree.graph
    # Who imports it has the cell as well, without a name.
    into = np.flatnonzero(snapshot.edges.to_node == cell)
    tables = graph.sources_of(into).tolist()
    for edge, table in zip(into.tolist(), tables, strict=True):
        index = str(graph.edge_name(edge))
        if not index.isdigit() or tree.parent[table] < 0:
            continue
        # A hash table: each name comes right before its cell.
        name = graph.child(table, str(int(index) - 1), edge_type="internal")
        if name is None or snapshot.type_name(name) != "string":
            continue
        text = snapshot.name(name)
        home = _module_home(tree, table)
        shown = DEFAULT_EXPORT if text == "default" else text
        return PathStep(text=shown, variable=text, home=home)
    return None


def _module_home(tree: PathTree, ordinal: int) -> SourcePosition | None:
    """Return the file of the ECMAScript module that a node belongs to."""
    for above in reversed(tree.path_to(ordinal)):
        if tree.graph.snapshot.name(above) == _MODULE_WRAP:
            address = _text_of(tree, above, "url")
            # A query makes a module another one, in the same file.
            script = address.partition("?")[0] if address else ""
            return SourcePosition(script=script) if script else None
    return None


def _text_of(tree: PathTree, ordinal: int, name: str) -> str | None:
    value = tree.graph.child(ordinal, name, edge_type="property")
    if value is None or tree.graph.snapshot.type_name(value) == "hidden":
        return None
    return tree.graph.snapshot.name(value)
