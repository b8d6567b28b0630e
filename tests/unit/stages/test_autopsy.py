from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from heaps import Heap, Node, app_server, repeat
from measurements import START_UP, readings
from outputs import output_of
from source_maps import Mapped, source_map

from pytest_nodeleak.endings.crash import Crash
from pytest_nodeleak.endings.deaths import HeapLimit, OomKill, UncaughtException
from pytest_nodeleak.endings.trail import StartUp, Trail
from pytest_nodeleak.evidence.findings import Place
from pytest_nodeleak.exceptions import AppExited
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.suspects import find_suspects
from pytest_nodeleak.heap.window import Window
from pytest_nodeleak.memory_kill import MemoryKill
from pytest_nodeleak.report.crash import crash_lines
from pytest_nodeleak.stages.autopsy import examine, written_snapshots

AT_THE_LIMIT = AppExited(
    returncode=-6,
    stage="under load (confirm)",
    output_tail=output_of("heap_limit", 24),
    requests=80,
)


def autopsy(trail: Trail, exited: AppExited = AT_THE_LIMIT) -> Crash:
    return examine(
        exited,
        trail,
        target="GET /users/{n}",
        words=None,
        app_directory=Path("/app"),
        node_version="v24.0.0",
    )


def start_up(directory: Path = Path("/app"), *flags: str) -> StartUp:
    return replace(
        START_UP,
        heap_limit_bytes=80 * 2**20,
        old_space_limit_bytes=20 * 2**20,
        flags=flags,
        directory=directory,
    )


class Growing:
    """A heap whose ``cache`` gains an entry with every request."""

    def __init__(self) -> None:
        self.heap = Heap()
        scope = app_server(self.heap)
        self.cache = self.heap.map(parent=scope, via="cache", edge="context")

    def serve(self, requests: int) -> None:
        repeat(requests, self._put)

    def _put(self) -> Node:
        return self.heap.put(self.cache, self.heap.shaped("id", "orders"))


def holder_of(crash: Crash) -> tuple[str, str]:
    assert crash.filling is not None
    (finding,) = crash.findings
    assert finding.kind is Kind.HEAP_LIMIT
    assert finding.holder is not None
    return crash.filling.found, finding.holder.name


def test_suspects_of_two_windows_are_what_filled_the_heap() -> None:
    growing, trail = Growing(), Trail(start_up=start_up())
    trees = []
    for _ in range(3):
        trees.append(growing.heap.tree())
        growing.serve(20)
    windows = [
        Window(earlier=earlier, later=later, requests=20)
        for earlier, later in pairwise(trees)
    ]
    trail.name(find_suspects(*windows))
    crash = autopsy(trail)

    assert isinstance(crash.death, HeapLimit)
    assert holder_of(crash) == ("grew in both windows of load", "cache")
    assert crash.headline == (
        "heap leak: JavaScript heap out of memory, at its limit of 20 MB"
        " (--max-old-space-size=20), after 80 requests of GET /users/{n}"
    )


def test_what_grew_between_two_snapshots_filled_the_heap() -> None:
    growing, trail = Growing(), Trail(start_up=start_up())
    trail.add_snapshot(growing.heap.tree(), requests=10)
    growing.serve(20)
    trail.add_snapshot(growing.heap.tree(), requests=30)

    assert holder_of(autopsy(trail)) == (
        "grew between two snapshots, 20 requests apart",
        "cache",
    )


def test_the_greatest_holder_of_a_single_snapshot_filled_the_heap() -> None:
    growing, trail = Growing(), Trail(start_up=start_up())
    growing.serve(20)
    trail.add_snapshot(growing.heap.tree(), requests=30)

    assert holder_of(autopsy(trail)) == (
        "held most of the heap in the snapshot after 30 requests",
        "cache",
    )


