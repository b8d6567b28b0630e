"""Leaks in the heaps of worker threads, beside workers that are as they should be."""

from __future__ import annotations

from pathlib import Path

import pytest
from integration.node_apps import CheckApp, Probe, serving

from pytest_nodeleak.exceptions import LeakDetected
from pytest_nodeleak.inspection.workers import Workers
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.report.record import check_record

pytestmark = pytest.mark.nodejs

APPS = Path(__file__).parent / "apps"


def test_what_workers_keep_is_found_in_them_said_once_and_not_said_of_others(
    check_app: CheckApp, records: list[Check | BrokenCheck]
) -> None:
    app = check_app("node worker_threads.cjs", cwd=APPS)
    # Sessions with workers end with the check, so that it is not the last one of them.
    app.hammer("GET /tidy/{n}", requests=200).assert_bounded()
    with pytest.raises(LeakDetected) as caught:
        app.hammer("GET /hoard/{n}", requests=200).assert_bounded()
    assert "in 2 workers of worker_threads.cjs (threads 1, 2)" in str(caught.value)
    (finding,) = check_record(records[-1])["findings"]
    assert finding["entries_per_request"] == pytest.approx(1.0, abs=0.02)
    assert finding["holder"]["name"] == "seen"
    assert finding["allocated_at"][0]["file"] == "worker_threads.cjs"
    threads = [(one["id"], one["script"]) for one in finding["threads"]]
    assert threads == [(1, "worker_threads.cjs"), (2, "worker_threads.cjs")]
    # That of each worker, by half of what a request leaves in both.
    assert check_record(records[-1])["forecasts"][0]["per_request"] == pytest.approx(
        finding["bytes_per_request"] / 2, rel=0.1
    )


def test_a_worker_that_blocks_while_it_has_nothing_to_do_is_looked_into_as_well(
    check_app: CheckApp, records: list[Check | BrokenCheck]
) -> None:
    app = check_app("node worker_threads.cjs", cwd=APPS)
    with pytest.raises(LeakDetected, match=r"worker worker_threads\.cjs \(thread 4\)"):
        app.hammer("GET /block/{n}", requests=100).assert_bounded()
    assert check_record(records[-1])["findings"][0]["holder"]["name"] == "seen"


NINE_WORKERS = serving(
    setup="""
const { Worker } = require('node:worker_threads');
const { once } = require('node:events');
const echo = "const { parentPort } = require('node:worker_threads');"
  + "parentPort.on('message', (job) => parentPort.postMessage({ job }));";
globalThis.workers = Array.from({ length: 9 }, () => new Worker(echo, { eval: true }));
globalThis.work = async (worker) => {
  worker.postMessage('x'.repeat(1000));
  await once(worker, 'message');
};
"""
)


def test_only_workers_with_work_are_looked_into_until_they_end(probe: Probe) -> None:
    probed = probe(NINE_WORKERS)
    probed.value_of_promise("Promise.all(workers.map(work))")
    workers = Workers(probed.client, probed.app.pid)
    workers.open()
    assert workers.notes == ["only 8 of the app's 9 worker threads were looked into"]
    busy, *_ = workers.alive()
    assert str(busy.thread) == f"[worker eval] (thread {busy.thread.id})"
    find = f"workers.find((one) => one.threadId === {busy.thread.id})"
    probed.value_of_promise(f"work({find})")
    workers.leave_idle()
    assert workers.alive() == [busy]
    assert workers.snapshots().keys() == {busy.thread.id}
    probed.value_of_promise(f"{find}.terminate()")
    assert workers.snapshots() == {}
    assert workers.alive() == []
    assert workers.unseen == ""
    workers.close()
    probed.value_of_promise("Promise.all(workers.map((one) => one.terminate()))")
