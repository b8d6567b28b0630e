"""Collections that grow although nothing is born: numbers, references to old objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.holders import name_holder
from pytest_nodeleak.heap.kinds import classify
from pytest_nodeleak.heap.labels import short_label
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.sources import ScriptTable
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.heap.window import Window

__all__ = ["add_gaining"]

# A number or a reference to an old object takes one slot of its collection.
_SLOT_BYTES = 8
_VALUE = "value"
# So much of what a collection gained has to be what came to another holder as well.
_SHARED_SHARE = 0.5


def add_gaining(
    window: Window, gains: Mapping[int, int], *, known: Sequence[Suspect]
) -> tuple[Suspect, ...]:
    """Return the known suspects and those that grew although nothing was born under them.

    A collection that holds what a known suspect gained is no further one. Where the
    known one is but what the collection belongs to, e.g. since the app copies it now and
    then and the objects were met in the copy, the collection takes its place.

    Args:
        window: The second window.
        gains: Entries gained in it, by object id.
        known: Suspects that hold new objects.

    """
    scripts = ScriptTable(window.later.graph)
    explained = {heap_id for suspect in known for heap_id in suspect.holder_ids}
    suspects = list(known)
    for heap_id, gain in gains.items():
        ordinal = window.later.graph.snapshot.ordinal_of_id(heap_id)
        if ordinal is None or heap_id in explained:
            continue
        gaining = _describe(window, scripts, ordinal, gain)
        near = gaining.holder.near
        if known and (near is None or near.is_node_internal):
            # Node's own lists grow with what the known suspects keep, e.g. timers.
            continue
        same = _holder_of_content(window, ordinal, gain, known)
        if same is None:
            suspects.append(gaining)
        else:
            suspects[same] = _joined(suspects[same], gaining, gains)
    return tuple(suspects)


def _describe(window: Window, scripts: ScriptTable, ordinal: int, gain: int) -> Suspect:
    snapshot = window.later.graph.snapshot
    entry = _newest_function(window.later, ordinal)
    label = _VALUE if entry is None else short_label(window.later.graph, entry)
    rate = gain / window.requests
    return Suspect(
        holder=name_holder(window.later, scripts, ordinal),
        kind=classify(window.later, ordinal, entries=(label,), external_share=0.0),
        objects_per_request=0.0,
        entries_per_request=rate,
        bytes_per_request=rate * _SLOT_BYTES,
        external_bytes_per_request=0.0,
        constructors=((label, rate),),
        entry=label,
        entry_defined=None if entry is None else scripts.position_of(entry),
        entry_function="" if entry is None else snapshot.name(entry),
        requests=window.requests,
        timer_id=None,
    )


def _holder_of_content(
    window: Window, ordinal: int, gain: int, known: Sequence[Suspect]
) -> int | None:
    """Return the position of the suspect that gained what is in a collection."""
    content = _content_of(window.later.graph, ordinal)
    for position, suspect in enumerate(known):
        under = window.born.members_under(suspect.holder_ids)
        if np.count_nonzero(np.isin(content, under)) >= _SHARED_SHARE * gain:
            return position
    return None


def _content_of(graph: HeapGraph, ordinal: int) -> NDArray[np.int64]:
    """Return what a collection holds, itself or by its backing store."""
    snapshot = graph.snapshot
    stores = snapshot.schema.node_type_code("array")
    direct = snapshot.edges.to_node[graph.edges_of(ordinal)]
    held = [
        snapshot.edges.to_node[graph.edges_of(int(store))]
        for store in direct[snapshot.nodes.type[direct] == stores]
    ]
    return np.unique(np.concatenate([direct, *held]).astype(np.int64))


def _joined(suspect: Suspect, gaining: Suspect, gains: Mapping[int, int]) -> Suspect:
    if suspect.holder.heap_id in gains or suspect.is_family:
        # It is a collection itself: both hold the same entries.
        return replace(suspect, others=(*suspect.others, gaining))
    former = replace(suspect, others=())
    return replace(
        suspect,
        holder=gaining.holder,
        entries_per_request=gaining.entries_per_request,
        others=(former, *suspect.others),
    )


def _newest_function(tree: PathTree, ordinal: int) -> int | None:
    """Return the function at the end of a list: one that is added again and again."""
    graph, snapshot = tree.graph, tree.graph.snapshot
    edges = np.array(graph.edges_of(ordinal), np.int64)
    elements = snapshot.schema.edge_type_code("element")
    target = snapshot.edges.to_node[edges[snapshot.edges.type[edges] == elements]]
    closures = snapshot.schema.node_type_code("closure")
    functions = target[snapshot.nodes.type[target] == closures]
    return int(functions[-1]) if len(functions) else None
