"""What blocks the event loop: told from each other, and from what only looks like it."""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from integration.node_apps import OpenFactory
from peers.readers import read_profiles

from pytest_nodeleak.artifacts import (
    CPU_PROFILE,
    HEAP_PROFILE,
    HEAP_SNAPSHOT,
    ArtifactStore,
)
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.culprits.explain import Explainer
from pytest_nodeleak.culprits.loaded import load_scripts
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endings.trail import Trail
from pytest_nodeleak.evidence.gc_pauses import pool_pauses
from pytest_nodeleak.exceptions import AppHangs, InspectorError, LeakDetected
from pytest_nodeleak.fixtures.app import NodeApp
from pytest_nodeleak.heap.files import read_snapshot_file
from pytest_nodeleak.inspection.sampler import Sampler
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.load.driver import RouteDriver
from pytest_nodeleak.load.plan import LoadPlan
from pytest_nodeleak.nodejs.binary import NodeBinary
from pytest_nodeleak.nodejs.command import AppSpec
from pytest_nodeleak.nodejs.launcher import RunningApp
from pytest_nodeleak.stages.attribute import find_blocking
from pytest_nodeleak.stages.bench import Bench
from pytest_nodeleak.stages.frozen import find_hang

pytestmark = pytest.mark.nodejs

SOURCE = Path(__file__).parent / "apps" / "blocking.cjs"
# As the routes of the app begin: one profile is enough to tell one kind of work.
_PROFILE_S = 0.2


@dataclass(frozen=True)
class Culprit:
    """What is to be told of a route."""

    words: str
    work: str
    function: str
    line: str


CULPRITS = {
    "crypto": Culprit(
        "synchronous crypto (pbkdf2Sync)",
        "crypto",
        "hashPassword",
        "crypto.pbkdf2Sync(password",
    ),
    "json": Culprit(
        "JSON.parse of a large payload", "json", "report", "JSON.parse(payload)"
    ),
    "compression": Culprit(
        "synchronous compression", "compression", "pack", "zlib.gzipSync(payload)"
    ),
    "file": Culprit(
        "synchronous file access (readFileSync)", "file", "template", "fs.readFileSync"
    ),
    "regex": Culprit(
        "a regular expression", "regex", "isName", "reading.test(trimmed)"
    ),
    "loop": Culprit("a computation in JavaScript", "javascript", "sum", "total += i"),
    "process": Culprit(
        "waiting for a child process (spawnSync)",
        "process",
        "convert",
        "spawnSync('true')",
    ),
    "module": Culprit("loading modules", "module", "plugin", "require('./plugin"),
}


def line_of(code: str) -> int:
    lines = SOURCE.read_text(encoding="utf-8").splitlines()
    return next(n for n, text in enumerate(lines, 1) if code in text)


OpenBench = Callable[[str], AbstractContextManager[Bench]]


@contextmanager
def observed(node: NodeBinary, directory: Path) -> Iterator[OpenBench]:
    """Start the app of this file; what is opened has a load on one of its routes."""
    spec = AppSpec(command="node app.cjs", cwd=directory, env={})
    wait = Deadline(20.0)
    with (
        RunningApp.launch(spec, node, wait) as app,
        InspectorClient.open(app.inspector_url, wait) as client,
        suppress(InspectorError),
        Sampler(client, app.pid, wait) as sampler,
    ):
        start_up = sampler.start(wait)

        @contextmanager
        def open_bench(route: str) -> Iterator[Bench]:
            plan = LoadPlan.for_route(f"GET /{route}", concurrency=1)
            abandon = Deadline(0.5 if route == "asleep" else 5.0)
            with RouteDriver([plan], app.endpoint, abandon=abandon) as driver:
                yield Bench(
                    app=app,
                    client=client,
                    sampler=sampler,
                    driver=driver,
                    deadline=Deadline(10.0),
                    shows_keys=False,
                    start_up=start_up,
                    trail=Trail(),
                )

        yield open_bench


@pytest.fixture(scope="module")
def open_bench(
    node: NodeBinary, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenBench]:
    directory = tmp_path_factory.mktemp("blocking")
    shutil.copy(SOURCE, directory / "app.cjs")
    with observed(node, directory) as opened:
        yield opened


@pytest.mark.parametrize("route", CULPRITS)
def test_what_blocks_is_told_by_its_kind_function_and_line(
    open_bench: OpenBench, route: str
) -> None:
    culprit = CULPRITS[route]
    with open_bench(route) as bench:
        _profile, blocks = find_blocking(bench, at_most_s=_PROFILE_S)
        loaded = load_scripts(
            bench.client, Deadline(5.0), suspects=[], stacks=blocks.stacks
        )
        explainer = Explainer(bench.start_up.directory, loaded)
        finding = explainer.blocking(blocks, delay_ms=0.0)
    assert f" by {culprit.words} in {culprit.function} (app.cjs:" in finding.title
    assert str(finding.allocated_at[0]).startswith(
        f"{culprit.function} app.cjs:{line_of(culprit.line)}:"
    )
    assert finding.blocking is not None
    assert finding.blocking.work == culprit.work
    assert finding.blocking.longest_ms is not None
    # One request takes that much: 8 at once would block for longer, 200 for seconds.
    assert 0.3 < finding.blocking.longest_ms < 1000


