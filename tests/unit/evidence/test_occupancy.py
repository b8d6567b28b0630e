from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_nodeleak.evidence.occupancy import (
    Drained,
    Linear,
    OccupancyReading,
    Plateau,
    Timed,
    Unclear,
    judge_occupancy,
    judge_rates,
)

STEP = 1000


STEP_S = 0.2
IDLE_S = 0.25


def watch(under_load: Sequence[int], in_silence: Sequence[int] = ()) -> list[
    OccupancyReading
]:  # fmt: skip
    """Return readings after equal steps of load, then some while the app idles."""
    steps = len(under_load) - 1
    return [
        *(
            OccupancyReading(
                requests=STEP * step, elapsed_s=STEP_S * step, size=size, idle=False
            )
            for step, size in enumerate(under_load)
        ),
        *(
            OccupancyReading(
                requests=STEP * steps,
                elapsed_s=STEP_S * steps + IDLE_S * (step + 1),
                size=size,
                idle=True,
            )
            for step, size in enumerate(in_silence)
        ),
    ]


def test_one_more_entry_per_request_to_the_end_is_linear() -> None:
    sizes = [1797 + STEP * step for step in range(10)]

    assert judge_occupancy(watch(sizes, [sizes[-1]] * 6)) == Linear(
        per_request=1.0, size=10_797, requests=9000
    )


def test_a_slow_leak_is_linear_as_well() -> None:
    curve = judge_occupancy(watch([5, 15, 25, 35, 45, 55, 65, 75, 85, 95]))

    assert curve == Linear(per_request=0.01, size=95, requests=9000)


def test_a_leak_that_lets_go_of_a_little_is_still_linear() -> None:
    sizes = [0, 1000, 2000, 3000, 2900, 4000, 5000, 6000, 7000, 8000]

    assert isinstance(judge_occupancy(watch(sizes, [7700])), Linear)


def test_a_cache_that_fills_up_is_a_plateau() -> None:
    sizes = [1797, 2000, 2000, 2000, 2000, 2000, 2000]

    assert judge_occupancy(watch(sizes, [2000])) == Plateau(size=2000, grown=203)


@pytest.mark.parametrize("capacity", [3500, 5500, 6500, 7500])
def test_a_cache_that_is_full_before_the_end_is_a_plateau(capacity: int) -> None:
    sizes = [min(1000 * step, capacity) for step in range(10)]

    assert judge_occupancy(watch(sizes, [capacity])) == Plateau(
        size=capacity, grown=capacity
    )


def test_a_rare_entry_that_happens_to_be_missing_at_the_end_is_no_plateau() -> None:
    sizes = [0, 1, 3, 4, 5, 7, 8, 9, 11, 11]

    assert isinstance(judge_occupancy(watch(sizes, [11])), Linear)


def test_a_full_ring_buffer_is_a_plateau() -> None:
    assert judge_occupancy(watch([5000] * 8, [5000])) == Plateau(size=5000, grown=0)


def test_the_head_of_a_chain_never_changes_its_size() -> None:
    assert judge_occupancy(watch([1] * 10, [1] * 6)) == Plateau(size=1, grown=0)


@settings(deadline=None)
@given(seed=st.integers(0, 10**9), per_step=st.integers(5, 400))
def test_a_leak_of_random_entries_is_not_taken_for_a_plateau_or_a_drain(
    seed: int, per_step: int
) -> None:
    chance = random.Random(seed)
    sizes = [0]
    for _ in range(9):
        sizes.append(sizes[-1] + sum(chance.random() < 0.4 for _ in range(per_step)))

    curve = judge_occupancy(watch(sizes, [sizes[-1]]))

    assert not isinstance(curve, Drained)
    if sizes[-1] > 400:
        assert isinstance(curve, Linear)


