"""Known leaks may stay, whatever the baseline's verdict; what is worse or new fails."""

from __future__ import annotations

from dataclasses import replace

import pytest
from measurements import (
    bounded,
    check,
    collection_finding,
    delay,
    known,
    known_leak,
    leaking,
    listener_finding,
    measurement,
    rise,
    timer_finding,
    unclear,
    within,
)

from pytest_nodeleak.baselines.baseline import Baseline, LeakRate, Rates, Status
from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.evidence.measurement import Measurement, Rise
from pytest_nodeleak.judging.check import Check, verdict_name
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.judging.ratchet import Known, Reference, Worsened
from pytest_nodeleak.judging.rates import rates_of
from pytest_nodeleak.judging.rulings import Accepted, Expired, NotListed
from pytest_nodeleak.judging.verdict import OverLimit
from pytest_nodeleak.report.compared import changes_in, needs_baseline

LEAK = collection_finding()
NO_LEAK = Rates(verdict="clean")
ONE_LEAK = Rates(verdict="leak", leaks={LEAK.fingerprint: known_leak()})


def compared(
    measured: Measurement, rates: Rates | None, policy: LeakPolicy | None = None
) -> Check:
    return replace(check(measured, policy), reference=reference(rates))


def reference(rates: Rates | None) -> Reference:
    return Reference(name="main", major=24, rates=rates)


def with_leaks(*findings: Finding) -> Measurement:
    return measurement(watched=tuple(map(leaking, findings)))


def growing(name: str, rate: Rise) -> Measurement:
    return measurement(rises={name: rate})


def left(judged: Check) -> str:
    return verdict_name(judged.left)


def test_a_leak_that_the_baseline_has_passes_and_is_still_called_a_leak() -> None:
    judged = compared(with_leaks(LEAK), ONE_LEAK)

    assert (verdict_name(judged.verdict), left(judged)) == ("leak", "clean")
    assert needs_baseline(judged)
    assert changes_in(judged) == ()
    (suspect,) = judged.measurement.watched
    assert judged.ruling_of(suspect) == Known(name="main", before=known_leak())


def test_a_leak_that_got_worse_fails() -> None:
    worse = replace(LEAK, entries_per_request=2.0)

    judged = compared(with_leaks(worse), ONE_LEAK)

    assert left(judged) == "leak"
    (change,) = changes_in(judged)
    assert change.status is Status.WORSE
    (suspect,) = judged.measurement.watched
    assert judged.ruling_of(suspect) == Worsened(name="main", change=change)


def test_a_new_leak_fails_beside_a_known_one() -> None:
    judged = compared(with_leaks(LEAK, listener_finding()), ONE_LEAK)

    assert left(judged) == "leak"
    assert [finding.kind for finding in judged.findings] == ["listener", "collection"]
    (change,) = changes_in(judged)
    assert (change.status, change.key) == (Status.NEW, "7d0f4a3be911")


def test_a_check_that_the_baseline_lacks_is_judged_as_without_one() -> None:
    judged = compared(with_leaks(LEAK), None)

    assert left(judged) == "leak"
    assert changes_in(judged) == ()


def test_a_baseline_says_nothing_of_what_the_user_did_not_ask_to_compare() -> None:
    judged = check(with_leaks(LEAK))

    assert changes_in(judged) == ()
    assert not needs_baseline(judged)


def test_a_leak_that_is_gone_is_an_improvement() -> None:
    judged = compared(measurement(watched=(bounded(LEAK),)), ONE_LEAK)

    assert left(judged) == "clean"
    assert [change.status for change in changes_in(judged)] == [Status.GONE]
    assert not needs_baseline(judged)


def test_an_inconclusive_check_proves_no_change() -> None:
    doubtful = measurement(watched=(unclear(timer_finding(), reason="it may stop"),))

    judged = compared(doubtful, ONE_LEAK)

    assert left(judged) == "inconclusive"
    assert changes_in(judged) == ()


def test_a_suspect_beside_a_leak_is_no_new_leak_yet() -> None:
    measured = measurement(
        watched=(leaking(LEAK), unclear(timer_finding(), reason="it may stop"))
    )

    (change,) = changes_in(compared(measured, NO_LEAK))

    assert change.key == LEAK.fingerprint


def test_what_may_be_a_leak_passes_if_it_was_one() -> None:
    doubtful = measurement(watched=(unclear(LEAK, reason="it may stop"),))

    assert left(compared(doubtful, ONE_LEAK)) == "clean"