def test_a_failed_check_leaves_its_profiles_and_its_last_snapshot(
    open_factory: OpenFactory, records: list[Check | BrokenCheck], tmp_path: Path
) -> None:
    shutil.copy(SOURCE, tmp_path / "app.cjs")
    store = ArtifactStore(tmp_path / "artifacts")

    def launch(limits: LeakPolicy) -> NodeApp:
        nodeleak = open_factory()
        nodeleak.settings = replace(nodeleak.settings, artifacts=store)
        nodeleak._marker = replace(nodeleak._marker, policy=limits)
        return nodeleak.launch("node app.cjs")

    # So low that it is seldom worth it to compare heaps while the loop is blocked.
    app = launch(LeakPolicy(loop_delay_p99_ms=1.0))
    blocked = app.hammer("GET /crypto", requests=24)
    app.stop()
    with pytest.raises(LeakDetected, match=r"by synchronous crypto \(pbkdf2Sync\) in"):
        blocked.assert_bounded()
    app = launch(LeakPolicy(loop_delay_p99_ms=None))
    leaking = app.hammer("GET /leak", requests=200)
    assert leaking.verdict == "leak"
    left_by = [dict(one.artifacts) for one in records]
    assert list(left_by[1]) == [HEAP_PROFILE, HEAP_SNAPSHOT]
    profile, snapshot = left_by[0][CPU_PROFILE], left_by[1][HEAP_SNAPSHOT]
    assert read_snapshot_file(snapshot).node_count > 10_000
    # DevTools reads the profiles as well, and finds the same to blame.
    busy, allocated = read_profiles(profile, left_by[1][HEAP_PROFILE])
    assert busy["samples"] > 10
    assert busy["total"] > 1
    assert {"pbkdf2Sync", "hashPassword"} <= {*busy["functions"]}
    assert allocated["total"] > 1000
    assert "/leak" in allocated["functions"]
    assert f"  saved       {snapshot} (has the app's data in it" in str(leaking)
    # Nothing else is left, nor can anybody else read it.
    left = sorted((tmp_path / "artifacts").iterdir())
    assert left == sorted(path for one in left_by for path in one.values())
    assert {stat.S_IMODE(path.stat().st_mode) for path in left} == {0o600}


def test_what_only_looks_like_it_is_clean(
    open_factory: OpenFactory, tmp_path: Path
) -> None:
    shutil.copy(SOURCE, tmp_path / "app.cjs")
    app = open_factory().launch("node app.cjs")
    routes = ("crypto", "json", "file", "regex", "loop", "gc")
    report = app.hammer(
        [f"GET /async/{route}" for route in routes], mix=True, requests=300
    )
    assert report.verdict == "clean", str(report)
    assert report.measurement.blocking is None
    assert not report.measurement.is_thrashing


def test_limits_of_the_collector_are_told_with_what_it_did(
    open_factory: OpenFactory, tmp_path: Path
) -> None:
    shutil.copy(SOURCE, tmp_path / "app.cjs")
    report = open_factory().launch("node app.cjs").hammer("GET /gc", requests=60)
    with pytest.raises(LeakDetected) as failure:
        report.assert_bounded(gc_share="0.1 %", gc_pause_max="0.001 ms")
    text = str(failure.value)
    assert "garbage collection takes" in text
    assert "longest garbage collection pause (" in text
    assert re.search(r"  collector   \d+% of the time: .*scavenge \d+ times", text)


@pytest.mark.parametrize("route", ["gc", "async/gc"])
def test_how_much_of_the_time_goes_to_garbage_is_told_by_kind(
    open_bench: OpenBench, route: str
) -> None:
    with open_bench(route) as bench:
        bench.load(3)
        bench.sampler.watch_load(Deadline(5.0))
        loaded = bench.load(10)
        _delay, pauses = bench.sampler.unwatch_load(Deadline(5.0))
    pooled = pool_pauses(pauses, load_s=loaded.elapsed_s)
    assert (pooled.share > 0) is bool(pauses)
    assert pooled.max_kind in {"minor", "major", "incremental", ""}
    assert (pooled.by_kind.keys() >= {"minor"}) is (route == "gc")


def test_an_app_that_freezes_is_told_by_where_it_hangs(
    open_factory: OpenFactory, records: list[Check | BrokenCheck], tmp_path: Path
) -> None:
    shutil.copy(SOURCE, tmp_path / "app.cjs")
    app = open_factory(budget_s=0.3).launch("node app.cjs")
    with pytest.raises(AppHangs) as failure:
        app.hammer("GET /endless")
    diagnosis, headline, *details = str(failure.value).splitlines()
    assert diagnosis.startswith("Blocked event loop: the app froze under GET /endless")
    assert headline == (
        "blocked loop: GET /endless froze the app: the event loop hangs in a regular"
        f" expression in isName (app.cjs:{line_of('reading.test')})"
    )
    assert any(row.startswith("  froze       under load (screen)") for row in details)
    (record,) = records
    assert isinstance(record, BrokenCheck)
    assert not record.crashed
    (finding,) = record.findings
    assert finding.kind == failure.value.kind == "loop_blocked"


def test_an_app_that_hangs_in_native_code_is_told_so(
    node: NodeBinary, tmp_path: Path
) -> None:
    shutil.copy(SOURCE, tmp_path / "app.cjs")
    with observed(node, tmp_path) as open_bench, open_bench("asleep") as bench:
        assert find_hang(bench, app_directory=tmp_path) is None
        bench.load(1)
        hang = find_hang(bench, app_directory=tmp_path)
        # What goes through the heap for us does not hang by itself: a count of all objects
        bench.sampler.population.is_under_way = True
        assert find_hang(bench, app_directory=tmp_path) is None
        bench.sampler.population.is_under_way = False
        # or a snapshot.
        bench.snapshots.are_stopping_the_app = True
        assert find_hang(bench, app_directory=tmp_path) is None
        bench.app.stop()
    assert hang is not None
    assert hang.finding.title == (
        "the event loop hangs in native code that V8 can not interrupt"
    )
    assert hang.children == ("sleep",)
    assert hang.cpu_share is not None
    assert hang.cpu_share < 0.5
