from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_nodeleak.heap.suspects import detectable_rate
from pytest_nodeleak.judging.verdict import FEWEST_OBJECTS_PER_REQUEST
from pytest_nodeleak.stages.pace import (
    ROUNDS,
    Pace,
    has_time_to_count,
    plan_pace,
    push_requests,
    undisturbed,
    window_requests,
)

SPEEDS = st.floats(0, 100_000)
GROWTHS = st.floats(-1e6, 1e8)
FAST_APP = plan_pace(requests_per_s=10_000)


def is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, number))


def test_a_fast_app_gets_as_much_load_as_makes_sense() -> None:
    assert plan_pace(requests_per_s=50_000) == Pace(
        warm_up=1500, round=600, window=1999, push=20_000
    )


def test_a_slow_app_gets_as_little_load_as_can_be_judged() -> None:
    assert plan_pace(requests_per_s=2) == Pace(warm_up=16, round=8, window=19, push=40)


def test_in_between_the_load_follows_the_speed() -> None:
    assert plan_pace(requests_per_s=1000) == Pace(
        warm_up=400, round=60, window=997, push=1600
    )


@settings(deadline=None)
@given(st.integers(1, 100_000))
def test_a_fixed_number_of_requests_is_shared_among_the_stages(fixed: int) -> None:
    pace = plan_pace(requests_per_s=1000, fixed=fixed)

    shared = pace.warm_up + ROUNDS * pace.round + 2 * pace.window
    # Each round takes at least one, however few there are.
    assert fixed - 12 <= shared <= max(fixed, 20)
    assert pace.push == fixed
    assert min(pace.warm_up, pace.round, pace.window) >= 1


def test_the_smallest_fixed_number_sends_one_request_at_a_time() -> None:
    assert plan_pace(requests_per_s=1000, fixed=1) == Pace(
        warm_up=1, round=1, window=1, push=1
    )


@pytest.mark.parametrize(
    ("requests_per_s", "window"),
    [(6700, 1999), (6600, 1201), (2000, 1201), (1201, 1201), (1200, 997), (700, 499),
     (340, 293), (200, 199), (100, 53), (70, 53), (30, 29)],
)  # fmt: skip
def test_a_window_takes_a_second_until_it_shows_one_object_in_100_requests(
    requests_per_s: float, window: int
) -> None:
    assert plan_pace(requests_per_s=requests_per_s).window == window


@pytest.mark.parametrize(("requests_per_s", "window"), [(28, 29), (5, 29), (4, 19)])
def test_a_slow_app_is_waited_for_until_it_can_be_called_clean(
    requests_per_s: float, window: int
) -> None:
    pace = plan_pace(requests_per_s=requests_per_s)

    assert pace.window == window
    can_be_clean = detectable_rate(window) <= FEWEST_OBJECTS_PER_REQUEST
    assert can_be_clean == (requests_per_s >= 5)


@settings(deadline=None)
@given(SPEEDS, GROWTHS)
def test_windows_are_primes_whatever_the_app(speed: float, growth: float) -> None:
    pace = plan_pace(requests_per_s=speed, bytes_per_request=growth)

    assert is_prime(pace.window)
    assert is_prime(window_requests(pace, bytes_per_request=growth))


@settings(deadline=None)
@given(SPEEDS, st.floats(-1e6, 0))
def test_an_app_that_does_not_grow_gets_the_load_that_was_planned(
    speed: float, growth: float
) -> None:
    pace = plan_pace(requests_per_s=speed, bytes_per_request=growth)

    assert pace == plan_pace(requests_per_s=speed)
    assert window_requests(pace, bytes_per_request=growth) == pace.window
    assert push_requests(pace, bytes_per_request=growth) == pace.push


@pytest.mark.parametrize(
    ("bytes_per_request", "window"),
    [(400, 1999), (600, 1201), (1000, 997), (5000, 199), (60_000, 19)],
)
def test_a_fast_leak_shrinks_the_windows(bytes_per_request: float, window: int) -> None:
    assert window_requests(FAST_APP, bytes_per_request=bytes_per_request) == window


def test_a_fast_leak_shrinks_the_rounds() -> None:
    fast = plan_pace(requests_per_s=10_000, bytes_per_request=2000)

    assert (fast.round, FAST_APP.round) == (100, 600)
    assert fast.window == FAST_APP.window