def test_a_snapshot_that_node_wrote_near_the_limit_is_read(tmp_path: Path) -> None:
    growing = Growing()
    old, broken = tmp_path / "Heap.1.heapsnapshot", tmp_path / "Heap.3.heapsnapshot"
    old.write_text("from an earlier run", encoding="utf-8")
    told = start_up(tmp_path, "--heapsnapshot-near-heap-limit=2")
    trail = Trail(start_up=told, older_snapshots=written_snapshots(told))
    growing.serve(20)
    newest = tmp_path / "Heap.2.heapsnapshot"
    newest.write_text(growing.heap.text(), encoding="utf-8")
    # It died while it wrote another one.
    broken.write_text(growing.heap.text()[:500], encoding="utf-8")
    # The clock was set back since the check began.
    for one in (newest, broken):
        os.utime(one, (100, 100))

    found, name = holder_of(autopsy(trail))
    assert found == "held most of the heap in the snapshot after 80 requests"
    assert name == "cache"
    assert {path.name for path in tmp_path.iterdir()} == {
        old.name,
        newest.name,
        broken.name,
    }


def test_a_snapshot_near_the_limit_in_which_nothing_stands_out_is_no_reason_to_ask_for_one(
    tmp_path: Path,
) -> None:
    heap = Heap()
    scope = app_server(heap)
    for number in range(40):
        few = heap.list(parent=scope, via=f"list{number}", edge="context")
        for _ in range(3):
            heap.push(few, heap.object())
    (tmp_path / "Heap.1.heapsnapshot").write_text(heap.text(), encoding="utf-8")
    crash = autopsy(
        Trail(start_up=start_up(tmp_path, "--heapsnapshot-near-heap-limit=1"))
    )

    assert crash.filling is not None
    assert crash.filling.found == (
        "unknown: in the heap snapshot that Node wrote, no single object holds most of it"
    )


def test_a_snapshot_near_the_limit_is_compared_with_an_earlier_one(
    tmp_path: Path,
) -> None:
    growing = Growing()
    trail = Trail(start_up=start_up(tmp_path, "--heapsnapshot-near-heap-limit=1"))
    trail.add_snapshot(growing.heap.tree(), requests=30)
    growing.serve(20)
    (tmp_path / "Heap.1.heapsnapshot").write_text(growing.heap.text(), encoding="utf-8")

    found, name = holder_of(autopsy(trail))
    assert found == "grew between two snapshots, 50 requests apart"
    assert name == "cache"


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ((), "have Node write one just before the end"),
        (("--heapsnapshot-near-heap-limit=1",), "unknown: Node wrote no snapshot to"),
    ],
)
def test_without_a_snapshot_nothing_is_guessed(
    tmp_path: Path, flags: tuple[str, ...], told: str
) -> None:
    crash = autopsy(Trail(start_up=start_up(tmp_path, *flags)))

    assert crash.filling is not None
    assert told in crash.filling.found
    (finding,) = crash.findings
    assert finding.holder is None
    assert finding.fingerprint
    assert "before raising its limit" in finding.advice


def test_a_heap_that_was_full_in_one_go_is_no_leak() -> None:
    # Of the 20 MiB that it may use, a warm-up takes less than a tenth.
    flat = Trail(start_up=start_up(), readings=[*readings(heap_bytes=(5e6, 6.5e6))])
    risen = Trail(start_up=start_up(), readings=[*readings(heap_bytes=(5e6, 15e6))])

    assert autopsy(flat).headline.startswith("heap limit: JavaScript heap out of")
    assert autopsy(risen).headline.startswith("heap leak: JavaScript heap out of")


def test_a_kill_for_the_memory_limit_is_told_from_v8s() -> None:
    exited = AppExited(
        returncode=-9,
        stage="under load (screen)",
        output_tail=(),
        requests=7,
        memory_kill=MemoryKill(limit_bytes=128 * 2**20, peak_bytes=None),
    )
    crash = autopsy(Trail(), exited)

    assert crash.death == OomKill()
    assert crash.headline == (
        "container memory limit: killed by the kernel with SIGKILL (137) and no V8 error,"
        " at 128 MiB, after 7 requests of GET /users/{n}"
    )


