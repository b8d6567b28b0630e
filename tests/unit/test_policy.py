from __future__ import annotations

from dataclasses import asdict

from pytest_nodeleak.policy import LeakPolicy


def test_only_the_delay_of_the_event_loop_is_limited_by_default() -> None:
    limits = {name: limit for name, limit in asdict(LeakPolicy()).items() if limit}

    assert limits == {"loop_delay_p99_ms": 200.0}
