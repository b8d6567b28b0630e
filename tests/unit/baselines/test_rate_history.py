from __future__ import annotations

import pytest
from measurements import known_leak, within

from pytest_nodeleak.baselines.baseline import Baseline, Rates, Status
from pytest_nodeleak.baselines.rate_history import Series, history_of
from pytest_nodeleak.evidence.estimate import Estimate

CLEAN = Rates(verdict="clean")
LEAK = known_leak()


def leaking(entries: float) -> Rates:
    leak = known_leak(entries=entries)
    return Rates(verdict="leak", leaks={leak.fingerprint: leak})


def baseline(**checks: Rates) -> Baseline:
    return Baseline(name="x", checks={name: {24: checks[name]} for name in checks})


def series(*rates: Estimate | None) -> Series:
    return Series(key="k", what="k", metric="fds", rates=rates)


def test_a_rate_is_followed_through_all_baselines() -> None:
    history = history_of(
        [baseline(a=leaking(1)), baseline(a=leaking(2)), baseline(a=CLEAN)],
        ["old", "new", "newest"],
    )

    (check,) = history.checks
    assert (check.check_id, check.major) == ("a", 24)
    entries, size = check.series
    assert [rate and rate.value for rate in entries.rates] == [1, 2, 0]
    assert [rate and rate.value for rate in size.rates] == [402, 402, 0]
    assert (entries.metric, size.metric) == ("entries", "bytes")


def test_a_baseline_that_lacks_a_check_is_a_gap_and_not_a_zero() -> None:
    history = history_of(
        [baseline(b=CLEAN), baseline(a=leaking(1), b=CLEAN)], ["old", "new"]
    )

    of_a, of_b = history.checks
    assert (of_a.is_in, of_b.is_in) == ((False, True), (True, True))
    assert of_a.series[0].rates == (None, LEAK.entries)
    assert of_b.series == ()


def test_versions_of_node_are_followed_apart() -> None:
    both = Baseline(name="x", checks={"a": {20: leaking(1), 24: leaking(2)}})

    history = history_of([both], ["only"])

    assert [(check.major, check.series[0].first.value) for check in history.checks] == [
        (20, 1),
        (24, 2),
    ]


@pytest.mark.parametrize(
    ("rates", "status", "change"),
    [
        ((within(1, 0.05), within(1.04, 0.05)), None, 0.04),
        ((within(1, 0.05), within(2, 0.05)), Status.WORSE, 1.0),
        ((within(2, 0.05), None, within(1, 0.05)), Status.BETTER, -0.5),
        ((None, within(1, 0.05)), None, 0.0),
        ((within(0, 0), within(1, 0.05)), Status.NEW, None),
        ((within(1, 0.05), within(0, 0)), Status.GONE, -1.0),
        ((within(0, 0), within(1, 0), within(0, 0)), None, None),
    ],
)
def test_what_became_of_a_rate_is_told_from_its_ends(
    rates: tuple[Estimate | None, ...], status: Status | None, change: float | None
) -> None:
    one = series(*rates)

    assert one.status == status
    assert one.change == (None if change is None else pytest.approx(change))
