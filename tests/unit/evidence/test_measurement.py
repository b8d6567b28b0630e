from __future__ import annotations

from dataclasses import replace

import pytest
from measurements import collection_finding, leaking, measurement, memory, readings

from pytest_nodeleak.evidence.measurement import Measurement
from pytest_nodeleak.heap.threads import Thread

MB = 1_000_000


def pushed(*, rss: int, heap: int = 0, external: int = 0) -> Measurement:
    """Return a check whose push brought so many megabytes."""
    first = readings()[0]
    last = replace(
        first,
        requests=first.requests + 10_000,
        rss_bytes=first.rss_bytes + rss * MB,
        heap_used_bytes=first.heap_used_bytes + heap * MB,
        external_bytes=first.external_bytes + external * MB,
    )
    return replace(measurement(), last_reading=last)


def test_native_memory_that_the_screen_saw_is_of_its_requests() -> None:
    grown = replace(measurement(), memory=memory(rss_grown_bytes=80 * MB))
    assert grown.native_growth == (80 * MB, 4800)


@pytest.mark.parametrize(
    ("measured", "grown"),
    [
        (pushed(rss=120), (120 * MB, 10_000)),
        (pushed(rss=200, heap=50, external=30), (120 * MB, 10_000)),
        (replace(pushed(rss=160), snapshots_bytes=40 * MB), (120 * MB, 10_000)),
        (replace(pushed(rss=160), snapshots_bytes=70 * MB), (0, 0)),
        (pushed(rss=90), (0, 0)),
        (pushed(rss=200, external=180), (0, 0)),
        (measurement(), (0, 0)),
    ],
)
def test_after_the_screen_it_is_what_snapshots_and_other_memory_do_not_explain(
    measured: Measurement, grown: tuple[int, int]
) -> None:
    assert measured.native_growth == grown


def test_what_leaks_in_the_heaps_of_workers_is_no_native_memory() -> None:
    worker = Thread(id=1, script="worker.js")
    in_main = replace(collection_finding(), bytes_per_request=8000.0)
    in_worker = replace(in_main, threads=(worker,))
    for grown in (
        pushed(rss=160),
        replace(measurement(), memory=memory(rss_grown_bytes=80 * MB)),
    ):
        assert grown.native_growth != (0, 0)
        assert replace(grown, watched=(leaking(in_main),)).native_growth != (0, 0)
        assert replace(grown, watched=(leaking(in_worker),)).native_growth == (0, 0)
