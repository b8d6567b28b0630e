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
    one, other = _own_ids(first), _own_ids(second)
    common, in_first, in_second = np.intersect1d(
        first.nodes.id[one],
        second.nodes.id[other],
        assume_unique=True,
        return_indices=True,
    )
    common_share = len(common) / max(1, min(len(one), len(other)))
    same = _types(first)[one[in_first]] == _types(second)[other[in_second]]
    sizes = first.nodes.self_size_bytes, second.nodes.self_size_bytes
    same &= sizes[0][one[in_first]] == sizes[1][other[in_second]]
    same_share = float(same.mean()) if len(same) else 0.0
    relation = Relation.UNRELATED
    if common_share >= _FEWEST_COMMON and same_share >= _SAME_SHARE:
        relation = _order(first.nodes.id[one], second.nodes.id[other])
    return Lineage(relation=relation, common_share=common_share, same_share=same_share)


def _order(first: NDArray[np.int64], second: NDArray[np.int64]) -> Relation:
    born = np.setdiff1d(second, first, assume_unique=True)
    gone = np.setdiff1d(first, second, assume_unique=True)
    if not len(born) and not len(gone):
        return Relation.IDENTICAL
    newer_born = np.count_nonzero(born > first.max())
    newer_gone = np.count_nonzero(gone > second.max())
    return Relation.SWAPPED if newer_gone > newer_born else Relation.IN_ORDER


def _own_ids(snapshot: HeapSnapshot) -> NDArray[np.int64]:
    """Return the ordinals of V8's objects; even ids are made from addresses."""
    own: NDArray[np.int64] = np.flatnonzero(snapshot.nodes.id % 2 == 1)
    return own


def _types(snapshot: HeapSnapshot) -> NDArray[np.str_]:
    """Return each node's type by name: the codes differ between versions of V8."""
    names: NDArray[np.str_] = np.array(snapshot.schema.node_types)[snapshot.nodes.type]
    return names
