"""Collections that grow although nothing is born: numbers, references to old objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_nodeleak.heap.holders import name_holder
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.sources import ScriptTable
from pytest_nodeleak.heap.suspects import Suspect, fingerprint
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
    scripts = ScriptTable(window.later.graph)
    explained = {
        holder.heap_id
        for suspect in known
        for holder in (suspect.holder, *suspect.also_held_by)
    }
    suspects = []
    for heap_id, gain in gains.items():
        ordinal = window.later.graph.snapshot.ordinal_of_id(heap_id)
        if ordinal is None or heap_id in explained:
            continue
        holder = name_holder(window.later, scripts, ordinal)
        if known and (holder.near is None or holder.near.is_node_internal):
            # Node's own lists grow with what the known suspects keep, e.g. timers.
            continue
        rate = gain / window.requests
        suspects.append(
            Suspect(
                holder=holder,
                kind=Kind.COLLECTION,
                objects_per_request=0.0,
                entries_per_request=rate,
                bytes_per_request=rate * _SLOT_BYTES,
                external_bytes_per_request=0.0,
                constructors=((_VALUE, rate),),
                entry=_VALUE,
                entry_defined=None,
                also_held_by=(),
                timer_id=None,
                fingerprint=fingerprint(holder, Kind.COLLECTION),
            )
        )
    return tuple(suspects)
