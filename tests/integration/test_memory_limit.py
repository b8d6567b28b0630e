"""The memory limit of an app, by the kernel where it lets us and by the watchdog."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from integration.node_apps import LaunchApp, OpenFactory, WriteApp, ask, serving
from kernel_limits import kernel_lets_us_limit

from pytest_nodeleak.exceptions import AppCrashed, AppExited, CommandNotFound
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.nodejs import memory_limit
from pytest_nodeleak.nodejs.binary import NodeBinary
from pytest_nodeleak.nodejs.groups import groups_of
from pytest_nodeleak.nodejs.launcher import RunningApp
from pytest_nodeleak.nodejs.memory_limit import (
    KernelLimit,
    Watchdog,
    impose_limit,
)
from pytest_nodeleak.report.record import check_record
from pytest_nodeleak.stages import push

pytestmark = pytest.mark.nodejs

LIMIT_BYTES = 128 * 2**20
# Fills memory outside the V8 heap, whose limit does not end it.
GREEDY = serving(
    "if (req.url !== '/') kept.push(Buffer.alloc(5e6, 1)); res.end();",
    setup="const kept = [];",
)


def our_groups() -> set[Path]:
    """Return the groups that this or another pytest has made around here."""
    return {
        path for group in groups_of("self") for path in group.path.glob("nodeleak-*")
    }


@pytest.fixture(autouse=True)
def no_group_is_left() -> Iterator[None]:
    before = our_groups()
    yield
    assert our_groups() - before == set()


@pytest.fixture(params=["as allowed", "watchdog"])
def enforced(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test with the kernel's limit, if we may set one, and without."""
    if request.param == "watchdog":
        monkeypatch.setattr(memory_limit, "_ALLOWS_CGROUPS", False)
    return str(request.param)


@pytest.fixture(scope="module")
def kernel_limits() -> bool:
    """Return whether the kernel lets us: then it must be the kernel that limits."""
    return kernel_lets_us_limit()


def fill(app: RunningApp) -> AppExited:
    """Send requests until the app is gone, and return what is told about it."""

    def ask_on() -> None:
        for number in range(100):
            ask(app, f"/{number}")

    with pytest.raises(requests.RequestException):
        ask_on()
    with pytest.raises(AppExited) as failure:
        app.raise_if_exited(stage="under load", grace_s=1.0)
    return failure.value


def test_an_app_that_outgrows_the_limit_is_killed_and_told_from_others(
    write_app: WriteApp, launch_app: LaunchApp, enforced: str, *, kernel_limits: bool
) -> None:
    write_app(GREEDY)
    death = fill(launch_app(memory_limit_bytes=LIMIT_BYTES))

    assert death.returncode == -9
    kill = death.memory_kill
    assert kill is not None
    assert kill.limit_bytes == LIMIT_BYTES
    assert kill.peak_bytes is not None
    assert bool(kill.stood_in) == (enforced == "watchdog" or not kernel_limits)
    if kill.stood_in:
        assert kill.peak_bytes > LIMIT_BYTES
        assert "SIGKILL (137), by a watchdog at the memory limit of 128 MiB" in str(
            death
        )
    else:
        assert 0.9 * LIMIT_BYTES < kill.peak_bytes <= LIMIT_BYTES
        assert "SIGKILL (137), by the kernel at the memory limit of 128 MiB" in str(
            death
        )