def test_a_check_that_could_not_look_into_the_heap_is_inconclusive_and_not_worse() -> (
    None
):
    listeners = {"listeners": rise(2.0, kept=2.0)}
    seen = measurement(watched=(leaking(listener_finding()),), rises=listeners)
    unseen = measurement(rises=listeners, detectable_objects=None)

    judged = compared(unseen, rates_of(seen, LeakPolicy(), verdict="leak"))

    assert (verdict_name(judged.verdict), left(judged)) == (
        "over_limit",
        "inconclusive",
    )
    assert changes_in(judged) == ()


@pytest.mark.parametrize(
    ("detectable", "outcome"), [(0.6, "clean"), (1.2, "inconclusive")]
)
def test_a_known_leak_passes_though_it_leaves_room_for_few_requests(
    detectable: float, outcome: str
) -> None:
    """65 KB per request left room to see 0.6 objects per request."""
    few = measurement(watched=(leaking(LEAK),), detectable_objects=detectable)

    assert left(compared(few, ONE_LEAK)) == outcome
    assert left(compared(few, NO_LEAK)) == "leak"
    nothing = measurement(detectable_objects=detectable)
    assert left(compared(nothing, ONE_LEAK)) == "inconclusive"


def test_a_leak_without_a_fingerprint_is_never_known() -> None:
    nameless = replace(LEAK, fingerprint="")
    rates = Rates(verdict="leak", leaks={"": known_leak("")})

    judged = compared(with_leaks(nameless), rates)

    assert left(judged) == "leak"
    assert judged.added.leaks == {}


def test_leaks_with_one_fingerprint_are_added_up() -> None:
    both = with_leaks(LEAK, replace(LEAK, objects_per_request=5.0))

    assert both.watched[0] != both.watched[1]
    assert left(compared(both, ONE_LEAK)) == "leak"
    (leak,) = compared(both, ONE_LEAK).added.leaks.values()
    assert (leak.entries.value, leak.size_bytes.value) == (2.0, 804.0)


# Suppressions beside a baseline.


def test_what_the_suppressions_file_accepts_may_be_new_or_worse() -> None:
    for rates in (NO_LEAK, ONE_LEAK):
        worse = with_leaks(replace(LEAK, entries_per_request=2.0))
        judged = replace(
            check(worse, None, known({"holder": "cache"})), reference=reference(rates)
        )

        assert left(judged) == "clean"
        assert changes_in(judged) == ()
        assert not needs_baseline(judged)
        assert isinstance(judged.ruling_of(worse.watched[0]), Accepted)


def test_a_baseline_does_not_prolong_a_suppression() -> None:
    from datetime import date

    listed = known({"holder": "cache", "expires": date(2020, 1, 1)})
    judged = replace(
        check(with_leaks(LEAK), None, listed), reference=reference(ONE_LEAK)
    )

    assert left(judged) == "leak"
    assert isinstance(judged.ruling_of(judged.measurement.watched[0]), Expired)


# Counters.

#: 200 bytes of external memory per request, and more load added as much.
EXTERNAL = rise(200.0, within=5.0, kept=190.0)


def test_a_growth_that_the_baseline_has_passes_beyond_the_limit() -> None:
    rates = Rates(verdict="over_limit", growth={"external": within(200, 50)})

    judged = compared(growing("external", EXTERNAL), rates)

    assert (verdict_name(judged.verdict), left(judged)) == ("over_limit", "clean")
    assert needs_baseline(judged)


def test_a_growth_that_got_worse_fails_by_the_baselines_limit() -> None:
    rates = Rates(verdict="over_limit", growth={"external": within(100, 20)})

    judged = compared(growing("external", EXTERNAL), rates)

    assert isinstance(judged.left, OverLimit)
    (breach,) = judged.left.breaches
    assert (breach.metric, breach.limit) == ("external", 120)
    assert breach.allowed_by == "baseline main: at most"
    (finding,) = judged.left.findings
    assert finding.kind == "external"
    assert [change.status for change in changes_in(judged)] == [Status.WORSE]


def test_what_the_user_allows_is_held_to_the_baseline() -> None:
    generous = LeakPolicy(external_slope_bytes=1000)
    measured = growing("external", EXTERNAL)

    assert left(compared(measured, None, generous)) == "clean"
    assert left(compared(measured, NO_LEAK, generous)) == "over_limit"
    known_growth = Rates(verdict="clean", growth={"external": within(200, 50)})
    assert left(compared(measured, known_growth, generous)) == "clean"


