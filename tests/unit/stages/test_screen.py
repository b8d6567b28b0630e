from __future__ import annotations

from measurements import delay, memory, readings, rise

from pytest_nodeleak.evidence.gc_pauses import pool_pauses
from pytest_nodeleak.evidence.measurement import Reading, Rise
from pytest_nodeleak.stages.pace import plan_pace
from pytest_nodeleak.stages.screen import Screening


def screening(read: tuple[Reading, ...], **rises: Rise) -> Screening:
    return Screening(
        pace=plan_pace(requests_per_s=5000.0),
        readings=read,
        rises=rises,
        memory=memory(),
        loop_delay=delay(),
        gc_pauses=pool_pauses((), load_s=1.0),
    )


def test_an_app_grows_by_what_its_heap_and_what_lies_outside_surely_gain() -> None:
    seen = screening(
        readings(), heap_used=rise(100, within=20), external=rise(1000, within=100)
    )

    assert seen.bytes_per_request == 980


def test_what_shrinks_takes_nothing_from_what_grows() -> None:
    seen = screening(
        readings(), heap_used=rise(-500, within=20), external=rise(1000, within=100)
    )

    assert seen.bytes_per_request == 900


def test_without_a_slope_the_readings_tell_how_fast_it_grows() -> None:
    first, *_, last = readings(heap_bytes=(5e6, 9.8e6))

    assert screening((first, last)).bytes_per_request == 1000
    assert screening((last, first)).bytes_per_request == 0
    assert screening((first,)).bytes_per_request == 0
