"""Apps that the test itself has started: found, measured, left running and clean."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from integration.node_apps import OpenFactory, WriteApp, serving

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.events import Paused
from pytest_nodeleak.cdp.messages import (
    Command,
    Evaluation,
    RemoteObject,
    call_function_on,
    collect_garbage,
    disable_debugger,
    enable_debugger,
    evaluate,
    get_heap_usage,
    pause,
    query_objects,
)
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import (
    AppCrashed,
    AppPaused,
    CannotAttach,
    InspectorClosed,
    InvalidSetting,
    NotAvailable,
)
from pytest_nodeleak.fixtures.app import NodeApp
from pytest_nodeleak.inspection import attached
from pytest_nodeleak.inspection.process_view import OutsideView
from pytest_nodeleak.inspection.sampler import Sampler
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.nodejs.binary import NodeBinary
from pytest_nodeleak.nodejs.descriptor_types import DescriptorType, count_types
from pytest_nodeleak.stages import bench, measure

pytestmark = pytest.mark.nodejs

SOURCE = serving(
    """
  const [, route, n] = req.url.split('/');
  if (route === 'leak') kept.set(n, { n });
  if (route === 'die' && ++deaths > 300) process.kill(process.pid, 'SIGKILL');
  highest = Math.max(highest, Number(n) || 0);
  res.end();
""",
    setup="""
