"""What counts as a change, and what of it is written down."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from measurements import known_leak, within

from pytest_nodeleak.baselines.baseline import (
    Baseline,
    Change,
    Rates,
    Status,
    changes_of,
    interval_of,
    merged,
    node_major,
)
from pytest_nodeleak.evidence.estimate import Estimate

KEY = "0c5e8b1d42aa"


def leaking(*, entries: float = 1.0, size: float = 402.0) -> Rates:
    leak = known_leak(entries=entries, size=size)
    return Rates(verdict="leak", leaks={leak.fingerprint: leak})


def growing(**growth: Estimate) -> Rates:
    return Rates(verdict="over_limit", growth=growth)


CLEAN = Rates(verdict="clean")


def only(before: Rates, after: Rates) -> Change:
    (change,) = changes_of(before, after)
    return change


def test_a_rate_within_what_differs_from_run_to_run_is_no_change() -> None:
    assert changes_of(leaking(), leaking(entries=1.09, size=500)) == ()


@pytest.mark.parametrize(
    ("after", "status", "metric"),
    [
        (leaking(entries=2), Status.WORSE, "entries"),
        (leaking(size=804), Status.WORSE, "bytes"),
        (leaking(entries=2, size=804), Status.WORSE, "entries"),
        (leaking(entries=0.5), Status.BETTER, "entries"),
        (leaking(size=100), Status.BETTER, "bytes"),
        # Fewer that are heavier: what is worse is told.
        (leaking(entries=0.5, size=804), Status.WORSE, "bytes"),
    ],
)
def test_a_leak_changes_by_its_entries_or_by_its_bytes(
    after: Rates, status: Status, metric: str
) -> None:
    change = only(leaking(), after)

    assert (change.status, change.metric) == (status, metric)
    assert change.is_worse == (status is Status.WORSE)


def test_a_leak_that_the_baseline_lacks_is_new() -> None:
    change = only(CLEAN, leaking())

    assert (change.status, change.key, change.before) == (Status.NEW, KEY, None)
    assert change.is_worse


def test_a_leak_that_would_have_been_seen_is_gone() -> None:
    change = only(leaking(), replace(CLEAN, detectable=0.01))

    assert (change.status, change.key, change.after) == (Status.GONE, KEY, None)
    assert not change.is_worse


@pytest.mark.parametrize("detectable", [1.5, math.inf])
def test_a_leak_too_rare_for_the_check_to_see_is_not_called_gone(
    detectable: float,
) -> None:
    assert changes_of(leaking(), replace(CLEAN, detectable=detectable)) == ()


def test_a_leak_of_which_nothing_was_proven_is_not_called_gone() -> None:
    unclear = replace(CLEAN, detectable=0.01, unclear={KEY})

    assert changes_of(leaking(), unclear) == ()


def test_a_counter_that_begins_to_grow_is_new() -> None:
    change = only(CLEAN, growing(timers=within(1, 0.1)))

    assert (change.status, change.key, change.metric) == (
        Status.NEW,
        "timers",
        "timers",
    )


@pytest.mark.parametrize(
    ("now", "status"),
    [
        (growing(timers=within(1.15, 0.1)), None),
        (growing(timers=within(2, 0.1)), Status.WORSE),
        (growing(timers=within(0.5, 0.1)), Status.BETTER),
        # Not proven any more, and seen to be slower.
        (Rates(verdict="clean", doubtful={"timers": within(0, 0.1)}), Status.GONE),
        # Not proven, but it may be what it was.
        (Rates(verdict="clean", doubtful={"timers": within(0.8, 0.5)}), None),
        # Not read: nothing is known.
        (CLEAN, None),
    ],
)
def test_a_counter_changes_only_by_what_was_seen(
    now: Rates, status: Status | None
) -> None:
    found = [
        change.status for change in changes_of(growing(timers=within(1, 0.1)), now)
    ]

    assert found == ([] if status is None else [status])


def test_what_is_worse_is_told_first() -> None:
    changes = changes_of(leaking(), growing(timers=within(1, 0)))

    assert [change.status for change in changes] == [Status.NEW, Status.GONE]


def test_what_is_saved_again_stays_as_it_stands_unless_it_has_changed() -> None:
    before = replace(leaking(), growth={"timers": within(1, 0.1)})
    noisy = replace(
        leaking(entries=1.02, size=410), growth={"timers": within(1.01, 0.1)}
    )

    assert merged(before, noisy) == before


def test_what_has_changed_is_saved_with_its_new_numbers() -> None:
    before = replace(leaking(), growth={"timers": within(1, 0.1)})
    after = replace(leaking(entries=0.5), growth={"handles": within(1, 0.1)})

    saved = merged(before, replace(after, doubtful={"timers": within(0, 0.1)}))

    assert saved == after


def test_a_leak_that_may_be_there_yet_stays_in_the_baseline() -> None:
    saved = merged(leaking(), replace(CLEAN, detectable=1.5))

    assert saved == replace(leaking(), verdict="clean")


def test_a_first_save_takes_what_was_measured() -> None:
    after = replace(leaking(), doubtful={"timers": within(0, 1)}, detectable=0.01)

    assert merged(None, after) == leaking()


def test_the_interval_of_few_entries_is_wide_and_never_negative() -> None:
    few = interval_of(0.01, number=4, tolerance=0.05)
    many = interval_of(0.01, number=90_000, tolerance=0.05)
    unknown = interval_of(1.0, number=0, tolerance=0.05)

    assert (few.low, few.high) == (0.0, 0.02)
    assert (many.low, many.high) == pytest.approx((0.0095, 0.0105))
    assert (unknown.low, unknown.high) == (0.0, 2.0)


def test_slack_widens_an_interval_by_so_much() -> None:
    rate = interval_of(100, number=math.inf, tolerance=0.1, slack=32)

    assert (rate.low, rate.value, rate.high) == pytest.approx((58, 100, 142))


def test_a_baseline_is_looked_up_by_check_and_version() -> None:
    known = Baseline(name="main", checks={"t": {24: leaking()}, "u": {20: CLEAN}})

    assert known.rates_of("t", 24) == leaking()
    assert known.rates_of("t", 20) is None
    assert known.rates_of("v", 24) is None
    assert known.majors == (20, 24)


@pytest.mark.parametrize(
    ("version", "major"), [("v24.3.0", 24), ("v25.0.0-nightly20260101", 25)]
)
def test_the_major_version_is_its_first_number(version: str, major: int) -> None:
    assert node_major(version) == major
