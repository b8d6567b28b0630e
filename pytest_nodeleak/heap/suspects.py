"""Who kept growing in two windows of load: from three snapshots to named suspects."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.cohort import (
    Cohort,
    HolderGrowth,
    births,
    deaths,
    external_size_bytes,
    net_growth,
)
from pytest_nodeleak.heap.folding import Growing, fold_by_cause
from pytest_nodeleak.heap.holders import Holder, name_holder
from pytest_nodeleak.heap.kinds import Kind, classify
from pytest_nodeleak.heap.labels import count_labels
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.sources import (
    ScriptTable,
    SourcePosition,
    package_of,
    script_path,
)

__all__ = ["Suspect", "Window", "find_suspects", "smallest_growth"]

# Below this a window's difference is chance: 5 objects, or one in 100 requests.
_FEWEST_OBJECTS = 5
_SMALLEST_RATE = 0.01
_MOST_SUSPECTS = 8
# Map -> table, dictionary -> elements, array -> elements: never deeper than this.
_BACKING_STORE_DEPTH = 4
_ENTRIES_LOOKED_AT = 8
# Where a Timeout, an EventTarget's Listener and a wrapped listener keep the function.
_CALLBACK_PROPERTIES = ("_onTimeout", "callback", "listener")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Two snapshots with load between them.

    Attributes:
        earlier: Paths before the load.
        later: Paths after it.
        requests: The load.

    """

    earlier: PathTree
    later: PathTree
    requests: int

    def growth(self) -> list[HolderGrowth]:
        """Return the net growth per holder, the fastest first."""
        return net_growth(
            births(self.earlier.graph, self.later),
            deaths(self.earlier, self.later.graph),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A holder under which objects piled up in both windows.

    Attributes:
        holder: Who it is.
        kind: What kind of leak it would be.
        objects_per_request: Net growth, all objects it came to hold.
        entries_per_request: Those that hang directly on it.
        bytes_per_request: Their shallow sizes and backing stores.
        external_bytes_per_request: The part of these outside the V8 heap.
        constructors: Labels with their numbers per request, the nearest first.
        entry: Label of what hangs directly on the holder.
        entry_defined: Where the first function among the entries is defined.
        also_held_by: Other holders of the same objects.
        timer_id: Object id of one of the timers among them; None if there are none.
        fingerprint: The same for the same bug in other runs and versions.

    """

    holder: Holder
    kind: Kind
    objects_per_request: float
    entries_per_request: float
    bytes_per_request: float
    external_bytes_per_request: float
    constructors: tuple[tuple[str, float], ...]
    entry: str
    entry_defined: SourcePosition | None
    also_held_by: tuple[Holder, ...]
    timer_id: int | None
    fingerprint: str


def smallest_growth(requests: int) -> int:
    """Return the net number of objects in a window that makes a holder a suspect."""
    return max(_FEWEST_OBJECTS, round(_SMALLEST_RATE * requests))


def find_suspects(first: Window, second: Window) -> tuple[Suspect, ...]:
    """Return the holders that grew in both windows, the fastest first."""
    born = births(second.earlier.graph, second.later)
    growing = _grew_twice(first, second, born)
    scripts = ScriptTable(second.later.graph)
    suspects = [
        _describe(group, second, scripts)
        for group in fold_by_cause(second.later.graph, growing)
    ]
    return tuple(sorted(suspects, key=lambda found: -found.objects_per_request))


def _grew_twice(first: Window, second: Window, born: Cohort) -> list[Growing]:
    died = deaths(second.earlier, second.later.graph)
    before = {growth.holder_id: growth.objects for growth in first.growth()}
    growing = []
    for growth in net_growth(born, died):
        enough_before = before.get(growth.holder_id, 0) >= smallest_growth(
            first.requests
        )
        if growth.objects < smallest_growth(second.requests) or not enough_before:
            continue
        ordinal = second.later.graph.snapshot.ordinal_of_id(growth.holder_id)
        if ordinal is not None:
            own = born.member[born.holder == ordinal]
            growing.append(Growing(ordinal=ordinal, growth=growth, members=own))
    return growing[:_MOST_SUSPECTS]


def _describe(
    group: Sequence[Growing], window: Window, scripts: ScriptTable
) -> Suspect:
    tree, requests = window.later, window.requests
    named = [(name_holder(tree, scripts, one.ordinal), one) for one in group]
    named.sort(key=lambda pair: _obscurity(pair[0]))
    holder, chief = named[0]
    entries = _entries(tree, chief)
    labels = count_labels(tree.graph, entries)
    size_bytes = sum(one.growth.size_bytes for one in group)
    external_bytes = sum(external_size_bytes(tree, one.members) for one in group)
    members = np.concatenate([one.members for one in group])
    kind = classify(
        tree,
        chief.ordinal,
        entries=tuple(labels),
        external_share=external_bytes / max(size_bytes, 1),
    )
    return Suspect(
        holder=holder,
        kind=kind,
        objects_per_request=sum(one.growth.objects for one in group) / requests,
        entries_per_request=len(entries) / requests,
        bytes_per_request=size_bytes / requests,
        external_bytes_per_request=external_bytes / requests,
        constructors=_constructors(tree, entries, members, requests),
        entry=next(iter(labels), ""),
        entry_defined=_first_position(tree, scripts, entries),
        also_held_by=tuple(other for other, _ in named[1:]),
        timer_id=_find_timer(tree, members),
        fingerprint=_fingerprint(holder, kind),
    )


def _obscurity(holder: Holder) -> int:
    """Rank holders of one cause: the app's own first, Node's internals last."""
    if holder.near is None or holder.near.is_node_internal:
        return 2
    return 1 if package_of(holder.near.script) else 0


def _entries(tree: PathTree, one: Growing) -> NDArray[np.int64]:
    """Return the members with no other member between them and the holder."""
    is_member = np.zeros(tree.graph.snapshot.node_count, np.bool_)
    is_member[one.members] = True
    above = tree.parent[one.members]
    # Backing stores are no members; an entry hangs on the holder through them.
    for _ in range(_BACKING_STORE_DEPTH):
        passes = ~is_member[above] & (above != one.ordinal)
        above = np.where(passes, tree.parent[above], above)
    return one.members[~is_member[above]]


def _constructors(
    tree: PathTree,
    entries: NDArray[np.int64],
    members: NDArray[np.int64],
    requests: int,
) -> tuple[tuple[str, float], ...]:
    nearest = count_labels(tree.graph, entries)
    every = count_labels(tree.graph, members)
    order = [*nearest, *(label for label in every if label not in nearest)]
    return tuple((label, every[label] / requests) for label in order)


def _find_timer(tree: PathTree, members: NDArray[np.int64]) -> int | None:
    snapshot = tree.graph.snapshot
    is_timer = [i for i, text in enumerate(snapshot.strings) if text == "Timeout"]
    timers = members[np.isin(snapshot.nodes.name[members], is_timer)]
    objects = snapshot.schema.node_type_code("object")
    timers = timers[snapshot.nodes.type[timers] == objects]
    return int(snapshot.nodes.id[timers[0]]) if len(timers) else None


def _first_position(
    tree: PathTree, scripts: ScriptTable, entries: NDArray[np.int64]
) -> SourcePosition | None:
    """Return where the app defines a function among the entries, or their callback."""
    for ordinal in entries[:_ENTRIES_LOOKED_AT].tolist():
        candidates = [ordinal]
        for name in _CALLBACK_PROPERTIES:
            callback = tree.graph.child(ordinal, name)
            if callback is not None:
                candidates.append(callback)
        for candidate in candidates:
            position = scripts.position_of(candidate)
            if position is not None and not position.is_node_internal:
                return position
    return None


def _fingerprint(holder: Holder, kind: Kind) -> str:
    """Hash what stays the same when lines shift: kind, names, package or file."""
    script = holder.near.script if holder.near else ""
    home = package_of(script) or PurePosixPath(script_path(script)).name
    text = f"{kind}|{home}|{holder.name}|{holder.class_name}"
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:12]