const kept = new Map();
let deaths = 0, highest = 0;
globalThis.highest = () => highest;
""",
    listen="0, '127.0.0.1', () => console.log(`serving ${server.address().port}`)",
)
# All that somebody could leave in an app: globals, listeners, timers, files, subscriptions,
# and what the probe is made of.
TRACES = """(() => {
  const load = process.getBuiltinModule ?? require;
  const fs = load('node:fs');
  const isOurs = (fd) => {
    try { return fs.readlinkSync(`/proc/self/fd/${fd}`).includes('nodeleak'); }
    catch { return false; }
  };
  const events = process.eventNames().map(String).sort();
  return {
    globals: Object.getOwnPropertyNames(globalThis).sort(),
    symbols: Object.getOwnPropertySymbols(globalThis).map(String).sort(),
    listeners: events.map((name) => [name, process.listenerCount(name)]),
    warnings: process.listenerCount('warning'),
    // Connections come and go, and Node opens its own stderr when it first may need it.
    resources: process.getActiveResourcesInfo()
      .filter((one) => !/^(TCP|PipeWrap|SimpleShutdownWrap)/.test(one)).sort(),
    files: fs.readdirSync('/proc/self/fd').filter(isOurs),
    channels: ['start', 'response.finish'].map((name) => load('node:diagnostics_channel')
      .hasSubscribers(`http.server.request.${name}`)),
    stacks: [Error.stackTraceLimit, typeof Error.prepareStackTrace],
  };
})()"""


PROBE_CLASSES = ("PerformanceObserver", "WeakMap")


@dataclass(frozen=True)
class Elsewhere:
    """An app that pytest-nodeleak did not start."""

    process: subprocess.Popen[str]
    inspector: str
    target: str
    base_url: str

    @property
    def port(self) -> int:
        return int(self.base_url.rpartition(":")[2])

    @property
    def inspector_url(self) -> str:
        return f"ws://{self.inspector}/{self.target}"

    def value(self, expression: str) -> object:
        deadline = Deadline(10.0)
        with InspectorClient.open(self.inspector_url, deadline) as client:
            client.execute(collect_garbage(), deadline)
            answer = client.execute(evaluate(expression), deadline)
        assert answer.thrown is None
        return answer.value

    def traces(self) -> tuple[object, ...]:
        """Return what somebody may have left in the app."""
        return self.value(TRACES), *(self.live(one) for one in PROBE_CLASSES)

    def live(self, constructor: str) -> int:
        """Count the live objects of a class."""
        deadline = Deadline(10.0)
        with InspectorClient.open(self.inspector_url, deadline) as client:

            def remote(command: Command[Evaluation]) -> RemoteObject:
                answer = client.execute(command, deadline)
                assert answer.remote is not None
                return answer.remote

            prototype = remote(evaluate(f"{constructor}.prototype", group="test"))
            objects = remote(query_objects(prototype, group="test"))
            length = call_function_on(objects, "function () { return this.length; }")
            count = client.execute(length, deadline).value
        assert isinstance(count, int)
        return count

    def answers(self) -> bool:
        with requests.Session() as http:
            http.trust_env = False
            return http.get(f"{self.base_url}/", timeout=5).ok


@pytest.fixture
def elsewhere(
    node: NodeBinary, write_app: WriteApp, no_process_is_left: None
) -> Iterator[Elsewhere]:
    del no_process_is_left  # asked for so that it looks after the app has ended
    path = write_app(SOURCE)
    with started(node, path) as app:
        yield app


@contextmanager
def started(node: NodeBinary, path: Path) -> Iterator[Elsewhere]:
    process = subprocess.Popen(
        [node.path, "--inspect=127.0.0.1:0", path],
        cwd=path.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        found = {}
        for line in process.stdout:
            banner = re.search(r"ws://([\d.:]+)/([\w-]+)", line)
            if banner:
                found["inspector"], found["target"] = banner.groups()
            if line.startswith("serving "):
                found["base_url"] = f"http://127.0.0.1:{line.split()[1]}"
                break
        yield Elsewhere(process, **found)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class Forwarder:
    """Forwards a port, as kubectl and ssh do, until it is cut."""

    def __init__(self, to: str) -> None:
        self.to(to)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._is_stalled = threading.Event()
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def to(self, address: str) -> None:
        """Forward what comes from now on to this address."""
        host, _, port = address.rpartition(":")
        self._to = (host, int(port))

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.create_connection(self._to)
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                thread = threading.Thread(
                    target=self._pump, args=(one, other), daemon=True
                )
                self._threads.append(thread)
                thread.start()

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65_536):
                if not self._is_stalled.is_set():
                    other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def stall(self) -> None:
        """Let nothing through any more, and close nothing."""
        self._is_stalled.set()

    def cut(self) -> None:
        self._is_stalled.clear()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for one in self._open:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        for thread in self._threads:
            thread.join(5.0)
        for one in self._open:
            one.close()


def attach(open_factory: OpenFactory, app: Elsewhere, by: str = "") -> NodeApp:
    return open_factory().attach(by or app.inspector, base_url=app.base_url)


def test_an_app_started_elsewhere_is_judged_and_left_as_it_was(
    open_factory: OpenFactory, elsewhere: Elsewhere
) -> None:
    before = elsewhere.traces()
    with attach(open_factory, elsewhere) as app:
        leaking = app.hammer("GET /leak/{n}", requests=900)
        # Who else debugs the app does not mind, and is not minded.
        with InspectorClient.open(elsewhere.inspector_url, Deadline(30.0)) as another:
            another.execute(enable_debugger(), Deadline(5.0))
            clean = app.hammer("GET /plain/{n}", requests=900)
        for ask in (lambda: app.pid, lambda: app.output):
            with pytest.raises(NotAvailable, match="was started elsewhere"):
                ask()
    assert leaking.verdict == "leak", str(leaking)
    (finding,) = leaking.findings
    assert finding.holder is not None
    assert str(finding.holder.place) == "app.cjs:4"
    assert (finding.holder.name, finding.holder.class_name) == ("kept", "Map")
    assert finding.allocated_at[0].place.file == "app.cjs"
    # A busy machine holds up any event loop; that is not what is asked here.
    clean.assert_bounded(loop_delay_p99="10 s")
    assert elsewhere.traces() == before
    assert elsewhere.process.poll() is None
    assert elsewhere.answers()
    # What an earlier session has asked for may be cached.
    highest = elsewhere.value("highest()")
    again = attach(open_factory, elsewhere)
    assert isinstance(highest, int)
    assert 2**53 > next(again._loads.numbers) > highest


def test_the_kernel_says_the_same_inside_and_outside(elsewhere: Elsewhere) -> None:
    elsewhere.answers()
    deadline = Deadline(10.0)
    with (
        InspectorClient.open(elsewhere.inspector_url, deadline) as client,
        Sampler(client, None, deadline) as sampler,
        # One that stays open, with the app on the other side.
        socket.create_connection(("127.0.0.1", elsewhere.port)),
    ):
        sampler.turn(deadline)
        # What is looked for after checks is found while the probe is there.
        assert elsewhere.live("PerformanceObserver") == 1
        inside, outside = sampler.view, OutsideView(elsewhere.process.pid)
        told, seen = inside.read(deadline), outside.read(deadline)
        assert (told.fds, told.threads) == (seen.fds, seen.threads)
        assert told.fd_limit == seen.fd_limit
        assert told.shared_bytes == pytest.approx(seen.shared_bytes, rel=0.05)
        assert told.rss_bytes == pytest.approx(seen.rss_bytes, rel=0.05)
        assert told.memory_left_bytes is not None
        assert told.memory_left_bytes > 0
        waited_s, longer_s = inside.waited_s(deadline), outside.waited_s(deadline)
        assert waited_s is not None
        assert longer_s is not None
        assert 0 < waited_s <= longer_s < waited_s + 1
        opened = inside.descriptors(deadline)
    assert opened is not None
    types = count_types(opened)
    assert types[DescriptorType.SERVER] == 2
    # Ours, and the inspector's session.
    assert types[DescriptorType.INBOUND] == 2
    assert DescriptorType.OTHER in types


def test_a_forwarding_that_drops_is_told_from_a_dead_app(
    open_factory: OpenFactory,
    elsewhere: Elsewhere,
    monkeypatch: pytest.MonkeyPatch,
    records: list[Check | BrokenCheck],
) -> None:
    monkeypatch.setattr(measure, "_LEASE_S", 1.0)
    before = elsewhere.traces()
    forwarder = Forwarder(elsewhere.inspector)
    factory = open_factory(budget_s=1.5)
    app = factory.attach(forwarder.address, base_url=elsewhere.base_url)
    threading.Timer(0.7, forwarder.cut).start()
    began = time.monotonic()
    with pytest.raises(InspectorClosed) as failure:
        app.hammer("GET /plain/{n}")
    assert time.monotonic() - began < 2.0
    assert "answers still, and the inspector at" in str(failure.value)
    (record,) = records
    assert isinstance(record, BrokenCheck)
    assert not record.crashed
    # Nobody could take the probe out: it does so itself.
    deadline = Deadline(5.0)
    while elsewhere.traces() != before and not deadline.has_passed():
        time.sleep(0.1)
    assert elsewhere.traces() == before
    assert elsewhere.answers()


def test_a_way_that_hangs_is_not_taken_for_an_app_that_does(
    open_factory: OpenFactory, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attached, "_LOOK_S", 0.3)
    monkeypatch.setattr(bench, "_REPLY_S", 1.0)
    forwarder = Forwarder(elsewhere.inspector)
    app = open_factory().attach(forwarder.address, base_url=elsewhere.base_url)
    threading.Timer(0.3, forwarder.stall).start()
    began = time.monotonic()
    with pytest.raises(
        InspectorClosed, match="the way to it hangs, or its machine does"
    ):
        app.hammer("GET /plain/{n}")
    assert time.monotonic() - began < 15.0
    forwarder.cut()


def test_an_app_that_another_debugger_has_paused_does_not_hang(
    open_factory: OpenFactory, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "_REPLY_S", 1.0)
    app = open_factory(budget_s=1.0).attach(
        elsewhere.inspector, base_url=elsewhere.base_url
    )
    with InspectorClient.open(elsewhere.inspector_url, Deadline(30.0)) as another:
        another.execute(enable_debugger(), Deadline(5.0))
        stop = threading.Timer(0.3, another.execute, (pause(), Deadline(5.0)))
        stop.start()
        with pytest.raises(AppPaused, match="another debugger has paused the app"):
            app.hammer("GET /plain/{n}")
        # It is still the other one's to let it go on.
        stop.join()
        paused: list[object] = []
        another.execute(get_heap_usage(), Deadline(5.0), on_event=paused.append)
        assert any(isinstance(one, Paused) for one in paused)
        another.execute(disable_debugger(), Deadline(5.0))
    assert elsewhere.answers()


def test_an_app_that_is_killed_is_told_with_what_is_known(
    open_factory: OpenFactory, elsewhere: Elsewhere
) -> None:
    app = attach(open_factory, elsewhere)
    with pytest.raises(AppCrashed) as failure:
        app.hammer("GET /die/{n}")
    text = str(failure.value)
    assert text.startswith("crash: the process that served is gone after 300 requests")
    assert "neither its inspector at 127.0.0.1:" in text
    assert "are known where it was started (e.g. docker logs" in text
    assert "printed nothing" not in text
    with pytest.raises(CannotAttach, match="no inspector answers there"):
        attach(open_factory, elsewhere)


@pytest.fixture
def obeys_ctrl_c() -> Iterator[None]:
    """Have Ctrl-C do what it does in a terminal: who has started us may ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("obeys_ctrl_c")
