from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_nodeleak.exceptions import SnapshotFormatError
from pytest_nodeleak.heap.columns import Table


def _table(*, announced: int | None = 3) -> Table:
    return Table(
        "edges",
        ("type", "extra", "to_node"),
        {"to_node": np.int32, "type": np.uint8},
        announced=announced,
        multiples={"to_node": 6},
    )


_NUMBERS = [0, 2**40, 6, 1, -7, 12, 255, 0, 18]


@given(
    cuts=st.lists(st.integers(0, 9), max_size=6).map(sorted),
    announced=st.sampled_from([3, None]),
)
def test_rows_cut_anywhere_are_put_together(
    cuts: list[int], announced: int | None
) -> None:
    table = _table(announced=announced)
    for start, end in zip([0, *cuts], [*cuts, 9], strict=True):
        table.add(np.array(_NUMBERS[start:end], np.int64))
    columns = table.finish()
    assert {name: column.tolist() for name, column in columns.items()} == {
        "type": [0, 1, 255],
        "to_node": [1, 2, 3],
    }
    assert {name: column.dtype for name, column in columns.items()} == {
        "type": np.uint8,
        "to_node": np.int32,
    }


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ([*_NUMBERS, 1, 1, 6], "announces 3 edges and holds more of them"),
        (_NUMBERS[:6], "announces 3 edges and holds 2"),
        (_NUMBERS[:7], "section 'edges' has 7 numbers, no multiple of its 3 fields"),
        ([*_NUMBERS[:6], 256, 0, 0], "edge 2 is outside the snapshot: its type is 256"),
        ([0, 0, 0, 1, 0, 7], "edge 1 points between two nodes: its to_node is 7, no"),
        ([0, 0, 6 * 2**32], "edge 0 is outside .* its to_node is 4294967296"),
    ],
)
def test_rows_that_cannot_be_are_refused(numbers: list[int], says: str) -> None:
    table = _table()
    with pytest.raises(SnapshotFormatError, match=says):  # noqa: PT012  # either one
        table.add(np.array(numbers, np.int64))
        table.finish()


def test_a_row_is_named_by_its_number_in_the_whole_list() -> None:
    table = _table()
    table.add(np.array(_NUMBERS[:5], np.int64))
    with pytest.raises(SnapshotFormatError, match="edge 1 points between two nodes"):
        table.add(np.array([13], np.int64))


def test_more_rows_than_any_memory_holds_are_refused() -> None:
    with pytest.raises(SnapshotFormatError, match="more than fit into memory"):
        _table(announced=2**60)
