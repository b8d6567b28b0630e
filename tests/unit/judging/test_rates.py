"""What a check adds per request, and how far that differs from run to run."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from measurements import (
    collection_finding,
    leaking,
    listener_finding,
    measurement,
    rise,
    unclear,
    within,
)

from pytest_nodeleak.evidence.estimate import Estimate
from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.evidence.measurement import Measurement, Rise
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.judging.rates import rates_of

LEAK = collection_finding()


def with_leaks(*findings: Finding) -> Measurement:
    return measurement(watched=tuple(map(leaking, findings)))


def growing(name: str, rate: Rise) -> Measurement:
    return measurement(rises={name: rate})


def test_a_clean_check_adds_nothing() -> None:
    rates = rates_of(measurement(), LeakPolicy(), verdict="clean")

    assert (rates.leaks, rates.growth) == ({}, {})
    assert rates.detectable == 0.01
    assert "external" in rates.doubtful


def test_a_check_without_snapshots_would_have_seen_no_leak() -> None:
    blind = measurement(detectable_objects=None)

    assert rates_of(blind, LeakPolicy()).detectable == math.inf


def test_a_limit_that_the_user_has_raised_hides_no_growth() -> None:
    measured = growing("external", rise(200.0, within=5.0, kept=190.0))

    rates = rates_of(measured, LeakPolicy(external_slope_bytes=1000))

    # A tenth of it, and half of the usual limit.
    assert rates.growth == {"external": within(200, 20 + 32)}


def test_growth_has_ends_even_where_few_readings_give_none() -> None:
    endless = replace(
        rise(1, kept=1), growth=Estimate(value=1.0, low=0.5, high=math.inf)
    )

    (rate,) = rates_of(growing("timers", endless), LeakPolicy()).growth.values()

    assert rate == within(1, 0.5 + 0.01)


@pytest.mark.parametrize(
    ("entries", "within_share"),
    [
        (1.0, 0.05),
        (17.0, 0.05),
        # 0.01 of 499 requests is five entries, which chance decides on.
        (0.01, 1.0),
    ],
)
def test_what_every_request_adds_is_no_matter_of_chance(
    entries: float, within_share: float
) -> None:
    finding = replace(
        LEAK, entries_per_request=entries, bytes_per_request=entries * 1e4
    )
    measured = measurement(watched=(leaking(finding, size=None),))

    (leak,) = rates_of(measured, LeakPolicy()).leaks.values()

    assert leak.entries.high == pytest.approx(entries * (1 + within_share))


@pytest.mark.parametrize(("entries", "is_noted"), [(1.0, True), (0.0755, False)])
def test_what_is_not_proven_is_noted_if_every_request_adds_as_much(
    entries: float,
    is_noted: bool,  # noqa: FBT001
) -> None:
    """Connections gave 0.0755 parsers per request once; nothing like it came again."""
    finding = replace(LEAK, entries_per_request=entries)
    measured = measurement(watched=(unclear(finding, reason="it may stop"),))

    rates = rates_of(measured, LeakPolicy())

    assert (LEAK.fingerprint in rates.leaks) is is_noted
    assert rates.unclear == {LEAK.fingerprint}


@pytest.mark.parametrize("kept", [None, 4.0])
def test_what_a_leak_makes_grow_is_noted_however_well_it_was_seen(
    kept: float | None,
) -> None:
    noisy = rise(4.0, within=9.0, kept=kept)
    measured = measurement(
        watched=(leaking(LEAK),), rises={"objects": noisy, "timers": noisy}
    )

    rates = rates_of(measured, LeakPolicy())

    # Of its four objects per request none is a timer.
    assert list(rates.growth) == ["objects"]


def test_the_heap_is_compared_by_its_leaks_alone() -> None:
    measured = measurement(
        watched=(leaking(LEAK),), rises={"heap_used": rise(420, kept=420)}
    )

    assert rates_of(measured, LeakPolicy(heap_slope_bytes=64)).growth == {}


def test_entries_that_were_counted_long_are_known_better() -> None:
    finding = replace(LEAK, entries_per_request=0.1)
    measured = measurement(watched=(leaking(finding, requests=40_000),))

    (leak,) = rates_of(measured, LeakPolicy()).leaks.values()

    # Three standard deviations of 4,000 entries; of 50 for the bytes.
    assert leak.entries.high == pytest.approx(0.1 * (1 + max(0.05, 3 / 4000**0.5)))
    assert leak.size_bytes.high > 1.4 * leak.size_bytes.value


@pytest.mark.parametrize(
    ("finding", "what"),
    [
        (LEAK, "collection cache, server.js"),
        (listener_finding(), "listener bus._events.order, package @acme/bus"),
        (collection_finding(name="tenants.user_4711"), "collection tenants.user_#, "),
        (replace(LEAK, holder=None), "collection"),
    ],
)
def test_a_leak_is_named_without_what_another_run_has_differently(
    finding: Finding, what: str
) -> None:
    (leak,) = rates_of(with_leaks(finding), LeakPolicy()).leaks.values()

    assert leak.what.startswith(what)
    assert ":" not in leak.what