def test_a_limit_below_the_usual_one_holds() -> None:
    strict = LeakPolicy(timer_growth=0.0)
    measured = growing("timers", rise(0.015, kept=0.015))

    assert left(compared(measured, NO_LEAK, strict)) == "over_limit"
    assert left(compared(measured, NO_LEAK)) == "clean"


def test_growth_that_may_yet_be_let_go_of_is_not_worse() -> None:
    rates = Rates(verdict="over_limit", growth={"external": within(100, 20)})

    judged = compared(growing("external", replace(EXTERNAL, kept=None)), rates)

    assert left(judged) == "clean"
    assert changes_in(judged) == ()


def test_what_a_known_leak_makes_grow_is_known_as_well() -> None:
    listeners = listener_finding()
    measured = measurement(
        watched=(leaking(listeners),), rises={"listeners": rise(2.0, kept=2.0)}
    )

    rates = rates_of(measured, LeakPolicy(), verdict="leak")

    assert list(rates.growth) == ["listeners"]
    assert left(compared(measured, rates)) == "clean"


def test_a_new_leak_and_a_growth_that_got_worse_are_told_together() -> None:
    measured = measurement(watched=(leaking(LEAK),), rises={"timers": rise(1, kept=1)})
    rates = Rates(verdict="over_limit", growth={"timers": within(0.5, 0.1)})

    judged = compared(measured, rates)

    assert left(judged) == "leak"
    assert {change.key: change.status for change in changes_in(judged)} == {
        LEAK.fingerprint: Status.NEW,
        "timers": Status.WORSE,
    }


def test_delays_are_held_to_their_limits_and_to_no_baseline() -> None:
    judged = compared(measurement(loop_delay=delay(310)), Rates(verdict="over_limit"))

    assert left(judged) == "over_limit"
    assert judged.added.growth == {}


def test_a_worse_growth_stands_before_other_limits() -> None:
    measured = measurement(loop_delay=delay(310), rises={"external": EXTERNAL})
    rates = Rates(verdict="over_limit", growth={"external": within(100, 20)})

    judged = compared(measured, rates)

    assert isinstance(judged.left, OverLimit)
    assert [one.metric for one in judged.left.breaches] == [
        "external",
        "loop_delay_p99",
    ]


def test_a_counter_that_this_version_does_not_know_is_left_alone() -> None:
    rates = Rates(verdict="over_limit", growth={"gremlins": within(1, 0)})

    assert left(compared(measurement(), rates)) == "clean"


def test_a_table_that_has_just_grown_makes_no_leak_worse() -> None:
    """A Map of small entries came to 145 and 197 bytes per request, in two runs."""
    leaner, heavier = (replace(LEAK, bytes_per_request=size) for size in (145, 197))

    rates = rates_of(with_leaks(leaner), LeakPolicy(), verdict="leak")

    assert changes_in(compared(with_leaks(heavier), rates)) == ()


def test_a_reference_is_what_the_baseline_has_on_this_version_of_node() -> None:
    baseline = Baseline(name="main", checks={"t": {24: ONE_LEAK, 22: NO_LEAK}})

    of_known = Reference.to(baseline, "t", "v24.3.0")
    of_other_node = Reference.to(baseline, "t", "v26.0.0")
    of_new = Reference.to(baseline, "u", "v22.1.0")

    assert (of_known.rates, of_known.knows_major) == (ONE_LEAK, True)
    assert (of_other_node.rates, of_other_node.knows_major) == (None, False)
    assert (of_new.rates, of_new.knows_major) == (None, True)


def test_a_suspect_that_settled_is_in_no_baseline() -> None:
    judged = compared(measurement(watched=(bounded(LEAK),)), ONE_LEAK)

    assert judged.ruling_of(judged.measurement.watched[0]) == NotListed()


def test_a_leak_rate_is_worse_by_bytes_alone() -> None:
    light = LeakRate(
        fingerprint=LEAK.fingerprint,
        what="x",
        entries=within(1, 0.05),
        size_bytes=within(100, 40),
    )

    judged = compared(
        with_leaks(LEAK), Rates(verdict="leak", leaks={light.fingerprint: light})
    )

    (change,) = changes_in(judged)
    assert (change.status, change.metric) == (Status.WORSE, "bytes")
    assert left(judged) == "leak"
