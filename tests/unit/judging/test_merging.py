from __future__ import annotations

from dataclasses import replace

import pytest
from measurements import (
    bounded,
    check,
    collection_finding,
    delay,
    leaking,
    measurement,
    readings,
    rise,
)

from pytest_nodeleak.evidence.measurement import Measurement
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.forecast import Resource
from pytest_nodeleak.judging.merging import MeasuredProcess, merge
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.report.text import lines

CACHE = replace(collection_finding(), fingerprint="c0ffee")


def worker(
    number: int,
    measured: Measurement,
    *,
    share: float = 0.5,
    peers: int = 2,
    name: str = "worker",
) -> MeasuredProcess:
    return MeasuredProcess(
        name=f"{name} {number} of {peers}",
        pid=100 + number,
        requests=round(10_000 * share),
        load_share=share,
        peers=peers,
        measurement=measured,
    )


def primary(measured: Measurement) -> MeasuredProcess:
    return MeasuredProcess(
        name="primary",
        pid=100,
        requests=10_000,
        load_share=1.0,
        peers=1,
        measurement=measured,
    )


def merged(*processes: MeasuredProcess) -> Check:
    return check(merge(processes, LeakPolicy(), requests=10_000))


LEAK = measurement(watched=(leaking(CACHE),), read=readings(heap_bytes=(5.3e6, 13.4e6)))
CLEAN = measurement()


def test_the_same_culprit_in_all_workers_is_one_finding() -> None:
    (finding,) = merged(primary(CLEAN), worker(1, LEAK), worker(2, LEAK)).findings
    assert finding.worker == "worker 1 of 2, worker 2 of 2"
    assert [one.entries_per_request for one in finding.workers] == [1.0, 1.0]
    assert finding.entries_in_sum == pytest.approx(1.0)


def test_a_leak_of_one_worker_alone_is_named_with_it() -> None:
    both = merged(worker(1, CLEAN), worker(2, LEAK, share=0.25), primary(CLEAN))
    (finding,) = both.findings
    assert finding.worker == "worker 2 of 2"
    assert finding.entries_per_request == 1.0
    assert finding.entries_in_sum == pytest.approx(0.25)
    assert finding.bytes_in_sum == pytest.approx(finding.bytes_per_request / 4)


def test_different_culprits_stay_apart() -> None:
    other = replace(collection_finding(name="jobs"), fingerprint="ba4e")
    both = merged(worker(1, LEAK), worker(2, measurement(watched=(leaking(other),))))
    assert {one.worker for one in both.findings} == {"worker 1 of 2", "worker 2 of 2"}


def test_what_stopped_growing_in_one_worker_and_not_in_the_other_leaks_there() -> None:
    settled = measurement(watched=(bounded(CACHE),))
    (finding,) = merged(worker(1, settled), worker(2, LEAK)).findings
    assert finding.worker == "worker 2 of 2"


def test_the_verdict_is_that_of_the_worst_process() -> None:
    few = measurement(detectable_objects=None)
    slow = measurement(loop_delay=delay(310))
    verdicts = [
        [one.verdict for one in merged(*some).measurement.processes]
        for some in (
            [worker(1, CLEAN), worker(2, CLEAN)],
            [worker(1, CLEAN), worker(2, few)],
            [worker(1, few), worker(2, slow)],
            [worker(1, slow), worker(2, LEAK)],
        )
    ]
    assert verdicts == [
        ["clean", "clean"],
        ["inconclusive", "clean"],
        ["over_limit", "inconclusive"],
        ["leak", "over_limit"],
    ]
    assert (
        merged(worker(1, CLEAN), worker(2, slow)).measurement.loop_delay.p99_ms == 310
    )


def test_a_limit_that_only_another_process_exceeds_is_exceeded() -> None:
    handles = measurement(rises={"fds": rise(1.0, kept=1.0)})
    both = merged(worker(1, LEAK), worker(2, handles))
    assert both.measurement.rises["fds"].growth.value == 1.0


def test_clean_says_what_would_have_been_seen_in_every_process() -> None:
    coarse = replace(CLEAN, detectable_objects=0.05)
    both = merged(worker(1, CLEAN), worker(2, coarse))
    assert both.measurement.detectable_objects == 0.05


