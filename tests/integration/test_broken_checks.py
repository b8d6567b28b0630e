"""Faults during a check: the error says what happened to the app."""

from __future__ import annotations

import gc
import os
import re
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from integration.node_apps import CheckApp, OpenFactory, WriteApp, serving

from pytest_nodeleak.cdp.messages import Command, take_heap_snapshot
from pytest_nodeleak.exceptions import (
    AppCrashed,
    AppExited,
    AppHangs,
    AppStopped,
    LoadFailed,
)
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.load import slot
from pytest_nodeleak.stages import bench, snapshots

pytestmark = pytest.mark.nodejs

Records = list[Check | BrokenCheck]

AT_THE_HUNDREDTH = """
if (req.url !== '/' && ++requests === 100) {{ {fault} }}
res.end();
"""


HEAP_WORDS = (
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"
)


@dataclass(frozen=True)
class Death:
    """How an app dies, and what is to be told about it."""

    fault: str
    returncode: int
    told: str
    kind: str | None = None


AT = r" at .*app\.cjs:6:\d+, "
DEATHS = {
    "exit": Death(
        "process.exit(3);",
        3,
        f"the app ended by itself: process.exit\\(3\\) called{AT}",
    ),
    "end": Death(
        "res.end(); server.closeAllConnections(); server.close(); return;",
        0,
        "the app ended by itself: nothing was left to keep it running",
    ),
    "throw": Death(
        "throw new Error('no such user');",
        1,
        f"uncaught exception: Error: no such user{AT}ended the app",
        "uncaught_exception",
    ),
    "throw, and the clock is set": Death(
        "process.on('uncaughtException', () => {"
        " const { now } = Date; Date.now = () => now() + 3.6e6; process.exit(1); });"
        " throw new Error('no such user');",
        1,
        f"uncaught exception: Error: no such user{AT}ended the app",
        "uncaught_exception",
    ),
    "rejection": Death(
        "Promise.reject(new Error('no')); return;",
        1,
        f"unhandled rejection: Error: no{AT}ended the app",
        "unhandled_rejection",
    ),
    "rejected text": Death(
        "Promise.reject('just text'); return;",
        1,
        "unhandled rejection: just text, ended the app",
        "unhandled_rejection",
    ),
    "unreadable": Death(
        "const e = Error('no'); Object.defineProperty(e, 'stack', { get() { throw e; } });"
        " throw e;",
        1,
        "uncaught exception: Error: no, ended the app",
        "uncaught_exception",
    ),
    "several at once": Death(
        "Promise.any([Promise.reject(new Error('no'))]); return;",
        1,
        "unhandled rejection: AggregateError: All promises were rejected; the first:"
        f" Error: no{AT}ended the app",
        "unhandled_rejection",
    ),
    "descriptors": Death(
        "for (;;) require('node:fs').openSync('/dev/null');",
        1,
        f"leaked descriptors or connections: Error: EMFILE: .*{AT}ended the app",
        "fd_exhaustion",
    ),
    "recursion": Death(
        "(function deeper() { deeper(); })();",
        1,
        f"stack overflow: RangeError: Maximum call stack size exceeded{AT}.* no memory",
        "uncaught_exception",
    ),
    "logged words": Death(
        f"console.error('{HEAP_WORDS}'); process.exit(1);",
        1,
        "the app ended by itself",
    ),
    "abort": Death("process.abort();", -6, "aborted: SIGABRT"),
    "kill": Death(
        "process.kill(process.pid, 'SIGKILL'); return;",
        -9,
        r"killed from outside with no V8 error: SIGKILL \(137\)",
    ),
}


@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS)
def test_an_app_that_dies_under_load_is_told_by_what_it_died_of(
    check_app: CheckApp, write_app: WriteApp, records: Records, death: Death
) -> None:
    dying = AT_THE_HUNDREDTH.format(fault=death.fault)
    write_app(serving(dying, setup="let requests = 0;"))
    app = check_app("sh -c 'ulimit -n 200; exec node app.cjs'")
    with pytest.raises(AppCrashed) as failure:
        app.hammer("GET /items/{n}", concurrency=1)
    assert failure.value.returncode == death.returncode
    assert failure.value.kind == death.kind
    diagnosis, facts, *details = str(failure.value).splitlines()
    assert re.match(r"[A-Z][^:]+: after (99|100) requests of GET /items/", diagnosis)
    assert re.match(death.told, facts)
    # The hundredth may have been answered before it was its turn to be fatal.
    assert re.search(r"after (99|100) requests of GET /items/\{n\}$", facts)
    in_flight = re.compile(r"  in flight   GET /items/1\d\d")
    # Who closes the server may have answered before.
    assert any(map(in_flight.match, details)) or death.returncode == 0
    (record,) = records
    assert isinstance(record, BrokenCheck)
    assert record.crashed
    assert record.reason == str(failure.value)


