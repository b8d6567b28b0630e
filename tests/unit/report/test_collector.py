from __future__ import annotations

from dataclasses import replace

import pytest
from measurements import check, measurement

from pytest_nodeleak.diagnosis.check import diagnose
from pytest_nodeleak.evidence.gc_pauses import GcPause, pool_pauses
from pytest_nodeleak.evidence.measurement import Measurement
from pytest_nodeleak.judging.breaches import breaches_of
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.report.collector import collector_rows
from pytest_nodeleak.report.text import lines


def collecting(kind: str, *, load_s: float, heap_limit_bytes: int) -> Measurement:
    """Return an app with 50 pauses of 20 ms and a few scavenges, and 8 MB of heap."""
    pauses = [GcPause(kind=kind, pause_ms=20.0)] * 50
    pauses += [GcPause(kind="minor", pause_ms=1.0)] * 4
    return replace(
        measurement(gc_pauses=pool_pauses(pauses, load_s=load_s)),
        heap_limit_bytes=heap_limit_bytes,
    )


THRASHING = collecting("major", load_s=1.5, heap_limit_bytes=9_000_000)


def test_a_pause_beyond_its_limit_is_told_with_its_kind() -> None:
    paused = collecting("major", load_s=20.0, heap_limit_bytes=10**9)
    policy = LeakPolicy(gc_pause_p99_ms=10, gc_pause_max_ms=15)
    texts = [breach.text for breach in breaches_of(paused, policy)]
    assert texts == [
        "garbage collection pause p99 (mark-sweep-compact)",
        "longest garbage collection pause (mark-sweep-compact)",
    ]
    (row,) = collector_rows(paused, breaches_of(paused, policy))
    assert row == (
        "  collector   5% of the time: mark-sweep-compact 50 times, 1,000 ms in all,"
        " longest 20.0 ms; scavenge 4 times, 4 ms in all, longest 1.0 ms"
    )


def test_a_collector_that_takes_most_of_the_time_is_over_its_limit() -> None:
    measured = collecting("minor", load_s=1.5, heap_limit_bytes=10**9)
    busy = check(measured, LeakPolicy(gc_share=0.5))
    headline, *_rows = (line for line in lines(busy) if " is over its limit" in line)
    assert headline.endswith(
        "is over its limit: garbage collection takes 66.9 % of the time (limit 50)"
    )
    assert any(line.startswith("  collector   67% of the time") for line in lines(busy))


def test_an_app_may_collect_as_much_as_it_likes_far_from_its_limit() -> None:
    measured = collecting("major", load_s=1.5, heap_limit_bytes=10**9)
    assert breaches_of(measured, LeakPolicy()) == ()


def test_a_heap_that_is_nearly_full_is_told_to_thrash() -> None:
    judged = check(THRASHING)
    text = "\n".join(lines(judged))
    assert (
        "is over its limit: the heap is nearly full, and garbage collection takes 66.9 %"
        in text
    )
    assert "thrashing   8.00 MB of the heap's 9.00 MB stay after a collection" in text
    assert "to fix      find what fills the heap before raising its limit" in text
    diagnosis = diagnose(judged)
    assert diagnosis is not None
    assert "nearly full (8 of 9 MiB), so that freeing it is tried again" in str(
        diagnosis
    )


def test_thrashing_is_told_even_if_no_limit_is_exceeded() -> None:
    rows = list(collector_rows(THRASHING))
    assert [row.split()[0] for row in rows] == ["thrashing", "collector"]


@pytest.mark.parametrize("load_s", [3.0, 20.0])
def test_moderate_garbage_is_nothing_to_tell(load_s: float) -> None:
    moderate = collecting("minor", load_s=load_s, heap_limit_bytes=10**9)
    assert breaches_of(moderate, LeakPolicy()) == ()
    assert list(collector_rows(moderate)) == []
