"""Collections that grow although nothing is born: numbers, references to old objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_nodeleak.heap.holders import name_holder
from pytest_nodeleak.heap.kinds import classify
from pytest_nodeleak.heap.labels import short_label
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.sources import ScriptTable
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.heap.window import Window

__all__ = ["find_gaining"]

# A number or a reference to an old object takes one slot of its collection.
_SLOT_BYTES = 8
_VALUE = "value"


def find_gaining(
    window: Window, gains: Mapping[int, int], *, known: Sequence[Suspect]
) -> tuple[Suspect, ...]:
    """Return suspects for collections that grew although nothing was born under them.

    Args:
        window: The second window.
        gains: Entries gained in it, by object id.
        known: Suspects that hold new objects; they explain their own growth.

    """
    scripts, snapshot = ScriptTable(window.later.graph), window.later.graph.snapshot
    explained = {holder.heap_id for suspect in known for holder in suspect.holders}
    suspects = []
    for heap_id, gain in gains.items():
        ordinal = snapshot.ordinal_of_id(heap_id)
        if ordinal is None or heap_id in explained:
            continue
        holder = name_holder(window.later, scripts, ordinal)
        if known and (holder.near is None or holder.near.is_node_internal):
            # Node's own lists grow with what the known suspects keep, e.g. timers.
            continue
        entry = _newest_function(window.later, ordinal)
        label = _VALUE if entry is None else short_label(window.later.graph, entry)
        kind = classify(window.later, ordinal, entries=(label,), external_share=0.0)
        rate = gain / window.requests
        suspects.append(
            Suspect(
                holder=holder,
                kind=kind,
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
        )
    return tuple(suspects)


def _newest_function(tree: PathTree, ordinal: int) -> int | None:
    """Return the function at the end of a list: one that is added again and again."""
    graph = tree.graph
    for edge in reversed(graph.edges_of(ordinal)):
        target = int(graph.snapshot.edges.to_node[edge])
        is_element = graph.edge_type_name(edge) == "element"
        if is_element and graph.snapshot.type_name(target) == "closure":
            return target
    return None