def test_an_error_is_placed_relative_to_the_app_and_told_again_by_its_fingerprint() -> (
    None
):
    exited = AppExited(
        returncode=1, stage="x", output_tail=output_of("thrown", 22), requests=1
    )
    crash, other = (
        autopsy(Trail(), exited),
        autopsy(
            Trail(),
            AppExited(
                returncode=1, stage="y", output_tail=output_of("thrown", 26), requests=9
            ),
        ),
    )

    assert isinstance(crash.death, UncaughtException)
    assert [str(frame) for frame in crash.frames] == [
        "Object.throwerr die.cjs:7:22",
        "handler die.cjs:2:40",
        "Timeout.tick die.cjs:38:30",
    ]
    assert "after 1 request of" in crash.headline
    assert crash.findings[0].fingerprint == other.findings[0].fingerprint


def test_an_abort_is_placed_by_the_stack_that_node_prints() -> None:
    exited = AppExited(
        returncode=-6, stage="x", output_tail=output_of("abort", 24), requests=1
    )

    assert [str(frame) for frame in autopsy(Trail(), exited).frames] == [
        "abort die.cjs:26:21",
        "handler die.cjs:2:40",
        "tick die.cjs:38:30",
    ]


def test_an_app_that_just_ended_is_no_finding() -> None:
    crash = autopsy(
        Trail(), AppExited(returncode=3, stage="idle between checks", output_tail=())
    )

    assert crash.findings == ()
    assert crash.headline == (
        "the app ended by itself: exit code 3, before GET /users/{n} was answered"
    )


def died_of(stack: str, app: Path) -> Crash:
    output = ["/x.js:1", "x", "^", "", "Error: no", *stack.splitlines()]
    return examine(
        AppExited(
            returncode=1, stage="x", output_tail=[*output, "", "Node.js v24.0.0"]
        ),
        Trail(),
        target="GET /",
        words=None,
        app_directory=app,
        node_version="v24.0.0",
    )


def test_the_apps_own_function_is_named_before_packages_and_the_router() -> None:
    packages = "\n".join(
        f"    at deep{n} (/app/node_modules/db/index.js:{n}:1)" for n in range(1, 7)
    )
    crash = died_of(
        f"""{packages}
    at save (/app/orders.js:7:3)
    at next (/app/node_modules/router/index.js:9:1)
    at emit (node:events:514:28)""",
        Path("/app"),
    )

    assert [str(frame) for frame in crash.frames] == [
        "deep1 node_modules/db/index.js:1:1",
        "deep2 node_modules/db/index.js:2:1",
        "deep3 node_modules/db/index.js:3:1",
        "save orders.js:7:3",
    ]
    assert "Error: no at save orders.js:7:3, ended the app" in crash.headline


def test_an_error_of_a_package_alone_is_placed_there() -> None:
    crash = died_of("    at tick (/app/node_modules/db/index.js:1:1)", Path("/app"))

    assert "at tick node_modules/db/index.js:1:1, ended" in crash.headline


def test_the_stack_of_a_compiled_app_is_that_of_its_sources(tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text(
        "function l(){throw Error()}\n//# sourceMappingURL=main.js.map\n",
        encoding="utf-8",
    )
    mapped = [
        Mapped(line=0, column=9, source_line=4, source_column=9, name=0),
        Mapped(line=0, column=13, source_line=5, source_column=2),
    ]
    (tmp_path / "main.js.map").write_bytes(
        source_map(mapped, sources=["src/users.ts"], names=["loadUser"])
    )
    crash = died_of(f"    at l ({tmp_path / 'main.js'}:1:14)", tmp_path)

    (frame,) = crash.frames
    assert frame.place == Place(file="src/users.ts", line=6, column=3)


def test_the_source_around_an_error_is_shown(tmp_path: Path) -> None:
    (tmp_path / "orders.js").write_text("one\ntwo\nthrow\n")

    crash = died_of(f"    at save ({tmp_path / 'orders.js'}:3:1)", tmp_path)

    (finding,) = crash.findings
    (excerpt,) = finding.excerpts
    assert (excerpt.file, excerpt.marks) == ("orders.js", (3,))
    assert excerpt.lines == ("one", "two", "throw", "")


def test_why_the_sources_of_a_compiled_app_are_unknown_is_noted(tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text("//# sourceMappingURL=gone.map\n")
    crash = died_of(f"    at l ({tmp_path / 'main.js'}:1:14)", tmp_path)

    (note,) = crash.notes
    assert note.startswith("the source map of main.js was not used")
    assert f"  note        {note}" in crash_lines(crash)