def test_a_heap_that_is_full_is_told_by_what_filled_it(
    open_factory: OpenFactory, write_app: WriteApp, records: Records, tmp_path: Path
) -> None:
    # Few and large, so that the snapshot is small.
    write_app(
        serving(
            AT_THE_HUNDREDTH.format(fault="for (;;) keep();"),
            setup="""
let requests = 0;
const pages = [];
function keep() { pages.push(Buffer.alloc(1e5, 120).toString('latin1')); }
""",
        )
    )
    app = open_factory().launch(
        "node app.cjs",
        max_old_space_size=16,
        node_args=["--heapsnapshot-near-heap-limit=1"],
    )
    with pytest.raises(AppCrashed) as failure:
        app.hammer("GET /items/{n}", concurrency=1)
    assert failure.value.kind == "heap_limit"
    diagnosis, facts, *_ = str(failure.value).splitlines()
    # One request took it all: nothing had grown before.
    assert diagnosis.startswith("Heap limit: after ")
    assert diagnosis.endswith(
        "; most is held by pages, a module-level Array at app.cjs:5."
    )
    assert facts.startswith(
        "heap limit: JavaScript heap out of memory, at its limit of 16 MB"
    )
    (record,) = records
    assert isinstance(record, BrokenCheck)
    assert record.crash is not None
    (finding,) = record.crash.findings
    assert finding.holder is not None
    assert finding.holder.name == "pages"
    assert finding.holder.place is not None
    assert str(finding.holder.place) == "app.cjs:5"
    assert len(list(tmp_path.glob("*.heapsnapshot"))) == 1


