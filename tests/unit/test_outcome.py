from __future__ import annotations

from dataclasses import replace

import pytest
from measurements import (
    bounded,
    check,
    collection_finding,
    external_finding,
    leaking,
    measurement,
    rise,
)

from pytest_nodeleak.estimate import Estimate
from pytest_nodeleak.findings import Finding
from pytest_nodeleak.measurement import Measurement
from pytest_nodeleak.outcome import Report
from pytest_nodeleak.threads import Thread

LEAK = collection_finding()


def slope_of(measured: Measurement) -> Estimate:
    return Report(check(measured), fail_inconclusive=True).heap_slope


def test_bytes_too_noisy_to_prove_a_leak_are_proven_by_its_objects() -> None:
    noisy = {"heap_used": rise(500, within=900)}

    slope = slope_of(measurement(watched=(leaking(LEAK),), rises=noisy))

    assert slope.low == LEAK.bytes_per_request
    assert (slope.value, slope.high) == (500, 1400)
    assert not slope <= LEAK.bytes_per_request - 1


def test_bytes_that_prove_more_than_the_objects_stand() -> None:
    clear = {"heap_used": rise(5000, within=10)}

    slope = slope_of(measurement(watched=(leaking(LEAK),), rises=clear))

    assert slope == Estimate(value=5000, low=4990, high=5010)


def test_the_bytes_of_a_leak_are_enough_where_the_heap_was_not_read_often() -> None:
    slope = slope_of(measurement(watched=(leaking(LEAK),), rises={}))

    assert slope.low == slope.value == LEAK.bytes_per_request


def test_a_clean_app_s_slope_is_not_proven_to_be_above_zero() -> None:
    warming_up = {"heap_used": rise(500, within=10)}

    slope = slope_of(measurement(watched=(bounded(LEAK),), rises=warming_up))

    assert slope == 0


@pytest.mark.parametrize(
    ("elsewhere", "in_heap"),
    [
        # 164 bytes of each entry are the objects that hold its 64 KiB.
        pytest.param(external_finding(), 164, id="outside the heap"),
        pytest.param(
            replace(LEAK, threads=(Thread(id=1, script="worker.js"),)), 0, id="a worker"
        ),
    ],
)
def test_what_leaks_elsewhere_is_no_growth_of_the_main_heap(
    elsewhere: Finding, in_heap: float
) -> None:
    flat = {"heap_used": rise(0, within=10)}

    slope = slope_of(measurement(watched=(leaking(elsewhere),), rises=flat))

    assert slope.value == pytest.approx(in_heap)