def test_the_kill_of_a_process_behind_a_wrapper_is_told(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(GREEDY)
    death = fill(
        launch_app("sh -c 'node app.cjs; sleep 60'", memory_limit_bytes=LIMIT_BYTES)
    )

    assert death.memory_kill is not None
    assert "at the memory limit of 128 MiB" in str(death)


def test_an_app_within_the_limit_serves_and_leaves_no_group(
    write_app: WriteApp, launch_app: LaunchApp, enforced: str, *, kernel_limits: bool
) -> None:
    write_app(serving("res.end(String(process.constrainedMemory()));"))
    app = launch_app(memory_limit_bytes=LIMIT_BYTES)
    limit = app.memory_limit

    assert limit is not None
    assert 0 < limit.room_bytes() < LIMIT_BYTES
    is_kernels = enforced == "as allowed" and kernel_limits
    assert isinstance(limit, KernelLimit) == is_kernels
    if is_kernels:
        assert ask(app) == str(LIMIT_BYTES)
    else:
        assert limit.stood_in
    app.stop()
    assert app.memory_kill() is None


def test_a_death_for_another_reason_is_not_put_down_to_the_limit(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(serving())
    app = launch_app(memory_limit_bytes=LIMIT_BYTES)
    psutil.Process(app.pid).kill()
    with pytest.raises(AppExited, match=r"SIGKILL \(137\)\n") as failure:
        app.raise_if_exited(stage="idle", grace_s=5.0)
    assert failure.value.memory_kill is None


def test_what_an_app_started_is_below_the_limit_and_ends_with_the_group(
    write_app: WriteApp, launch_app: LaunchApp, *, kernel_limits: bool
) -> None:
    write_app("setInterval(() => {}, 1000);", "child.cjs")
    write_app(
        serving(
            "res.end(String(child.pid));",
            setup="""
const child = require('node:child_process').spawn(
  process.execPath, ['child.cjs'], { detached: true, stdio: 'ignore' });
""",
        )
    )
    app = launch_app(memory_limit_bytes=LIMIT_BYTES)
    child = psutil.Process(int(ask(app)))
    if kernel_limits:
        own = {group.path for group in groups_of(child.pid)}
        assert len(own & our_groups()) == 1
    app.stop()
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("no-such-command app.cjs", CommandNotFound),
        ("./app.cjs", CommandNotFound),
        ("node -e 0", AppExited),
    ],
)
def test_a_start_that_fails_leaves_no_group(
    write_app: WriteApp, launch_app: LaunchApp, command: str, error: type[Exception]
) -> None:
    write_app(serving())
    with pytest.raises(error):
        launch_app(command, memory_limit_bytes=LIMIT_BYTES)


