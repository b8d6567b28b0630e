"""Where the app defines what was added: a listener, a timer's callback, a class."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.kinds import MODULE_CLASSES
from pytest_nodeleak.heap.labels import bound_function, nodes_named
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.sources import ScriptTable, SourcePosition
from pytest_nodeleak.heap.v8_names import GENERATOR, NODES_LINKS

__all__ = ["find_timer", "first_function", "first_module"]

_LOOKED_AT = 8
# Where a Timeout and an EventTarget's Listener keep the function; a list of timers is
# looked into.
_CALLBACK_PROPERTIES = ("_onTimeout", "callback", "listener")
_FIRST_TIMER = NODES_LINKS[0]
# Where a module keeps its address.
_MODULE_PROPERTIES = ("url", "filename")


def find_timer(tree: PathTree, members: NDArray[np.int64]) -> int | None:
    """Return the object id of one of the timers among some nodes."""
    snapshot = tree.graph.snapshot
    timers = nodes_named(snapshot, members, {"Timeout"})
    objects = snapshot.schema.node_type_code("object")
    timers = timers[snapshot.nodes.type[timers] == objects]
    return int(snapshot.nodes.id[timers[0]]) if len(timers) else None


def first_function(
    tree: PathTree,
    scripts: ScriptTable,
    entries: NDArray[np.int64],
    members: NDArray[np.int64],
) -> tuple[SourcePosition, str] | None:
    """Return where the app defines a function, or class, among the entries, and its name.

    Of an entry that keeps a callback, the callback counts. Where all entries are Node's
    own, it is the async function that waits for one of them.

    Args:
        tree: Paths of the snapshot they are in.
        scripts: Source positions of the same snapshot.
        entries: What hangs directly on the holder.
        members: All it holds.

    """
    snapshot = tree.graph.snapshot
    strings = snapshot.schema.node_type_code("string")
    tellers = entries[snapshot.nodes.type[entries] != strings][:_LOOKED_AT]
    waiting = nodes_named(snapshot, members, {GENERATOR})[:_LOOKED_AT]
    for ordinal in (*tellers.tolist(), *waiting.tolist()):
        for candidate in (ordinal, *_callbacks(tree, ordinal)):
            position = scripts.position_of(candidate)
            if position is not None and not position.is_node_internal:
                return position, snapshot.name(_function_of(tree, candidate))
    return None


def first_module(tree: PathTree, members: NDArray[np.int64]) -> SourcePosition | None:
    """Return the file of a module among some nodes."""
    modules = nodes_named(tree.graph.snapshot, members, MODULE_CLASSES)
    addresses = (_module_address(tree, ordinal) for ordinal in modules.tolist())
    address = next(filter(None, addresses), None)
    return None if address is None else SourcePosition(script=address)


def _function_of(tree: PathTree, ordinal: int) -> int:
    """Return the function that a suspended one runs, else the node itself."""
    function = tree.graph.child(ordinal, "function", edge_type="internal")
    return ordinal if function is None else function


def _callbacks(tree: PathTree, ordinal: int) -> Iterator[int]:
    timer = tree.graph.child(ordinal, _FIRST_TIMER)
    keepers = [ordinal] if timer is None else [ordinal, timer]
    for keeper in keepers:
        for name in _CALLBACK_PROPERTIES:
            callback = tree.graph.child(keeper, name)
            if callback is not None:
                yield callback
                yield bound_function(tree.graph, callback)
    if tree.graph.snapshot.type_name(ordinal) == "closure":
        yield bound_function(tree.graph, ordinal)


def _module_address(tree: PathTree, ordinal: int) -> str | None:
    """Return the file of a module, without the query that made it another one."""
    snapshot = tree.graph.snapshot
    for name in _MODULE_PROPERTIES:
        address = tree.graph.child(ordinal, name, edge_type="property")
        if address is not None:
            return snapshot.name(address).partition("?")[0]
    return None