def test_a_batch_that_seems_to_shrink_until_it_leaps_is_not_linear() -> None:
    sizes = [(85 + STEP * step) % 1010 for step in range(10)]
    assert sizes == [85, 75, 65, 55, 45, 35, 25, 15, 5, 1005]

    assert judge_occupancy(watch(sizes)) == Unclear(
        reason="it grows in leaps, not with the requests"
    )


@settings(deadline=None, max_examples=1000)
@given(batch=st.integers(50, 20_000), start=st.integers(0, 20_000))
def test_a_batch_that_is_flushed_during_the_push_is_never_linear(
    batch: int, start: int
) -> None:
    sizes = [(start + STEP * step) % batch for step in range(10)]
    flushed = any(later < sooner for sooner, later in itertools.pairwise(sizes))
    assume(flushed)

    curve = judge_occupancy(watch(sizes, [sizes[-1]] * 6))

    assert not isinstance(curve, Linear)


def test_a_job_queue_that_is_worked_off_between_readings_lets_go() -> None:
    curve = judge_occupancy(watch([0, 800, 100, 900, 50, 850, 20], [20]))

    assert curve == Drained(peak=900, size=20)


def test_a_session_store_that_expires_in_silence_lets_go() -> None:
    sizes = [1000 * step for step in range(10)]

    assert judge_occupancy(watch(sizes, [9000, 9000, 4000, 0])) == Drained(
        peak=9000, size=0
    )


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(lambda step: math.sqrt(1 + step), id="square root"),
        pytest.param(lambda step: math.log(1 + step), id="logarithm"),
        pytest.param(lambda step: 1 - math.exp(-step / 3), id="nearly all of a set"),
        pytest.param(lambda step: 1 - math.exp(-step / 9), id="two thirds of a set"),
    ],
)
def test_series_that_turn_up_ever_more_rarely_are_not_linear(
    found: Callable[[int], float],
) -> None:
    sizes = [round(1000 * found(step)) for step in range(10)]

    assert judge_occupancy(watch(sizes, [sizes[-1]])) == Unclear(
        reason="it grows ever more slowly, but has not stopped"
    )


def test_a_few_entries_are_too_few_to_tell() -> None:
    sizes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

    assert judge_occupancy(watch(sizes)) == Unclear(
        reason="only 9 entries came, too few to tell"
    )


def test_a_few_entries_that_did_not_come_are_no_plateau() -> None:
    """A leak of 1 in 400 requests: in the last third of the load 7 were due, 2 came."""
    sizes = [0, 3, 5, 8, 11, 13, 16, 18, 18, 20]

    assert not isinstance(judge_occupancy(watch(sizes)), Plateau)


@settings(deadline=None, max_examples=300)
@given(seed=st.integers(0, 10**9), per_step=st.floats(0.5, 20))
def test_a_rare_leak_is_never_acquitted(seed: int, per_step: float) -> None:
    chance = random.Random(seed)
    sizes = [0]
    for _ in range(9):
        came = sum(chance.random() < per_step / 1000 for _ in range(1000))
        sizes.append(sizes[-1] + came)
    assume(sizes[-1] > 0)

    curve = judge_occupancy(watch(sizes, [sizes[-1]] * 6))

    assert isinstance(curve, Linear | Unclear) or sizes[-1] == sizes[0]


def test_three_readings_under_load_prove_nothing() -> None:
    assert judge_occupancy(watch([0, 1000, 2000], [2000] * 6)) == Unclear(
        reason="only 3 readings under load"
    )


def test_readings_without_load_between_them_prove_nothing() -> None:
    readings = [
        OccupancyReading(requests=0, elapsed_s=0.1 * n, size=n, idle=False)
        for n in range(9)
    ]

    assert judge_occupancy(readings) == Unclear(reason="hardly any load was pushed")


def test_what_grows_in_silence_as_fast_as_under_load_grows_with_time() -> None:
    """A job that adds 100 a second: 20 in each step of load, 25 between two looks."""
    under_load = [20 * step for step in range(10)]

    curve = judge_occupancy(watch(under_load, [205 + 25 * n for n in range(6)]))

    assert isinstance(curve, Timed)
    assert curve.per_s == pytest.approx(100)
    assert curve.size == 330


