"""What came to a holder in a window: its labels, its entries, their timers and places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.cohort import external_size_bytes
from pytest_nodeleak.heap.folding import Growing
from pytest_nodeleak.heap.kinds import MODULE_CLASSES
from pytest_nodeleak.heap.labels import count_labels
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.sources import ScriptTable, SourcePosition
from pytest_nodeleak.heap.window import Window

__all__ = [
    "entries_of",
    "find_timer",
    "first_function",
    "first_module",
    "net_entries",
    "net_external_bytes",
    "net_labels",
    "number_of_entries",
    "order_constructors",
]

# Map -> table, dictionary -> elements, array -> elements: never deeper than this.
_BACKING_STORE_DEPTH = 4
_ENTRIES_LOOKED_AT = 8
# Where a Timeout, an EventTarget's Listener and a wrapped listener keep the function; a
# list of timers is looked into.
_CALLBACK_PROPERTIES = ("_onTimeout", "callback", "listener")
_FIRST_TIMER = "_idleNext"
# Where a module keeps its address.
_MODULE_PROPERTIES = ("url", "filename")
# What says little about an app; classes and shapes say more.
_GENERIC_LABELS = {"string", "Object", "Array", "Context", "function", "Promise", "Map"}


def _lost(window: Window, one: Growing) -> NDArray[np.int64]:
    """Return what died under a holder, as ordinals of the earlier snapshot."""
    ids = np.array([one.growth.holder_id, *one.growth.part_ids], np.int64)
    return window.died.member[np.isin(window.died.holder_ids(), ids)]


def net_labels(window: Window, group: Sequence[Growing]) -> Mapping[str, float]:
    """Return what came to some holders beyond what went, by label."""
    members = np.concatenate([one.members for one in group])
    lost = np.concatenate([_lost(window, one) for one in group])
    came = count_labels(window.later.graph, members)
    went = count_labels(window.earlier.graph, lost)
    net = {label: count - went.get(label, 0.0) for label, count in came.items()}
    return {label: count for label, count in net.items() if count > 0}


def net_external_bytes(window: Window, one: Growing) -> int:
    """Return the memory outside the heap that came beyond what went."""
    came = external_size_bytes(window.later, one.members)
    return came - external_size_bytes(window.earlier, _lost(window, one))


def net_entries(
    window: Window, one: Growing, entries: NDArray[np.int64]
) -> Mapping[str, float]:
    """Return how many entries came to the holder, by label, the most frequent first.

    A list hangs on it by its newest link alone; then all of its kind count.
    """
    net = net_labels(window, [one])
    direct = count_labels(window.later.graph, entries)
    own = net.keys() & direct.keys() or net.keys()

    def rank(label: str) -> tuple[int, bool, str]:
        number = min(net[label], direct.get(label, 0.0))
        # Of a key and its value, the value says more.
        return -round(number), label == "string", label

    return {label: net[label] for label in sorted(own, key=rank)}


def number_of_entries(labels: Mapping[str, float]) -> float:
    """Return how many entries there are; of a key and its value only one counts."""
    label = next((name for name in labels if name != "string"), "string")
    return labels.get(label, 0.0)


def entries_of(tree: PathTree, one: Growing) -> NDArray[np.int64]:
    """Return the members with no other member between them and the holder."""
    is_member = np.zeros(tree.graph.snapshot.node_count, np.bool_)
    is_member[one.members] = True
    above = tree.parent[one.members]
    # Backing stores are no members; an entry hangs on the holder through them.
    for _ in range(_BACKING_STORE_DEPTH):
        passes = ~is_member[above] & (above != one.ordinal)
        above = np.where(passes, tree.parent[above], above)
    return one.members[~is_member[above]]


def order_constructors(
    entries: Mapping[str, float], every: Mapping[str, float], requests: int
) -> tuple[tuple[str, float], ...]:
    """Return labels with their numbers per request.

    Those of the entries come first, then those that say something.
    """
    others = [label for label in every if label not in entries]
    order = [*entries, *sorted(others, key=lambda label: label in _GENERIC_LABELS)]
    return tuple((label, every[label] / requests) for label in order if label in every)


def find_timer(tree: PathTree, members: NDArray[np.int64]) -> int | None:
    """Return the object id of one of the timers among some nodes."""
    snapshot = tree.graph.snapshot
    is_timer = [i for i, text in enumerate(snapshot.strings) if text == "Timeout"]
    timers = members[np.isin(snapshot.nodes.name[members], is_timer)]
    objects = snapshot.schema.node_type_code("object")
    timers = timers[snapshot.nodes.type[timers] == objects]
    return int(snapshot.nodes.id[timers[0]]) if len(timers) else None


def first_function(
    tree: PathTree, scripts: ScriptTable, entries: NDArray[np.int64]
) -> tuple[SourcePosition, str] | None:
    """Return where the app defines a function, or class, among the entries, and its name.

    Of an entry that keeps a callback, the callback counts.
    """
    for ordinal in entries[:_ENTRIES_LOOKED_AT].tolist():
        for candidate in (ordinal, *_callbacks(tree, ordinal)):
            position = scripts.position_of(candidate)
            if position is not None and not position.is_node_internal:
                return position, tree.graph.snapshot.name(candidate)
    return None


def first_module(tree: PathTree, members: NDArray[np.int64]) -> SourcePosition | None:
    """Return the file of a module among some nodes."""
    snapshot = tree.graph.snapshot
    is_class = [i for i, text in enumerate(snapshot.strings) if text in MODULE_CLASSES]
    modules = members[np.isin(snapshot.nodes.name[members], is_class)]
    addresses = (_module_address(tree, ordinal) for ordinal in modules.tolist())
    address = next(filter(None, addresses), None)
    return None if address is None else SourcePosition(script=address)


def _callbacks(tree: PathTree, ordinal: int) -> list[int]:
    timer = tree.graph.child(ordinal, _FIRST_TIMER)
    keepers = [ordinal] if timer is None else [ordinal, timer]
    found = [
        tree.graph.child(keeper, name)
        for keeper in keepers
        for name in _CALLBACK_PROPERTIES
    ]
    return [callback for callback in found if callback is not None]


def _module_address(tree: PathTree, ordinal: int) -> str | None:
    """Return the file of a module, without the query that made it another one."""
    snapshot = tree.graph.snapshot
    for name in _MODULE_PROPERTIES:
        address = tree.graph.child(ordinal, name, edge_type="property")
        if address is not None:
            return snapshot.name(address).partition("?")[0]
    return None
