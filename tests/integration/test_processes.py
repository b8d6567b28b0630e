"""Apps of several processes, each of which is measured."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator

import pytest
from integration.node_apps import CheckApp, LaunchApp, WriteApp, ask

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import evaluate
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import AppCrashed
from pytest_nodeleak.inspection.request_counter import counting_requests
from pytest_nodeleak.nodejs.tree import pid_is_running

pytestmark = pytest.mark.nodejs

# What leaks in all of its workers, and in the second one only.
CLUSTER = """
const cluster = require('node:cluster');
const http = require('node:http');
const everywhere = [];
const somewhere = new Set();
if (cluster.isPrimary) {
  cluster.setupPrimary({ silent: process.env.SILENT === '1' });
  for (let i = 0; i < 2; i += 1) cluster.fork();
  cluster.on('exit', () => cluster.fork());
} else {
  let requests = 0;
  http.createServer((req, res) => {
    requests += 1;
    if (req.url.startsWith('/leak')) {
      everywhere.push({ url: req.url });
      if (requests % 2 && cluster.worker.id === 2) somewhere.add({ id: requests });
    }
    if (req.url.startsWith('/die') && requests === 200) process.exit(3);
    if (req.url.startsWith('/hang') && requests === 200) for (;;);
    res.end('ok');
  }).listen(process.env.PORT, '127.0.0.1');
}
"""
PROXY = """
const http = require('node:http');
const { fork } = require('node:child_process');
const seen = new Map();
let numbers = 0;
if (process.argv[2] === 'child') {
  const server = http.createServer((req, res) => {
    seen.set(numbers += 1, req.url);
    res.end('ok');
  }).listen(0, '127.0.0.1', () => process.send(server.address().port));
} else {
  const agent = new http.Agent({ keepAlive: true });
  fork(__filename, ['child']).once('message', (port) => {
    http.createServer((req, res) => {
      const options = { port, host: '127.0.0.1', path: req.url, agent };
      http.get(options, (answer) => answer.pipe(res));
    }).listen(process.env.PORT, '127.0.0.1');
  });
}
"""


def test_a_leak_is_named_with_the_workers_that_have_it(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(CLUSTER)
    report = check_app().hammer("GET /leak/{n}", requests=400)
    assert report.verdict == "leak", str(report)
    by_name = {one.holder.name: one for one in report.findings if one.holder}
    everywhere, somewhere = by_name["everywhere"], by_name["somewhere"]
    assert everywhere.worker == "worker 1 of 2, worker 2 of 2"
    assert everywhere.entries_in_sum == pytest.approx(1.0, rel=0.1)
    assert somewhere.worker == "worker 2 of 2"
    assert somewhere.entries_per_request == pytest.approx(0.5, rel=0.1)
    (share,) = somewhere.workers
    assert somewhere.entries_in_sum == pytest.approx(share.load_share / 2, rel=0.1)
    assert somewhere.holder is not None
    assert str(somewhere.holder.place) == "app.cjs:5"
    processes = report.measurement.processes
    assert {one.name: one.verdict for one in processes} == {
        "worker 1 of 2": "leak",
        "worker 2 of 2": "leak",
        "primary": "clean",
    }
    shares = [one.load_share for one in processes if one.name != "primary"]
    assert sum(shares) == pytest.approx(1.0)


def test_workers_that_keep_nothing_are_clean(
    check_app: CheckApp, write_app: WriteApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Then nobody sees what they print, where their inspectors are.
    monkeypatch.setenv("SILENT", "1")
    write_app(CLUSTER)
    report = check_app().hammer("GET /clean/{n}", requests=600)
    assert report.verdict == "clean", str(report)
    assert len(report.measurement.processes) == 3


def test_a_worker_that_dies_is_a_crash_that_names_the_line(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(CLUSTER)
    with pytest.raises(AppCrashed, match=r"exit code 3 at \S+ app\.cjs:18") as failure:
        check_app().hammer("GET /die/{n}", requests=4000)
    assert failure.value.restarted_as is not None


def test_a_worker_that_waits_for_us_to_exit_is_not_waited_for(
    launch_app: LaunchApp, write_app: WriteApp
) -> None:
    write_app(CLUSTER)
    app = launch_app()
    worker = app.processes(Deadline(10.0))[1]
    assert worker.inspector_url is not None
    with InspectorClient.open(worker.inspector_url, Deadline(10.0)) as client:
        app.note_workers()
        assert app.may_answer(5.0)
        client.execute(evaluate("void setTimeout(process.exit, 50, 3)"), Deadline(10.0))
        until = Deadline(10.0)
        while app.may_answer(5.0):
            assert not until.has_passed()
            time.sleep(0.05)
        # Node does not exit as long as a debugger is connected.
        assert pid_is_running(worker.pid)
        # A request may be under way to another worker.
        assert app.may_answer(0.1)


def test_a_child_behind_a_proxy_is_measured_by_what_comes_to_it(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(PROXY)
    report = check_app().hammer("GET /users/{n}", requests=200)
    assert report.verdict == "leak", str(report)
    (finding,) = report.findings
    assert finding.worker == "child 1 of 1"
    assert finding.entries_per_request == pytest.approx(1.0, rel=0.1)


def test_counting_requests_leaves_nothing_behind(
    launch_app: LaunchApp, write_app: WriteApp
) -> None:
    write_app(CLUSTER)
    app = launch_app()
    workers = app.processes(Deadline(10.0))[1:]
    channel = "require('node:diagnostics_channel').hasSubscribers"
    name = "('http.server.request.start')"
    counts = []
    for one in workers:
        assert one.inspector_url is not None
        with InspectorClient.open(one.inspector_url, Deadline(10.0)) as client:
            with counting_requests(client) as counter:
                for _ in range(4):
                    ask(app)
                counts.append(counter.read())
            left = client.execute(evaluate(channel + name), Deadline(10.0))
            assert left.value is False
    assert sum(counts) == 4


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_workers_whose_inspectors_port_another_program_has_get_one_all_the_same(
    launch_app: LaunchApp, write_app: WriteApp, taken_port: int
) -> None:
    # cluster counts up from process.debugPort.
    write_app(
        CLUSTER.replace(
            "if (cluster.isPrimary) {",
            f"if (cluster.isPrimary) {{ process.debugPort = {taken_port} - 1;",
        )
    )
    found = launch_app().processes(Deadline(10.0))
    assert [one.name for one in found if one.inspector_url] == [
        "primary",
        "worker 1 of 2",
        "worker 2 of 2",
    ]


def test_ctrl_c_does_not_wait_for_the_answers_of_workers_that_hang(
    write_app: WriteApp, check_app: CheckApp
) -> None:
    write_app(CLUSTER)
    app = check_app()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 3.0)
    pressed = time.monotonic() + 3.0
    try:
        with pytest.raises(KeyboardInterrupt):
            app.hammer("GET /hang/{n}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    # An answer is waited for 30 s.
    assert time.monotonic() - pressed < 15.0