@pytest.mark.parametrize(
    ("bytes_per_request", "push"),
    [
        pytest.param(200, 16_000, id="slow: all of it"),
        pytest.param(2000, 8000, id="16 MB"),
        pytest.param(60_000, 1500, id="a cache of 1,000 pages must fill up"),
        pytest.param(1_000_000, 100, id="100 MB"),
        pytest.param(50_000_000, 40, id="never fewer than can be judged"),
    ],
)
def test_a_fast_leak_shrinks_the_push(bytes_per_request: float, push: int) -> None:
    assert push_requests(FAST_APP, bytes_per_request=bytes_per_request) == push


@pytest.mark.parametrize(
    ("scarce_per_request", "push"), [(0, 16_000), (0.01, 16_000), (1, 300), (50, 40)]
)
def test_an_app_that_takes_descriptors_is_pushed_with_care(
    scarce_per_request: float, push: int
) -> None:
    pushed = push_requests(
        FAST_APP, bytes_per_request=0, scarce_per_request=scarce_per_request
    )

    assert pushed == push


@settings(deadline=None)
@given(SPEEDS, GROWTHS)
def test_growth_never_makes_for_more_load(speed: float, growth: float) -> None:
    pace = plan_pace(requests_per_s=speed)

    assert 1 <= window_requests(pace, bytes_per_request=growth) <= pace.window
    assert 1 <= push_requests(pace, bytes_per_request=growth) <= pace.push


@pytest.mark.parametrize("room_bytes", [5e6, 20e6, 60e6])
def test_an_app_with_little_heap_is_not_filled_by_the_check(room_bytes: float) -> None:
    leak = 20e3
    pace = plan_pace(requests_per_s=2000, bytes_per_request=leak)
    window = window_requests(pace, bytes_per_request=leak, room_bytes=room_bytes)
    pushed = push_requests(pace, bytes_per_request=leak, room_bytes=room_bytes)

    # Two windows and up to three pushes; the fewest requests that show anything are sent.
    sent = 2 * max(window, 19) + 3 * pushed
    assert sent * leak < room_bytes or pushed == 40


def test_room_that_is_not_needed_changes_nothing() -> None:
    pace = plan_pace(requests_per_s=2000, bytes_per_request=100)
    for plan in (window_requests, push_requests):
        assert plan(pace, bytes_per_request=100, room_bytes=2e9) == plan(
            pace, bytes_per_request=100
        )


def test_load_that_leaves_descriptors_open_takes_a_part_of_what_is_left() -> None:
    pushed = push_requests(
        FAST_APP, bytes_per_request=0, scarce_per_request=1, scarce_room=100
    )
    window = window_requests(
        FAST_APP, bytes_per_request=0, scarce_per_request=1, scarce_room=1000
    )

    assert (pushed, window) == (20, 53)


@pytest.mark.parametrize(
    ("waited_share", "push"),
    [(0.0, 160), (0.5, 320), (0.9, 1600), (1.0, 1600)],
    ids=["quiet", "half", "most", "all"],
)
def test_the_push_is_that_of_an_app_with_a_cpu_of_its_own(
    waited_share: float, push: int
) -> None:
    assert undisturbed(plan_pace(requests_per_s=100), waited_share).push == push


def test_the_longest_push_is_no_longer_on_a_busy_machine() -> None:
    longest = plan_pace(requests_per_s=1e6)

    assert undisturbed(longest, 0.5) == longest


@pytest.mark.parametrize(
    ("heap_mb", "look_s", "counts"),
    [
        pytest.param(50, 1.5, True, id="six looks fit"),
        pytest.param(150, 5.3, True, id="six looks just fit"),
        pytest.param(500, 16.0, False, id="six looks take longer than is left"),
        pytest.param(20, 16.0, True, id="a small heap on a machine that is very busy"),
    ],
)
def test_live_objects_are_counted_where_the_budget_has_room_for_it(
    heap_mb: float, look_s: float, *, counts: bool
) -> None:
    assert (
        has_time_to_count(heap_bytes=heap_mb * 1e6, look_s=look_s, left_s=50.0)
        is counts
    )
