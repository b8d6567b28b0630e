from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from measurements import (
    blocking_finding,
    bounded,
    check,
    collection_finding,
    delay,
    external_finding,
    known,
    leaking,
    listener_finding,
    measurement,
    readings,
    rise,
    unclear,
)

from pytest_nodeleak.evidence.measurement import Measurement, Rise
from pytest_nodeleak.heap.threads import Thread
from pytest_nodeleak.judging.check import Check, verdict_name
from pytest_nodeleak.judging.forecast import Resource
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.judging.suppressions import Rate

LEAK = check(measurement(watched=(leaking(collection_finding()),)))
OVER_LIMIT = check(measurement(loop_delay=delay(310), blocking=blocking_finding()))
CLEAN = check(measurement(watched=(bounded(collection_finding()),)))
INCONCLUSIVE = check(
    measurement(watched=(unclear(collection_finding(), reason="no load"),))
)


@pytest.mark.parametrize(
    ("judged", "name"),
    [
        (LEAK, "leak"),
        (OVER_LIMIT, "over_limit"),
        (CLEAN, "clean"),
        (INCONCLUSIVE, "inconclusive"),
    ],
    ids=["leak", "over_limit", "clean", "inconclusive"],
)
def test_verdicts_have_the_names_of_the_record(judged: Check, name: str) -> None:
    assert verdict_name(judged.verdict) == name


def test_a_check_is_judged_by_its_policy() -> None:
    measured = measurement(loop_delay=delay(310))

    assert verdict_name(check(measured).verdict) == "over_limit"
    lenient = check(measured, LeakPolicy(loop_delay_p99_ms=400))
    assert verdict_name(lenient.verdict) == "clean"


def test_the_findings_are_those_the_verdict_rests_on() -> None:
    assert LEAK.findings == (collection_finding(),)
    assert OVER_LIMIT.findings == (blocking_finding(),)
    assert INCONCLUSIVE.findings == (collection_finding(),)
    assert CLEAN.findings == ()


def test_the_forecast_adds_up_what_leaks_on_the_heap() -> None:
    watched = tuple(
        leaking(finding)
        for finding in (collection_finding(), listener_finding(), external_finding())
    )

    outlook = check(
        measurement(watched=watched, read=readings(heap_bytes=(5e6, 9e6)))
    ).forecast

    assert outlook is not None
    assert outlook.limit == 2096 * 1024**2
    # 402 + 256 bytes and the 164 of the Buffer's own objects, from 5 MB on.
    assert outlook.requests_to_limit == int((2096 * 1024**2 - 5e6) / (402 + 256 + 164))


def test_a_leak_outside_the_heap_has_no_forecast_for_the_heap() -> None:
    outside = replace(external_finding(), bytes_per_request=65_536.0)

    assert check(measurement(watched=(leaking(outside),))).forecast is None


@pytest.mark.parametrize(
    "judged", [OVER_LIMIT, CLEAN, INCONCLUSIVE], ids=["over", "clean", "inconclusive"]
)
def test_only_what_grows_has_a_forecast(judged: Check) -> None:
    assert judged.forecast is None
    assert judged.forecasts == ()


def test_in_a_container_the_limit_that_is_reached_first_counts() -> None:
    small = replace(LEAK.measurement, memory_limit_bytes=256 * 1024**2)
    large = replace(LEAK.measurement, memory_limit_bytes=8 * 1024**3)

    outlook = check(small).forecast
    assert outlook is not None
    assert outlook.resource is Resource.MEMORY
    # From the 70 MB of resident memory on.
    assert outlook.requests_to_limit == int((256 * 1024**2 - 70e6) / 402)
    assert check(large).forecast == LEAK.forecast


def test_descriptors_and_listeners_beyond_their_limits_have_a_forecast() -> None:
    measured = replace(
        measurement(rises={"fds": rise(1, kept=1), "listeners": rise(2, kept=2)}),
        fd_limit=1024,
    )

    forecasts = {one.resource: one for one in check(measured).forecasts}

    assert forecasts.keys() == {Resource.FDS, Resource.LISTENERS}
    assert forecasts[Resource.FDS].requests_to_limit == 1024 - 22
    assert forecasts[Resource.LISTENERS].usual.per_hour == 360_000
    assert check(measured).forecast is None


def test_the_descriptors_of_a_leak_have_a_forecast_beside_its_heap() -> None:
    measured = replace(
        measurement(
            watched=(leaking(collection_finding()),),
            rises={"fds": rise(1, kept=1), "listeners": rise(2, kept=2)},
        ),
        fd_limit=1024,
    )

    forecasts = {one.resource: one for one in check(measured).forecasts}

    assert forecasts.keys() == {Resource.HEAP, Resource.FDS}
    assert forecasts[Resource.FDS].requests_to_limit == 1024 - 22


def test_forecasts_are_made_for_the_traffic_that_was_given() -> None:
    judged = Check.of("t", LEAK.measurement, LeakPolicy(), rates=(7.0,))

    assert judged.forecast is not None
    assert [at.requests_per_s for at in judged.forecast.hours_at] == [7.0]


def test_a_leak_without_readings_is_forecast_from_an_empty_heap() -> None:
    judged = check(measurement(watched=(leaking(collection_finding()),), read=()))

    assert judged.forecast is not None
    assert judged.forecast.requests_to_limit == int(2096 * 1024**2 / 402)


CACHE: dict[str, object] = {"holder": "cache"}
BOTH = measurement(
    watched=(leaking(collection_finding()), leaking(listener_finding())),
)


