from __future__ import annotations

import numpy as np

from pytest_nodeleak.heap.reach import reached_from_root


def _reached(first_edge: list[int], to_node: list[int]) -> list[bool]:
    reached = reached_from_root(
        np.array(first_edge, np.int32), np.array(to_node, np.int32)
    )
    return list(reached)


def test_the_root_is_reached_where_there_are_no_edges() -> None:
    assert _reached([0, 0, 0], []) == [True, False]


def test_a_node_counts_that_an_edge_leads_to_from_one_that_counts() -> None:
    assert _reached([0, 1, 1, 2, 3], [2, 1, 3]) == [True, True, True, False]


def test_an_edge_back_to_the_root_leads_nowhere() -> None:
    assert _reached([0, 2, 3, 3], [0, 1, 0]) == [True, True, False]
