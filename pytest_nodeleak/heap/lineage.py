"""Whether snapshots are of one process, and which of them came first.

Only within one process does an object keep its id. Another process counts its objects
from the start again, so that most ids occur in both, and mean other objects. Within one
process ids grow, so that what only the later snapshot has is newer than all the earlier
one has.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.snapshot import HeapSnapshot

__all__ = ["Lineage", "Relation", "relate"]

# Of one process 100 % of the common ids mean the same objects; of two runs of the same
# script on the same Node.js 24 to 92 % did, by the size of the script.
_SAME_SHARE = 0.97
# Fewer common ids say nothing; every heap of Node.js has tens of thousands of nodes.
_FEWEST_COMMON = 0.02
# So many of the common ids are looked at: enough for a share of a hundredth.
_SAMPLE = 50_000


class Relation(StrEnum):
    """What two snapshots are to each other."""

    IN_ORDER = "in order"
    SWAPPED = "swapped"
    IDENTICAL = "identical"
    UNRELATED = "unrelated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """How two snapshots are related, and why that is said.

    Attributes:
        relation: The answer.
        common_share: Which part of the smaller snapshot's ids the other one has, too.
        same_share: Which part of these mean an object of the same type and size.

    """

    relation: Relation
    common_share: float
    same_share: float


def relate(first: HeapSnapshot, second: HeapSnapshot) -> Lineage:
    """Tell whether two snapshots are of one process, the first one taken first."""
    place = first.ordinals_of_ids(second.nodes.id)
    is_old = _is_own(second) & (place >= 0)
    stayed = np.flatnonzero(is_old)
    is_gone = _is_own(first)
    fewest = min(int(is_gone.sum()), int(_is_own(second).sum()))
    is_gone[place[stayed]] = False
    common_share = len(stayed) / max(1, fewest)
    same_share = _same_share(first, second, place, stayed)
    relation = Relation.UNRELATED
    if common_share >= _FEWEST_COMMON and same_share >= _SAME_SHARE:
        relation = _order(
            first, second, is_gone=is_gone, is_born=_is_own(second) & ~is_old
        )
    return Lineage(relation=relation, common_share=common_share, same_share=same_share)


def _is_own(snapshot: HeapSnapshot) -> NDArray[np.bool_]:
    """Tell which ids are of V8's objects; even ids are made from addresses."""
    own: NDArray[np.bool_] = snapshot.nodes.id & 1 == 1
    return own


def _same_share(
    first: HeapSnapshot,
    second: HeapSnapshot,
    place: NDArray[np.int32],
    stayed: NDArray[np.int64],
) -> float:
    """Return which part of the common ids mean objects of one type and size."""
    if not len(stayed):
        return 0.0
    other = stayed[:: -(-len(stayed) // _SAMPLE)]
    one = place[other]
    # The codes of types differ between versions of V8.
    code_in_first = np.array(
        [first.schema.node_type_code(name) for name in second.schema.node_types]
    )
    types = first.nodes.type[one], code_in_first[second.nodes.type[other]]
    sizes = first.nodes.self_size_bytes[one], second.nodes.self_size_bytes[other]
    return float(((types[0] == types[1]) & (sizes[0] == sizes[1])).mean())


def _order(
    first: HeapSnapshot,
    second: HeapSnapshot,
    *,
    is_gone: NDArray[np.bool_],
    is_born: NDArray[np.bool_],
) -> Relation:
    gone, born = first.nodes.id[is_gone], second.nodes.id[is_born]
    if not len(born) and not len(gone):
        return Relation.IDENTICAL
    newer_born = np.count_nonzero(born > first.nodes.id[_is_own(first)].max())
    newer_gone = np.count_nonzero(gone > second.nodes.id[_is_own(second)].max())
    return Relation.SWAPPED if newer_gone > newer_born else Relation.IN_ORDER