def test_a_worker_that_got_hardly_any_load_is_not_judged_and_said() -> None:
    few = measurement(detectable_objects=None)
    both = merged(worker(1, CLEAN, share=0.98), worker(2, few, share=0.02))
    assert [one.verdict for one in both.measurement.processes] == ["clean", None]
    assert both.measurement.notes == (
        (
            "worker 2 of 2 (pid 102) got only 2% of the requests and was not judged:"
            " connections, not requests, are spread over workers, so raise concurrency="
        ),
    )


def test_a_worker_that_got_no_load_at_all_is_said_to_have_got_none() -> None:
    none = measurement(detectable_objects=None)
    both = merged(worker(1, CLEAN, share=1.0), worker(2, none, share=0.0))
    (note,) = both.measurement.notes
    assert note.startswith(
        "worker 2 of 2 (pid 102) got none of the requests and was not"
    )


def test_a_worker_that_leaks_under_hardly_any_load_leaks_all_the_same() -> None:
    both = merged(worker(1, CLEAN, share=0.98), worker(2, LEAK, share=0.02))
    assert [one.verdict for one in both.measurement.processes] == ["leak", "clean"]


def test_a_note_of_several_processes_is_said_once() -> None:
    def noting(share: str) -> Measurement:
        return replace(CLEAN, notes=(f"other processes used {share} of this CPU",))

    both = merged(worker(1, noting("40%")), worker(2, noting("42.5%")))
    assert len(both.measurement.notes) == 1


def test_notes_of_two_threads_of_one_process_are_both_said() -> None:
    notes = tuple(
        f"worker thread {number} (mail.js) was not looked into: it blocks"
        for number in (1, 2)
    )
    both = merged(worker(1, replace(CLEAN, notes=notes)), worker(2, CLEAN))
    assert both.measurement.notes == notes


def test_notes_of_threads_that_several_processes_have_are_said_once_each() -> None:
    def noting(*numbers: int) -> Measurement:
        return replace(CLEAN, notes=tuple(f"thread {n} blocks" for n in numbers))

    both = merged(worker(1, noting(1, 2)), worker(2, noting(3, 4, 5)))
    assert len(both.measurement.notes) == 3


def test_an_app_none_of_whose_workers_got_a_request_is_still_told() -> None:
    few = replace(CLEAN, requests=0, detectable_objects=None)
    both = merged(worker(1, few, share=0.0), worker(2, few, share=0.0))
    assert [one.verdict for one in both.measurement.processes] == [None, None]
    assert len(both.measurement.notes) == 2


def test_forecasts_are_for_the_heap_of_one_worker_and_the_memory_of_all() -> None:
    limited = replace(LEAK, memory_limit_bytes=2**30)
    alone = check(limited)
    both = merged(worker(1, limited), worker(2, limited))
    by_resource = {one.resource: one for one in both.forecasts}
    of_one = {one.resource: one for one in alone.forecasts}
    heap, memory = Resource.HEAP, Resource.MEMORY
    # Each worker gets every other request, and has a heap of its own.
    assert by_resource[heap].per_request == of_one[heap].per_request / 2
    assert by_resource[memory].per_request == of_one[memory].per_request
    rss_bytes = limited.memory.before.rss_bytes
    assert both.measurement.all_rss_bytes == 2 * rss_bytes
    assert (by_resource[memory].requests_to_limit or 0) < (
        of_one[memory].requests_to_limit or 0
    )


def test_a_report_names_the_workers_and_how_the_load_was_spread() -> None:
    text = lines(merged(primary(CLEAN), worker(1, CLEAN), worker(2, LEAK)))
    rows = [" ".join(line.split()) for line in text]
    assert (
        "in worker 2 of 2 (pid 102) 1.00/req; in sum 0.50/req of the app (201 B)"
        in rows
    )
    start = next(n for n, one in enumerate(rows) if one.startswith("processes"))
    assert rows[start : start + 3] == [
        f"{label}, {requests} requests ({share}), heap 5.3 -> {heap} MB"
        for label, requests, share, heap in (
            ("processes worker 2 of 2 (pid 102): leak", "5,000", "50%", "13.4"),
            ("worker 1 of 2 (pid 101): clean", "5,000", "50%", "5.3"),
            ("primary (pid 100): clean", "10,000", "100%", "5.3"),
        )
    ]
