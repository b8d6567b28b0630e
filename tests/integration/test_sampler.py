from __future__ import annotations

import resource
from contextlib import suppress
from pathlib import Path

import pytest
from integration.node_apps import LaunchApp, Probe, Probed, WriteApp, ask, serving

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import call_function_on, evaluate
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.evidence.loop_delay import pool_delays
from pytest_nodeleak.inspection.sampler import Sampler

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
    probed.sampler.population.count_listeners(Deadline(10.0))
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
            sampler.watch_load(deadline)
            sampler.read(requests=0, elapsed_s=0.0, deadline=deadline)
            assert probed.value("gone") == 0
        with Sampler(client, app.pid, deadline) as sampler:
            sampler.settle(deadline)
        assert probed.value("gone") == marked


def test_listeners_and_files_of_the_probe_go_with_it(
    write_app: WriteApp, launch_app: LaunchApp, tmp_path: Path
) -> None:
    write_app(serving())
    app, deadline = launch_app(), Deadline(30.0)
    words = tmp_path / "last-words"
    left = """(() => {
const { readdirSync, readlinkSync } = process.getBuiltinModule('fs');
const isOpen = (fd) => {
  try { return readlinkSync(`/proc/self/fd/${fd}`).endsWith('last-words'); }
  catch { return false; }
};
return process.listenerCount('exit') + process.listenerCount('uncaughtExceptionMonitor')
  + readdirSync('/proc/self/fd').filter(isOpen).length;
})()"""
    with InspectorClient.open(app.inspector_url, deadline) as client:
        before = client.execute(evaluate(left), deadline).value
        with (
            suppress(LookupError),
            Sampler(client, app.pid, deadline) as sampler,
        ):
            sampler.note_last_words(words, deadline)
            watching = client.execute(evaluate(left), deadline).value
            # However the check ends, and whatever of the probe does not work any more.
            breaking = "function () { this.unwatchLoad = () => { throw 1; }; }"
            client.execute(call_function_on(sampler._probe, breaking), deadline)
            raise LookupError
        after = client.execute(evaluate(left), deadline).value
    assert (before, watching, after) == (0, 3, 0)


def test_reading_does_not_change_what_is_read(probed: Probed) -> None:
    def read() -> tuple[int | None, int, int]:
        reading = probed.sampler.read(
            requests=0, elapsed_s=0.0, deadline=Deadline(20.0)
        )
        return reading.listeners, reading.timers, reading.handles

    for _ in range(3):
        read()
    assert read() == read()


def test_a_reading_may_do_without_going_through_all_objects(probed: Probed) -> None:
    deadline = Deadline(20.0)
    whole = probed.sampler.read(requests=0, elapsed_s=0.0, deadline=deadline)
    brief = probed.sampler.read(
        requests=0, elapsed_s=0.0, deadline=deadline, counts_objects=False
    )
    assert whole.listeners is not None
    assert whole.objects
    assert (brief.listeners, brief.objects, brief.listeners_by_event) == (
        None,
        None,
        {},
    )
    # As settled as the other.
    assert brief.heap_used_bytes == pytest.approx(whole.heap_used_bytes, rel=0.02)
    assert brief.handles == whole.handles


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
    before = probed.sampler.population.count_listeners(Deadline(10.0))
    probed.value(f"{adding}; 0")
    after = probed.sampler.population.count_listeners(Deadline(10.0))
    assert after.listeners - before.listeners == added


def test_listeners_are_told_apart_by_class_and_event(probe: Probe) -> None:
    probed = probe(
        serving(
            setup="""
const { EventEmitter } = require('node:events');
class Bus extends EventEmitter {}
class Anonymous extends EventEmitter { static name() {} }
const done = Symbol('done');
globalThis.kept = [
  new Bus().on('order', () => {}).on('order', () => {}).on(done, () => {}),
  new Bus().on('order', () => {}),
  new Anonymous().on('x', () => {}),
  new AbortController(),
];
kept[3].signal.addEventListener('abort', () => {});
"""
        )
    )
    by_event = probed.sampler.population.count_listeners(Deadline(10.0)).by_event
    assert by_event["Bus order"] == 3
    assert by_event["Bus Symbol(done)"] == 1
    assert by_event["Object x"] == 1
    assert by_event["AbortSignal abort"] == 1
    assert by_event["Server request"] == 1