def left(measured: Measurement, policy: LeakPolicy | None = None) -> str:
    return verdict_name(check(measured, policy, known(CACHE)).left)


def test_without_a_list_what_is_left_is_the_verdict() -> None:
    assert LEAK.left is LEAK.verdict
    assert (LEAK.accepted, LEAK.used_suppressions) == ((), ())
    assert not LEAK.is_suppressed


def test_a_known_leak_is_a_leak_with_nothing_left_to_fail_by() -> None:
    judged = check(LEAK.measurement, suppressions=known(CACHE))

    assert verdict_name(judged.verdict) == "leak"
    assert verdict_name(judged.left) == "clean"
    assert judged.is_suppressed
    assert judged.shown is judged.verdict
    assert judged.findings == judged.leaks == LEAK.findings
    assert judged.used_suppressions == (1,)
    assert judged.forecast == LEAK.forecast


def test_a_clean_check_is_not_suppressed() -> None:
    judged = check(CLEAN.measurement, suppressions=known(CACHE))

    assert not judged.is_suppressed
    assert judged.used_suppressions == ()


def test_another_leak_beside_a_known_one_is_left_and_comes_first() -> None:
    judged = check(BOTH, suppressions=known(CACHE))

    assert verdict_name(judged.left) == "leak"
    assert not judged.is_suppressed
    assert judged.findings == (listener_finding(), collection_finding())
    assert [one.finding for one in judged.accepted] == [collection_finding()]


@pytest.mark.parametrize(
    "entry",
    [
        {"holder": "cache", "expires": date(2020, 1, 1)},
        {"holder": "cache", "at_most": Rate(value=0.1)},
    ],
    ids=["expired", "worse"],
)
def test_a_suppression_out_of_force_is_used_and_suppresses_nothing(
    entry: dict[str, object],
) -> None:
    judged = check(LEAK.measurement, suppressions=known(entry))

    assert verdict_name(judged.left) == "leak"
    assert judged.accepted == ()
    assert judged.used_suppressions == (1,)


def test_a_suspect_in_doubt_is_not_when_it_is_known() -> None:
    judged = check(INCONCLUSIVE.measurement, suppressions=known(CACHE))

    assert verdict_name(judged.verdict) == "inconclusive"
    assert judged.is_suppressed


def test_too_little_evidence_for_other_leaks_is_still_too_little() -> None:
    few = measurement(watched=BOTH.watched[:1], detectable_objects=0.8)

    assert left(few) == "inconclusive"


@pytest.mark.parametrize(
    ("rises", "verdict"),
    [
        ({"objects": rise(4.3, kept=4.3)}, "clean"),
        ({"objects": rise(9, kept=9)}, "over_limit"),
        ({"timers": rise(1, kept=1)}, "over_limit"),
        ({"fds": rise(1, kept=1)}, "over_limit"),
    ],
    ids=["its objects", "more objects", "timers", "descriptors"],
)
def test_a_counter_is_over_its_limit_but_for_what_the_known_leak_holds(
    rises: dict[str, Rise], verdict: str
) -> None:
    """It holds four objects per request, none of them a timer or a socket."""
    measured = measurement(watched=BOTH.watched[:1], rises=rises)

    judged = check(measured, suppressions=known(CACHE))

    assert verdict_name(judged.left) == verdict
    assert verdict_name(judged.verdict) == "leak"


def test_a_limit_of_the_user_s_is_kept_but_for_what_the_known_leak_holds() -> None:
    def grown(per_request: float) -> Measurement:
        rises = {"heap_used": rise(per_request, within=10)}
        return measurement(watched=BOTH.watched[:1], rises=rises)

    limited = LeakPolicy(heap_slope_bytes=64)

    assert left(grown(430), limited) == "clean"
    assert left(grown(1200), limited) == "inconclusive"


def test_what_is_over_a_limit_beside_a_known_leak_is_left() -> None:
    slow = measurement(watched=BOTH.watched[:1], loop_delay=delay(310))
    judged = check(slow, suppressions=known(CACHE))

    assert verdict_name(judged.left) == "over_limit"
    assert judged.findings[-1] == collection_finding()
    assert judged.leaks == (collection_finding(),)


def test_the_first_heap_that_is_full_is_that_of_a_worker_with_its_own_limit() -> None:
    threads = tuple(
        Thread(id=number, script="worker.js", heap_limit_bytes=2**20)
        for number in (1, 2)
    )
    in_workers = replace(collection_finding(), threads=threads)
    judged = check(
        measurement(watched=(leaking(collection_finding()), leaking(in_workers)))
    )

    assert judged.forecast is not None
    assert judged.forecast.limit == 2**20
    per_thread = in_workers.bytes_per_request / 2
    assert judged.forecast.per_request == pytest.approx(per_thread)
    assert judged.forecast.requests_to_limit == int(2**20 / per_thread)


def test_a_heap_that_is_full_already_is_the_first_one() -> None:
    roomy = Thread(id=1, script="worker.js", heap_limit_bytes=2**30)
    in_worker = replace(collection_finding(), threads=(roomy,))
    measured = measurement(
        watched=(leaking(collection_finding()), leaking(in_worker)),
        read=readings(heap_bytes=(5e6, 9e6)),
    )
    judged = check(replace(measured, heap_limit_bytes=4_000_000))

    assert judged.forecast is not None
    assert judged.forecast.requests_to_limit == 0


def test_a_heap_of_unknown_limit_is_full_nobody_knows_when() -> None:
    unknown = (Thread(id=1, script="worker.js"),)
    finding = replace(collection_finding(), threads=unknown)
    assert check(measurement(watched=(leaking(finding),))).forecast is None
