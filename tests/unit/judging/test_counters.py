from __future__ import annotations

from dataclasses import fields, replace

import pytest
from measurements import readings, rise

from pytest_nodeleak.evidence.measurement import Rise
from pytest_nodeleak.judging.counters import (
    COUNTERS,
    is_exceeded,
    rises_of,
    rising,
    scarce_per_request,
    with_kept,
)
from pytest_nodeleak.judging.policy import LeakPolicy

BY_NAME = {counter.name: counter for counter in COUNTERS}
TIMERS = BY_NAME["timers"]
STRICT = LeakPolicy(timer_growth=0.1)


def test_every_counter_has_a_limit_of_the_policy() -> None:
    names = {field.name for field in fields(LeakPolicy)}

    assert {counter.limit for counter in COUNTERS} <= names


def test_a_counter_that_follows_the_requests_has_their_slope() -> None:
    rises = rises_of(readings(timers=(1, 4801), external_bytes=(2e6, 2e6)))

    assert rises["timers"].growth.value == pytest.approx(1.0)
    assert (rises["timers"].first, rises["timers"].last) == (1, 4801)
    assert rises["external"].growth == 0


def test_a_counter_that_could_not_be_read_once_has_no_slope() -> None:
    several = readings()

    rises = rises_of([replace(several[0], fds=None), *several[1:]])

    assert "fds" not in rises
    assert "handles" in rises


@pytest.mark.parametrize("count", [0, 1, 4])
def test_too_few_readings_have_no_slope(count: int) -> None:
    assert rises_of(readings()[:count]) == {}


def test_readings_without_load_between_them_have_no_slope() -> None:
    assert rises_of([readings()[0]] * 9) == {}


def test_rounds_without_load_are_one_reading_with_the_one_before() -> None:
    several = readings(timers=(1, 4801))
    at_the_end = [several[5]] * 3

    assert rises_of([*several[:5], *at_the_end]) == rises_of(several[:6])
    assert rises_of([*several[:3], *at_the_end]) == {}


@pytest.mark.parametrize(
    "risen",
    [
        pytest.param(rise(0.5, within=0.1), id="proven"),
        pytest.param(rise(0.5, within=0.1, kept=0.5), id="proven, and went on"),
    ],
)
def test_a_proven_growth_is_beyond_its_limit(risen: Rise) -> None:
    assert is_exceeded(risen, TIMERS, STRICT)


@pytest.mark.parametrize(
    "risen",
    [
        pytest.param(rise(0.5, within=0.45), id="the interval reaches the limit"),
        pytest.param(rise(0.1), id="at the limit"),
        pytest.param(replace(rise(0.5), first=0, last=20), id="a pool that opened"),
        pytest.param(rise(0.5, within=0.1, kept=0.0), id="stopped"),
        pytest.param(rise(0.5, within=0.1, kept=-0.2), id="let go of in silence"),
        pytest.param(rise(0.5, within=0.1, kept=0.14), id="hardly went on"),
    ],
)
def test_what_is_not_proven_or_did_not_last_is_within_it(risen: Rise) -> None:
    assert not is_exceeded(risen, TIMERS, STRICT)


def test_without_a_limit_nothing_is_beyond_it() -> None:
    assert not is_exceeded(rise(1e6), TIMERS, LeakPolicy(timer_growth=None))


def test_the_usual_limits_bound_what_runs_out_and_leave_bytes_alone() -> None:
    rises = {counter.name: rise(1e6) for counter in COUNTERS}

    assert {counter.name for counter in rising(rises, LeakPolicy())} == {
        "external",
        "objects",
        "listeners",
        "timers",
        "handles",
        "fds",
        "contexts",
        "threads",
    }


def test_what_is_scarce_is_taken_by_the_fastest_proven_growth() -> None:
    rises = {
        "fds": rise(1.0, within=0.1),
        "handles": rise(0.5),
        "listeners": rise(9.0),
        "threads": rise(2.0, within=3.0),
    }

    assert scarce_per_request(rises) == pytest.approx(0.9)
    assert scarce_per_request({}) == 0


def test_what_counts_at_the_end_is_what_came_after_the_screen_and_stayed() -> None:
    screened = replace(readings()[-1], requests=5000, timers=900, fds=None)
    last = replace(screened, requests=15_000, timers=1900)

    kept = with_kept(
        {"timers": rise(0.5), "fds": rise(0.5)}, screened=screened, last=last
    )

    assert kept["timers"].kept == 0.1
    assert kept["fds"].kept is None