def test_what_a_job_adds_is_not_blamed_on_the_requests_beside_it() -> None:
    under_load = [120 * step for step in range(10)]  # 100 with requests, 20 with time

    curve = judge_occupancy(watch(under_load, [1105 + 25 * n for n in range(6)]))

    assert isinstance(curve, Linear)
    assert curve.per_request == pytest.approx(0.1)
    assert curve.size == 1230


@pytest.mark.parametrize(
    "in_silence",
    [
        pytest.param([9000, 9001, 9001, 9002, 9002, 9002], id="stragglers"),
        pytest.param([9300, 9600, 9900, 9950, 9950, 9950], id="a backlog's end"),
        pytest.param([9400, 9800, 9900], id="too short a silence"),
    ],
)
def test_what_comes_in_silence_for_a_while_only_is_the_requests_doing(
    in_silence: list[int],
) -> None:
    sizes = [1000 * step for step in range(10)]

    curve = judge_occupancy(watch(sizes, in_silence))

    assert isinstance(curve, Linear)
    assert curve.per_request == 1.0


@settings(deadline=None)
@given(per_s=st.floats(20, 500), per_request=st.sampled_from([0.0, 0.5, 1.0, 3.0]))
def test_time_and_requests_are_told_apart_whatever_their_shares(
    per_s: float, per_request: float
) -> None:
    under_load = [round(per_request * STEP * n + per_s * STEP_S * n) for n in range(10)]
    ended_s = 9 * STEP_S
    in_silence = [
        round(per_request * 9 * STEP + per_s * (ended_s + IDLE_S * (n + 1)))
        for n in range(12)
    ]

    curve = judge_occupancy(watch(under_load, in_silence))

    if per_request:
        assert isinstance(curve, Linear)
        assert curve.per_request == pytest.approx(per_request, rel=0.05)
    else:
        assert isinstance(curve, Timed)
        assert curve.per_s == pytest.approx(per_s, rel=0.1)


@pytest.mark.parametrize("after", [1.0, 0.7, 1.5])
def test_as_many_objects_per_request_as_before_are_a_leak(after: float) -> None:
    assert judge_rates(1.0, after, requests=5000) == Linear(
        per_request=None, size=None, requests=5000
    )


@pytest.mark.parametrize("after", [0.3, 0.0, -2.0])
def test_hardly_any_objects_per_request_any_more_are_a_plateau(after: float) -> None:
    assert judge_rates(1.0, after, requests=5000) == Plateau(size=None, grown=0)


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (0.5, "it grows more slowly than before, but has not stopped"),
        (1.6, "it grows faster than before, not with the requests"),
    ],
    ids=["slower", "faster"],
)
def test_another_number_of_objects_per_request_proves_nothing(
    after: float, reason: str
) -> None:
    assert judge_rates(1.0, after, requests=5000) == Unclear(reason=reason)


@pytest.mark.parametrize("after", [0.5, 1.0, 3.0])
def test_objects_that_came_with_time_are_not_the_requests_doing(after: float) -> None:
    curve = judge_rates(1.0, after, requests=5000, timed_share=0.9)

    assert curve == Timed(per_s=None, size=None)


@pytest.mark.parametrize("timed_share", [0.35, 0.69])
def test_objects_of_which_many_came_with_time_prove_nothing(timed_share: float) -> None:
    assert judge_rates(1.0, 1.0, requests=5000, timed_share=timed_share) == Unclear(
        reason="part of it comes with time, whether requests come or not"
    )


def test_a_few_objects_of_a_job_do_not_acquit_the_requests() -> None:
    curve = judge_rates(1.0, 1.0, requests=5000, timed_share=0.2)

    assert isinstance(curve, Linear)
