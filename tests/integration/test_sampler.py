from __future__ import annotations

import pytest
from integration.node_apps import LaunchApp, Probe, Probed, WriteApp, ask, serving

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import call_function_on
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.loop_delay import pool_delays
from pytest_nodeleak.sampler import Sampler

pytestmark = pytest.mark.nodejs

# Counts the objects that were collected of those that were marked.
COUNT_GONE = """
globalThis.gone = 0;
const graveyard = new FinalizationRegistry(() => { globalThis.gone += 1; });
globalThis.mark = (object) => { graveyard.register(object, 0); return object; };
"""


def test_what_the_app_logs_is_not_kept_alive(probe: Probe) -> None:
    logging = "console.log(mark({ page: 'x'.repeat(10) })); res.end();"
    probed = probe(serving(logging, setup=COUNT_GONE))
    for _ in range(20):
        ask(probed.app)
    probed.sampler.settle(Deadline(20.0))
    # One more than were sent: the launcher asked whether the app answers.
    assert probed.value("gone") == 21


def test_what_was_looked_up_is_let_go_of(probe: Probe) -> None:
    probed = probe(
        serving(
            setup=f"{COUNT_GONE} const {{ EventEmitter }} = require('node:events');"
            "globalThis.emitter = mark(new EventEmitter().on('x', () => {}));"
        )
    )
    probed.sampler.count_listeners(Deadline(10.0))
    probed.value("delete globalThis.emitter")
    probed.sampler.settle(Deadline(20.0))
    assert probed.value("gone") == 1


