from __future__ import annotations

from dataclasses import replace

import pytest
from measurements import (
    blocking_finding,
    bounded,
    check,
    collection_finding,
    delay,
    external_finding,
    leaking,
    listener_finding,
    measurement,
    readings,
    unclear,
)

from pytest_nodeleak.check import Check, verdict_name
from pytest_nodeleak.policy import LeakPolicy

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
    assert outlook.limit_bytes == 2096 * 1024**2
    # 402 + 256 bytes and the 164 of the Buffer's own objects, from 5 MB on.
    assert outlook.requests_to_limit == int((2096 * 1024**2 - 5e6) / (402 + 256 + 164))


def test_a_leak_outside_the_heap_has_no_forecast_for_the_heap() -> None:
    outside = replace(external_finding(), bytes_per_request=65_536.0)

    assert check(measurement(watched=(leaking(outside),))).forecast is None


@pytest.mark.parametrize(
    "judged", [OVER_LIMIT, CLEAN, INCONCLUSIVE], ids=["over", "clean", "inconclusive"]
)
def test_only_a_leak_has_a_forecast(judged: Check) -> None:
    assert judged.forecast is None


def test_a_leak_without_readings_is_forecast_from_an_empty_heap() -> None:
    judged = check(measurement(watched=(leaking(collection_finding()),), read=()))

    assert judged.forecast is not None
    assert judged.forecast.requests_to_limit == int(2096 * 1024**2 / 402)