def test_events_without_number_do_not_make_the_answer_endless(probe: Probe) -> None:
    probed = probe(
        serving(
            setup="""
const { EventEmitter } = require('node:events');
globalThis.bus = new EventEmitter().setMaxListeners(0).on('often', () => {});
bus.on('often', () => {});
for (let n = 0; n < 5000; n++) bus.on(`answer ${n}`, () => {});
"""
        )
    )
    census = probed.sampler.population.count_listeners(Deadline(10.0))
    assert census.listeners > 5000
    assert len(census.by_event) == 50
    assert census.by_event["EventEmitter often"] == 2


def test_the_collector_s_pauses_are_seen_by_kind_and_only_under_watch(
    probe: Probe,
) -> None:
    probed = probe(
        serving(
            "for (let i = 0; i < 200; i++) globalThis.last = new Array(50_000).fill({});"
            "if (req.url === '/full') require('node:v8').setFlagsFromString('--expose-gc'),"
            "require('node:vm').runInNewContext('gc')(); res.end();"
        )
    )
    deadline = Deadline(20.0)
    ask(probed.app, "/full")
    probed.sampler.watch_load(deadline)
    _, none_yet = probed.sampler.unwatch_load(deadline)
    probed.sampler.watch_load(deadline)
    ask(probed.app, "/full")
    ask(probed.app)
    _, pauses = probed.sampler.unwatch_load(deadline)
    assert none_yet == ()
    assert {"minor", "major"} <= {pause.kind for pause in pauses}
    # Of a heap of some megabytes: neither seconds nor nanoseconds.
    assert 0.01 < max(pause.pause_ms for pause in pauses) < 5_000


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
const targets = [[], new Map(), new EventEmitter()];
globalThis.proxies = targets.map((one) => new Proxy(one, traps));
globalThis.derived = Object.create(globalThis.proxies[2]);
globalThis.getter = Object.defineProperty(new EventEmitter(), '_events', {
  get() { globalThis.ran += 1; },
});
"""
        )
    )
    deadline = Deadline(20.0)
    probed.value("ran = 0")
    probed.sampler.population.count_listeners(deadline)
    probed.sampler.population.gaining(fewest=1, deadline=deadline)
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
    probed.sampler.watch_load(Deadline(10.0))
    ask(probed.app, path)
    seen, _ = probed.sampler.unwatch_load(Deadline(10.0))
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
            "sockets": after.sockets - before.sockets,
            "contexts": after.contexts - before.contexts,
            "threads": (after.threads or 0) - (before.threads or 0),
            "fds": after.fds - before.fds,
        }

    assert change("kept.push(setInterval(() => {}, 1e6))")["timers"] == 1
    opened = change("kept.push(require('node:dgram').createSocket('udp4').bind(0))")
    assert (opened["handles"], opened["sockets"], opened["fds"]) == (1, 1, 1)
    watching = change("kept.push(require('node:fs').watch('.'))")
    assert (watching["handles"], watching["sockets"]) == (1, 0)
    assert change("kept.push(require('node:vm').createContext())")["contexts"] == 1
    worker = "new (require('node:worker_threads').Worker)('setInterval(() => {}, 1e6)',"
    assert change(f"kept.push({worker} {{ eval: true }}))")["threads"] == 1
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


def test_the_boxes_of_memory_lie_in_each_other(probed: Probed) -> None:
    memory = probed.sampler.read_memory(requests=7, deadline=Deadline(10.0))
    assert memory.requests == 7
    assert memory.rss_bytes > memory.heap_total_bytes > memory.heap_used_bytes > 1e6
    assert memory.heap_limit_bytes > memory.heap_total_bytes
    assert memory.external_bytes >= memory.array_buffers_bytes
    assert (
        memory.spaces["old_space"].size_bytes >= memory.spaces["old_space"].used_bytes
    )
    spaces = sum(space.used_bytes for space in memory.spaces.values())
    assert spaces == pytest.approx(memory.heap_used_bytes, rel=0.05)


def test_the_limit_of_open_files_is_the_app_s_own(probed: Probed) -> None:
    # It has inherited ours, but that Node.js raises the soft limit to the hard one.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert probed.sampler.view.read(Deadline(10.0)).fd_limit == hard
