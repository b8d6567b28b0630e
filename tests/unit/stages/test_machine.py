from __future__ import annotations

import psutil
import pytest
from measurements import delay

from pytest_nodeleak.evidence.loop_delay import LoopDelay
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.stages.machine import (
    CpuTimes,
    foreign_load_note,
    foreign_share,
    waiting_note,
)


def times(elapsed_s: float, machine_s: float, own_s: float) -> CpuTimes:
    return CpuTimes(elapsed_s=elapsed_s, machine_s=machine_s, own_s=own_s)


@pytest.mark.parametrize(
    ("machine_s", "own_s", "share"),
    [
        pytest.param(15.0, 15.0, 0.0, id="all is ours"),
        pytest.param(20.0, 10.0, 0.5, id="one of two cores is theirs"),
        pytest.param(15.0, 15.2, 0.0, id="clocks that tick apart"),
        pytest.param(99.0, 0.0, 1.0, id="more than there is"),
    ],
)
def test_what_is_not_ours_is_others(
    machine_s: float, own_s: float, share: float
) -> None:
    before, after = times(0, 100, 50), times(10, 100 + machine_s, 50 + own_s)

    assert foreign_share(before, after, cores=2) == pytest.approx(share)


def test_no_time_is_no_share() -> None:
    assert foreign_share(times(1, 2, 3), times(1, 2, 3), cores=2) == 0


def test_an_app_on_any_machine_leaves_open_who_uses_this_one() -> None:
    cores = psutil.cpu_count() or 1
    before = CpuTimes.read(None, elapsed_s=0.0)

    assert foreign_load_note(before, times(10, 1e9 * cores, 0)) == ""


def test_heavy_load_of_others_is_said_and_light_load_is_not() -> None:
    cores = psutil.cpu_count() or 1
    before = times(0, 0, 0)

    assert foreign_load_note(before, times(10, 0.2 * 10 * cores, 0)) == ""
    assert foreign_load_note(before, times(10, 0.6 * 10 * cores, 0)).startswith(
        "other processes used 60% of this machine's CPU"
    )


def test_a_delay_that_is_the_machine_s_is_said_to_be() -> None:
    late = delay(310, waited_share=0.5)

    assert waiting_note(late, LeakPolicy()) == (
        "the event loop's delay of 310 ms is not held against the app, which waited for a"
        " CPU 50% of the time"
    )


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(delay(410, waited_share=0.5), id="late all the same"),
        pytest.param(delay(190, waited_share=0.5), id="not late at all"),
    ],
)
def test_a_delay_that_needs_no_excuse_gets_none(told: LoopDelay) -> None:
    assert waiting_note(told, LeakPolicy()) == ""