def test_an_app_that_dies_of_the_limit_while_it_starts_is_told_so(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app("const kept = []; setInterval(() => kept.push(Buffer.alloc(3e6, 1)), 1);")
    with pytest.raises(AppExited, match=r"ended while starting: SIGKILL .* limit"):
        launch_app(memory_limit_bytes=LIMIT_BYTES)


def test_a_group_of_a_pytest_that_was_killed_is_removed_by_the_next(
    *, kernel_limits: bool
) -> None:
    limit = impose_limit(LIMIT_BYTES)
    assert isinstance(limit, KernelLimit) == kernel_limits
    if isinstance(limit, Watchdog):
        # It leaves nothing: there was no group to be had here, and that is what it says.
        assert limit.stood_in
        return
    (path,) = [path for path in our_groups() if f"-{os.getpid()}-" in path.name]
    abandoned = path.with_name(path.name.replace(f"-{os.getpid()}-", "-4194305-"))
    abandoned.mkdir()
    impose_limit(LIMIT_BYTES).lift()
    limit.lift()
    assert not abandoned.exists()


def test_a_check_that_the_kernel_ends_tells_limit_and_memory(
    write_app: WriteApp, open_factory: OpenFactory, records: list[Check | BrokenCheck]
) -> None:
    write_app(GREEDY)
    app = open_factory().launch(
        "node app.cjs", memory_limit="128 MiB", max_old_space_size=60
    )
    with pytest.raises(AppCrashed) as death:
        app.hammer("GET /uploads/{n}")

    text = str(death.value)
    assert death.value.kind == "oom_kill"
    assert text.startswith("Container kill: after ")
    assert "\ncontainer memory limit: killed by " in text
    assert "SIGKILL (137) and no V8 error, at 128 MiB" in text
    assert "  limit       128 MiB for all its processes together, " in text
    assert "  memory      rss " in text
    assert "what filled 128 MiB lies outside the heap" in text
    (record,) = records
    assert isinstance(record, BrokenCheck)
    fields = check_record(record)
    assert fields["verdict"] == "crashed"
    assert fields["findings"][0]["kind"] == "oom_kill"


def test_a_check_that_a_watchdog_ends_says_who_and_why_and_names_the_trap(
    write_app: WriteApp,
    open_factory: OpenFactory,
    node: NodeBinary,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory_limit, "_ALLOWS_CGROUPS", False)
    write_app(GREEDY)
    # Semi-spaces come on top, which are larger since Node 26.
    allowed = 206 if node.version.startswith("v26.") else 203
    app = open_factory().launch(
        "node app.cjs", memory_limit="128 MiB", max_old_space_size=200
    )
    with pytest.raises(AppCrashed) as death:
        app.hammer("GET /uploads/{n}")

    text = str(death.value)
    assert death.value.kind == "oom_kill"
    assert "by a watchdog, as no memory cgroup may be made here (" in text
    trap = f"trap        V8 may use {allowed} MiB, the container has 128 MiB: the"
    assert trap in text
    assert "kernel kills first; start Node with --max-old-space-size=" in text


# A snapshot of so many objects takes several times what they take.
MANY_OBJECTS = serving(
    setup="globalThis.kept = Array.from({ length: 60_000 }, (_, id) => ({ id, more: id }));"
)


def test_a_snapshot_that_does_not_fit_is_not_taken_and_the_app_lives(
    write_app: WriteApp, open_factory: OpenFactory
) -> None:
    write_app(MANY_OBJECTS)
    app = open_factory().launch("node app.cjs", memory_limit="128 MiB")
    report = app.hammer("GET /items/{n}", requests=400)

    assert report.verdict == "inconclusive"
    text = str(report)
    assert "no snapshots were compared: a snapshot of this heap (some" in text
    assert "and the memory limit of 128 MiB has" in text
    assert "by the counters, per request: heap " in text
    assert "container trap: V8 may use " in text
    # It serves on.
    assert requests.get(app.base_url, timeout=10).status_code == 200


def test_a_kill_of_a_process_that_does_not_serve_is_noted(
    write_app: WriteApp, open_factory: OpenFactory, *, kernel_limits: bool
) -> None:
    if not kernel_limits:
        pytest.skip("needs a memory cgroup: a watchdog ends all processes")
    write_app(
        "const kept = []; for (;;) kept.push(Buffer.alloc(5e6, 1));", "greedy.cjs"
    )
    write_app(
        serving(
            "if (req.url === '/items/50') fork('greedy.cjs', { execArgv: [] }); res.end();",
            setup="const { fork } = require('node:child_process');",
        )
    )
    app = open_factory().launch("node app.cjs", memory_limit="128 MiB")
    report = app.hammer("GET /items/{n}", requests=400)

    assert "the kernel has killed a process of the app, not the one that" in str(report)


# Twenty objects in each request, on top of so many that no snapshot fits.
GROWING = serving(
    "for (let n = 0; n < 20; n += 1) kept.push({ n }); bound(); res.end();",
    setup="""
const kept = Array.from({ length: 60_000 }, (_, id) => ({ id }));
const bound = () => { if (kept.length > most) kept.splice(0, kept.length - most); };
""",
)


def test_counters_decide_where_no_snapshot_fits(
    write_app: WriteApp, open_factory: OpenFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "_LINGER_S", 0.1)
    write_app("const most = Infinity;" + GROWING)
    app = open_factory().launch("node app.cjs", memory_limit="128 MiB")
    report = app.hammer("GET /items/{n}", requests=600)

    assert report.verdict == "over_limit"
    assert "is over its limit: live objects grow 20" in str(report)
    assert "  no heap     a snapshot of this heap (some " in str(report)
    # Samples tell where it comes from all the same.
    assert re.search(r"^  put there   \S+ app\.cjs:\d+", str(report), re.MULTILINE)
    assert report.findings[0].allocated_at[0].place.file == "app.cjs"


def test_a_cache_that_fills_up_where_no_snapshot_fits_is_not_over_the_limit(
    write_app: WriteApp, open_factory: OpenFactory
) -> None:
    # Full when the screen is over, which by itself sees twenty objects per request.
    write_app("const most = 66_000;" + GROWING)
    app = open_factory().launch("node app.cjs", memory_limit="128 MiB")
    report = app.hammer("GET /items/{n}", requests=600)

    objects = report.measurement.rises["objects"]
    assert objects.growth.low > 10
    assert report.verdict == "inconclusive"
    assert "no snapshots were compared: a snapshot of this heap (some" in str(report)


def test_the_same_app_without_a_limit_is_compared(
    write_app: WriteApp, open_factory: OpenFactory
) -> None:
    write_app(MANY_OBJECTS)
    app = open_factory(budget_s=120.0).launch("node app.cjs")

    assert app.hammer("GET /items/{n}", requests=400).verdict == "clean"