def test_an_app_that_dies_in_a_snapshot_did_not_die_of_the_load(
    check_app: CheckApp, write_app: WriteApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_app(serving("res.end();"))

    def killing() -> Command[None]:
        for process in psutil.Process().children(recursive=True):
            process.kill()
        return take_heap_snapshot()

    monkeypatch.setattr(snapshots, "take_heap_snapshot", killing)
    with pytest.raises(AppCrashed) as failure:
        check_app().hammer("GET /items/{n}", requests=200)
    assert (
        "  died        in a heap snapshot of ours, which stops it (identify), SIGKILL"
        in (str(failure.value))
    )


SUPERVISOR = """
const { fork } = require('node:child_process');
const options = { execArgv: ['--inspect=127.0.0.1:0'] };
const start = () => fork('app.cjs', options).on('exit', start);
start();
process.on('SIGTERM', () => process.exit());
"""
MASTER = """
const cluster = require('node:cluster');
if (!cluster.isPrimary) require('./app.cjs');
else cluster.on('exit', () => cluster.fork()).fork();
"""


@pytest.mark.parametrize("parent", [SUPERVISOR, MASTER], ids=["supervisor", "cluster"])
def test_a_parent_that_starts_a_crashed_app_again_hides_nothing(
    check_app: CheckApp, write_app: WriteApp, parent: str
) -> None:
    dying = AT_THE_HUNDREDTH.format(fault="throw new Error('no such user');")
    write_app(serving(dying, setup="let requests = 0;"))
    write_app(parent, "parent.cjs")
    app = check_app("node parent.cjs")
    with pytest.raises(AppCrashed, match="by its parent, which hides the") as failure:
        # A slow machine would not come to a hundred by itself.
        print(app.hammer("GET /items/{n}", concurrency=1, requests=400))
    assert str(failure.value).startswith("Uncaught exception: after ")
    assert "\nuncaught exception: Error: no such user at" in str(failure.value)
    assert failure.value.returncode is None
    assert failure.value.restarted_as is not None


def test_errors_that_an_app_handles_itself_are_no_crash(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(SUPERVISOR, "parent.cjs")
    write_app(
        serving(
            f"""
requests += 1;
if (requests % 100 === 0) setTimeout(() => {{ throw new Error('swallowed'); }});
if (requests % 100 === 1) Promise.reject(new Error('logged'));
if (requests % 100 === 2) console.error('{HEAP_WORDS}');
res.end();
""",
            setup="""
let requests = 0;
process.on('uncaughtException', () => {});
process.on('unhandledRejection', (error) => console.error(error.message));
""",
        )
    )
    report = check_app("node parent.cjs").hammer("GET /items/{n}")
    assert report.verdict == "clean", str(report)
    assert "uncaught errors went to the app's own handler" in str(report)
    assert "the first: Error: swallowed" in str(report)


def test_an_app_that_is_killed_while_it_is_read_is_told_so(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    # Silence after three hundred requests: a reading, a snapshot or the watch.
    write_app(
        serving(
            "if (req.url !== '/') { requests += 1; last = Date.now(); } res.end();",
            setup="""
let requests = 0, last = Infinity;
setInterval(() => {
  if (requests < 300 || Date.now() - last < 50) return;
  require('node:child_process').spawn('kill', ['-9', String(process.pid)]);
}, 10);
""",
        )
    )
    with pytest.raises(AppExited, match=r"SIGKILL \(137\)") as failure:
        check_app().hammer("GET /items/{n}")
    assert failure.value.requests >= 250


def test_an_app_that_died_between_two_checks_is_told_so(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(serving())
    app = check_app()
    psutil.Process(app.pid).kill()
    os.waitid(os.P_PID, app.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(AppExited, match=r"idle between checks, SIGKILL"):
        app.hammer("GET /items/{n}")


@pytest.mark.parametrize("status", [404, 500])
def test_a_route_that_fails_is_no_load(
    check_app: CheckApp, write_app: WriteApp, records: Records, status: int
) -> None:
    write_app(
        serving(f"console.error('oh no'); res.statusCode = {status}; res.end('sorry');")
    )
    with pytest.raises(LoadFailed) as failure:
        check_app().hammer("GET /items/{n}", concurrency=1)
    assert "requests went wrong, so there is nothing to judge" in str(failure.value)
    assert f"GET /items/1 answered {status}: sorry" in str(failure.value)
    assert "oh no" in str(failure.value)
    (record,) = records
    assert isinstance(record, BrokenCheck)
    assert not record.crashed


@pytest.mark.parametrize("concurrency", [8, 1], ids=["many hang", "one hangs"])
def test_an_app_that_hangs_is_given_up_and_ended(
    check_app: CheckApp,
    write_app: WriteApp,
    monkeypatch: pytest.MonkeyPatch,
    concurrency: int,
) -> None:
    monkeypatch.setattr(bench, "_REPLY_S", 1.5)
    monkeypatch.setattr(slot, "_REQUEST_TIMEOUT_MS", 1500)
    write_app(
        serving(
            "if (req.url !== '/' && ++requests === 200) while (true); res.end();",
            setup="let requests = 0; process.on('SIGTERM', () => {});",
        )
    )
    app = check_app()
    with pytest.raises(AppHangs, match="in a computation in JavaScript"):
        app.hammer("GET /items/{n}", concurrency=concurrency)
    app.stop()
    assert not psutil.pid_exists(app.pid)


def test_an_app_that_hangs_until_the_time_is_up_is_told_so(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(
        serving(
            "if (req.url !== '/' && ++requests === 20) while (true); res.end();",
            setup="let requests = 0;",
        )
    )
    with pytest.raises(AppHangs, match="in a computation in JavaScript"):
        check_app(budget_s=6.0).hammer("GET /items/{n}")


def test_an_app_that_is_stopped_is_told_so(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(
        serving(
            "if (req.url !== '/' && ++requests === 20) stop(); res.end();",
            setup="""
let requests = 0;
const { spawnSync } = require('node:child_process');
const stop = () => spawnSync('kill', ['-STOP', String(process.pid)]);
""",
        )
    )
    app = check_app(budget_s=5.0)
    with pytest.raises(AppStopped, match=f"process {app.pid} of the app was stopped"):
        app.hammer("GET /items/{n}")


def test_a_server_that_closes_for_good_is_told_by_its_first_refusal(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(
        serving(
            """
res.setHeader('Connection', 'close');
res.end();
if (req.url !== '/' && ++requests === 300) server.close();
""",
            setup="let requests = 0; setInterval(() => {}, 1000);",
        )
    )
    with pytest.raises(LoadFailed, match=r"failed: .*onnect"):
        check_app().hammer("GET /items/{n}")


def test_the_record_of_a_crash_keeps_no_heap_in_memory(
    check_app: CheckApp, write_app: WriteApp, records: Records
) -> None:
    # Late enough to die between two snapshots.
    fault = "if (++requests === 300) process.exit(3); res.end();"
    write_app(serving(fault, setup="let requests = 0;"))
    gc.collect()
    # A circle would be there until the next full collection, which may be hours away.
    gc.disable()
    try:
        with pytest.raises(AppCrashed):
            check_app().hammer("GET /items/{n}", requests=400)
        heaps = [one for one in gc.get_objects() if isinstance(one, PathTree)]
    finally:
        gc.enable()
    assert records
    assert heaps == []
