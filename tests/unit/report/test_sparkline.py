from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_nodeleak.report.sparkline import sparkline


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8], "▁▂▃▄▅▆▇█"),
        ([8, 1], "█▁"),
        ([5], "▁"),
        ([3, 3, 3], "▁▁▁"),
        ([-10, 0, 10], "▁▅█"),
        (list(range(100)), "▁▂▃▄▅▆▇█"),
        ([0, 0, 0, 0, 0, 0, 0, 0, 9], "▁▁▁▁▁▁▁█"),
    ],
    ids=["rising", "falling", "one", "flat", "negative", "many", "a jump at the end"],
)
def test_values_are_drawn_from_their_minimum_to_their_maximum(
    values: list[float], line: str
) -> None:
    assert sparkline(values) == line


def test_noise_is_drawn_flat() -> None:
    assert sparkline([100, 140, 90], smallest_range=50) == "▁▁▁"
    assert sparkline([100, 141, 90], smallest_range=50) == "▂█▁"


@settings(deadline=None)
@given(st.lists(st.integers(-(10**12), 10**12), min_size=1))
def test_the_line_is_eight_blocks_wide_at_most_and_shows_both_ends(
    values: list[float],
) -> None:
    line = sparkline(values)

    assert len(line) == min(8, len(values))
    assert set(line) <= set("▁▂▃▄▅▆▇█")
    assert (line[0] <= line[-1]) == (values[0] <= values[-1]) or line[0] == line[-1]
