from __future__ import annotations

import itertools
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pytest_nodeleak.evidence.trend import FEWEST_READINGS, slope_per_request

SERIES = st.lists(
    st.tuples(st.integers(1, 500), st.integers(-(10**6), 10**6)),
    min_size=FEWEST_READINGS,
    max_size=12,
)


def unzip(steps: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Turn steps of load and readings into requests so far and readings."""
    return list(itertools.accumulate(step for step, _ in steps)), [v for _, v in steps]


@settings(deadline=None)
@given(SERIES)
def test_the_slope_is_the_median_of_all_pairwise_slopes(
    steps: list[tuple[int, int]],
) -> None:
    requests, values = unzip(steps)
    pairs = itertools.combinations(zip(requests, values, strict=True), 2)
    slopes = [(v2 - v1) / (r2 - r1) for (r1, v1), (r2, v2) in pairs]

    slope = slope_per_request(requests, values)

    assert slope.value == pytest.approx(statistics.median(slopes))
    assert slope.low <= slope.value <= slope.high


def test_it_agrees_with_scipy_at_95_percent() -> None:
    requests = [0, 100, 200, 300, 400, 500, 600, 700, 800]
    values = [5.0, 9.0, 11.0, 18.0, 19.0, 27.0, 29.0, 36.0, 30.0]

    slope = slope_per_request(requests, values)

    expected = stats.theilslopes(values, requests, alpha=0.95)
    assert slope.value == pytest.approx(expected.slope)
    assert slope.low == pytest.approx(expected.low_slope)
    assert slope.high == pytest.approx(expected.high_slope)


@settings(deadline=None)
@given(SERIES, st.integers(-(10**6), 10**6), st.integers(0, 10**5))
def test_shifting_readings_or_requests_leaves_the_slope(
    steps: list[tuple[int, int]], shift: int, sent_before: int
) -> None:
    requests, values = unzip(steps)

    slope = slope_per_request(requests, values)
    shifted = slope_per_request(
        [count + sent_before for count in requests], [value + shift for value in values]
    )

    assert shifted.value == pytest.approx(slope.value)
    assert shifted.low == pytest.approx(slope.low)
    assert shifted.high == pytest.approx(slope.high)


@settings(deadline=None)
@given(SERIES, st.floats(0.01, 100))
def test_scaling_the_readings_scales_the_slope(
    steps: list[tuple[int, int]], factor: float
) -> None:
    requests, values = unzip(steps)

    slope = slope_per_request(requests, values)
    scaled = slope_per_request(requests, [factor * value for value in values])

    assert scaled.value == pytest.approx(factor * slope.value)
    assert scaled.low == pytest.approx(factor * slope.low)
    assert scaled.high == pytest.approx(factor * slope.high)


def test_a_single_odd_reading_does_not_move_a_straight_line() -> None:
    requests = list(range(0, 900, 100))
    values = [64.0 * count for count in requests]
    values[4] += 2_000_000

    assert slope_per_request(requests, values).value == 64.0


def test_readings_that_only_wander_have_0_in_their_interval() -> None:
    requests = list(range(0, 900, 100))
    wandering = [5.0, 9.0, 4.0, 8.0, 5.0, 9.0, 4.0, 8.0, 6.0]

    slope = slope_per_request(requests, wandering)

    assert slope == 0
    assert slope.low < 0 < slope.high


def test_fewer_than_five_readings_are_refused() -> None:
    with pytest.raises(ValueError, match="4 readings, expected at least 5"):
        slope_per_request([0, 1, 2, 3], [0.0, 1.0, 2.0, 3.0])
