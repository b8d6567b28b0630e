from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pytest_nodeleak.heap.identities import places_of

_IDS = st.integers(0, 60) | st.sampled_from([10**9, 2**32, 2**53])


@given(ids=st.lists(_IDS, unique=True), wanted=st.lists(_IDS))
def test_an_id_is_found_where_it_is(ids: list[int], wanted: list[int]) -> None:
    places = places_of(np.array(wanted, np.int64), np.array(ids, np.int64))
    expected = [ids.index(one) if one in ids else -1 for one in wanted]
    assert places.tolist() == expected