def test_ctrl_c_takes_the_probe_out(
    open_factory: OpenFactory, elsewhere: Elsewhere
) -> None:
    before = elsewhere.traces()
    app = attach(open_factory, elsewhere)
    main = threading.main_thread().ident
    assert main is not None
    threading.Timer(0.7, signal.pthread_kill, (main, signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        app.hammer("GET /plain/{n}")
    assert elsewhere.traces() == before
    assert elsewhere.answers()


def test_what_cannot_be_attached_to_is_said(
    open_factory: OpenFactory, elsewhere: Elsewhere, node: NodeBinary, tmp_path: Path
) -> None:
    factory = open_factory()
    with pytest.raises(CannotAttach, match=r"no inspector answers there .*onnect"):
        factory.attach("127.0.0.1:1", base_url=elsewhere.base_url)
    web = elsewhere.base_url.removeprefix("http://")
    with pytest.raises(CannotAttach, match=r"is no inspector of Node\.js"):
        factory.attach(web, base_url=elsewhere.base_url)
    with pytest.raises(CannotAttach, match="nothing answers there"):
        factory.attach(elsewhere.inspector, base_url="http://127.0.0.1:1")
    with pytest.raises(CannotAttach, match="lists no target 0-0"):
        factory.attach(f"{elsewhere.inspector}/0-0", base_url=elsewhere.base_url)
    with pytest.raises(InvalidSetting, match="can run any code in the app") as refused:
        factory.attach("192.0.2.7:9229", base_url=elsewhere.base_url)
    assert "--nodeleak-attach-remote" in str(refused.value)
    with (
        started(node, tmp_path / "app.cjs") as other,
        pytest.raises(CannotAttach, match=r"4 requests to http.* this process got 0"),
    ):
        factory.attach(elsewhere.inspector, base_url=other.base_url)


def test_an_app_that_is_started_again_is_not_taken_for_the_same(
    open_factory: OpenFactory, elsewhere: Elsewhere, node: NodeBinary, tmp_path: Path
) -> None:
    forwarder = Forwarder(elsewhere.inspector)
    app = open_factory().attach(forwarder.address, base_url=elsewhere.base_url)
    with started(node, tmp_path / "app.cjs") as other:
        forwarder.to(other.inspector)
        with pytest.raises(AppCrashed, match="another process has taken its place"):
            app.hammer("GET /plain/{n}", requests=100)
    forwarder.cut()
