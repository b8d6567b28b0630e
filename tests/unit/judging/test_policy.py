from __future__ import annotations

from dataclasses import asdict

from measurements import delay

from pytest_nodeleak.judging.policy import LeakPolicy


def test_what_runs_out_and_the_delay_of_the_event_loop_are_limited_by_default() -> None:
    limits = {name: limit for name, limit in asdict(LeakPolicy()).items() if limit}

    assert limits == {
        "external_slope_bytes": 64.0,
        "object_growth": 0.5,
        "listener_growth": 0.02,
        "timer_growth": 0.02,
        "handle_growth": 0.02,
        "fd_growth": 0.02,
        "context_growth": 0.02,
        "thread_growth": 0.02,
        "loop_delay_p99_ms": 200.0,
    }


def test_each_percentile_of_the_delay_has_a_limit_of_its_own() -> None:
    late = delay(150, p50_ms=20, max_ms=900)

    assert not LeakPolicy().is_late(late)
    assert LeakPolicy(loop_delay_p99_ms=100).is_late(late)
    assert LeakPolicy(loop_delay_p50_ms=10).is_late(late)
    assert LeakPolicy(loop_delay_max_ms=500).is_late(late)
    assert not LeakPolicy(loop_delay_p99_ms=None).is_late(delay(5000))