def test_nothing_of_the_probe_stays_in_the_app(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(serving(setup=COUNT_GONE))
    app, deadline = launch_app(), Deadline(30.0)
    with InspectorClient.open(app.inspector_url, deadline) as client:
        with Sampler(client, app.pid, deadline) as sampler:
            probed = Probed(app, client, sampler)
            marking = """function () {
  const parts = [this, ...Object.values(this)];
  return parts.map(mark).length;
}"""
            marked = client.execute(
                call_function_on(sampler._probe, marking), deadline
            ).value
            assert marked > 1
            sampler.watch_loop(deadline)
            sampler.read(requests=0, elapsed_s=0.0, deadline=deadline)
            assert probed.value("gone") == 0
        with Sampler(client, app.pid, deadline) as sampler:
            sampler.settle(deadline)
        assert probed.value("gone") == marked


def test_reading_does_not_change_what_is_read(probed: Probed) -> None:
    def read() -> tuple[int, int, int]:
        reading = probed.sampler.read(
            requests=0, elapsed_s=0.0, deadline=Deadline(20.0)
        )
        return reading.listeners, reading.timers, reading.handles

    for _ in range(3):
        read()
    assert read() == read()


@pytest.mark.parametrize(
    ("adding", "added"),
    [
        pytest.param("emitter.on('one', () => {})", 1, id="EventEmitter"),
        pytest.param(
            "for (let i = 0; i < 3; i++) emitter.once('many', () => {})",
            3,
            id="several of one event",
        ),
        pytest.param(
            "for (const type of ['a', 'a', 'b']) target.addEventListener(type, () => {})",
            3,
            id="EventTarget",
        ),
        pytest.param(
            "abort.signal.addEventListener('abort', () => {})", 1, id="AbortSignal"
        ),
        pytest.param(
            "emitter.on('x', f); emitter.off('x', f)", 0, id="taken off again"
        ),
    ],
)
def test_every_listener_counts(probe: Probe, adding: str, added: int) -> None:
    probed = probe(
        serving(
            setup="""
const { EventEmitter } = require('node:events');
Object.assign(globalThis, {
  emitter: new EventEmitter(), target: new EventTarget(), abort: new AbortController(),
  f: () => {},
});
"""
        )
    )
    probed.sampler.settle(Deadline(20.0))
    before = probed.sampler.count_listeners(Deadline(10.0))
    probed.value(f"{adding}; 0")
    assert probed.sampler.count_listeners(Deadline(10.0)) - before == added


def test_no_code_of_the_app_runs_when_its_objects_are_looked_at(probe: Probe) -> None:
    probed = probe(
        serving(
            setup="""
const { EventEmitter } = require('node:events');
globalThis.ran = 0;
const traps = new Proxy({}, { get: (_, name) => (...given) => {
  globalThis.ran += 1;
  return Reflect[name](...given);
} });
globalThis.proxies = [[], new Map(), new EventEmitter()].map((one) => new Proxy(one, traps));
globalThis.derived = Object.create(globalThis.proxies[2]);
globalThis.getter = Object.defineProperty(new EventEmitter(), '_events', {
  get() { globalThis.ran += 1; },
});
"""
        )
    )
    deadline = Deadline(20.0)
    probed.value("ran = 0")
    probed.sampler.count_listeners(deadline)
    probed.sampler.census(fewest=1, deadline=deadline)
    assert probed.value("ran") == 0
    probed.value("proxies[0].length")
    assert probed.value("ran") == 1


@pytest.mark.parametrize(("path", "is_late"), [("/block", True), ("/", False)])
def test_the_loop_is_late_only_when_it_is_blocked(
    probe: Probe,
    path: str,
    is_late: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    probed = probe(
        serving(
            "if (req.url === '/block') for (const t = Date.now(); Date.now() - t < 1500; );"
            "res.end();"
        )
    )
    probed.sampler.watch_loop(Deadline(10.0))
    ask(probed.app, path)
    ask(probed.app)
    seen = probed.sampler.unwatch_loop(Deadline(10.0))
    assert (pool_delays([seen]).max_ms > 1000) == is_late


def test_counters_follow_what_the_app_does(probe: Probe) -> None:
    probed = probe(serving(setup="globalThis.kept = [];"))

    def change(expression: str) -> dict[str, int]:
        probed.sampler.settle(Deadline(20.0))
        before = probed.sampler.read(requests=0, elapsed_s=0, deadline=Deadline(20.0))
        probed.value(f"{expression}; 0")
        after = probed.sampler.read(requests=0, elapsed_s=0, deadline=Deadline(20.0))
        assert before.fds is not None
        assert after.fds is not None
        return {
            "heap": after.heap_used_bytes - before.heap_used_bytes,
            "buffers": after.array_buffers_bytes - before.array_buffers_bytes,
            "timers": after.timers - before.timers,
            "handles": after.handles - before.handles,
            "fds": after.fds - before.fds,
        }

    assert change("kept.push(setInterval(() => {}, 1e6))")["timers"] == 1
    opened = change("kept.push(require('node:dgram').createSocket('udp4').bind(0))")
    assert (opened["handles"], opened["fds"]) == (1, 1)
    pinned = change("kept.push(new ArrayBuffer(3_000_000))")
    assert pinned["buffers"] == 3_000_000
    assert pinned["heap"] < 100_000
    filled = change("kept.push(Array.from({ length: 100_000 }, () => ({})))")
    assert filled["heap"] >= 100_000 * 16


@pytest.mark.parametrize(
    ("name", "source"),
    [
        pytest.param(
            "app.mjs",
            "import http from 'node:http';"
            "http.createServer((_, res) => res.end()).listen(process.env.PORT);",
            id="ES module",
        ),
        pytest.param(
            "app.cjs",
            serving(
                setup="globalThis.setImmediate = globalThis.setTimeout = () => {};"
            ),
            id="stopped clock",
        ),
    ],
)
def test_any_app_can_be_read(
    write_app: WriteApp, launch_app: LaunchApp, name: str, source: str
) -> None:
    write_app(source, name)
    app = launch_app(f"node {name}")
    deadline = Deadline(20.0)
    with (
        InspectorClient.open(app.inspector_url, deadline) as client,
        Sampler(client, app.pid, deadline) as sampler,
    ):
        reading = sampler.read(requests=0, elapsed_s=0.0, deadline=deadline)
    assert reading.handles > 0  # the listening socket among them
