"""Which objects are in two snapshots, by their ids."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["places_of"]

# V8 counts its objects, so that nearly all ids are below a small multiple of their number;
# those it makes from addresses may be anywhere.
_COUNTED_PER_OBJECT = 4


def places_of(wanted: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return where among some ids others are, -1 for one that is not there.

    Args:
        wanted: The ids to look up.
        ids: Different ids, in any order.

    """
    end = min(_COUNTED_PER_OBJECT * len(ids), int(ids.max(initial=0)) + 1)
    # To look ids up in a table takes a tenth of what sorting them does.
    place_of_id = np.full(end + 1, -1, np.int32)
    place_of_id[np.minimum(ids, end)] = np.arange(len(ids), dtype=np.int32)
    place_of_id[end] = -1
    places: NDArray[np.int32] = place_of_id.take(wanted, mode="clip")
    far = np.flatnonzero(ids >= end)
    if len(far):
        is_far = wanted >= end
        places[is_far] = _places_by_order(wanted[is_far], ids, far)
    return places


def _places_by_order(
    wanted: NDArray[np.int64], ids: NDArray[np.int64], among: NDArray[np.int64]
) -> NDArray[np.int64]:
    among = among[np.argsort(ids[among])]
    after = np.searchsorted(ids[among], wanted)
    found = among[np.minimum(after, len(among) - 1)]
    return np.where(ids[found] == wanted, found, -1)
