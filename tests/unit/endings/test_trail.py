from __future__ import annotations

from pathlib import Path

import pytest
from heaps import Heap

import pytest_nodeleak.endings.trail as trail_module
from pytest_nodeleak.endings.trail import StartUp, Trail


def start_up(*flags: str, options: str = "") -> StartUp:
    told = {
        "flags": list(flags),
        "nodeOptions": options,
        "directory": "/app",
        "heapSizeLimit": 80 * 2**20,
    }
    return StartUp.of(told, fd_limit=1024)


@pytest.mark.parametrize(
    ("flags", "options", "usable_mb"),
    [
        ((), "", 80),
        (("--max-old-space-size=32",), "", 32),
        ((), "--max_old_space_size=32", 32),
        # The command line counts more than NODE_OPTIONS.
        (("--max-old-space-size=32",), "--max-old-space-size=16", 32),
        (("--max-old-space-size=much",), "", 80),
        ((), '--title="unbalanced --max-old-space-size=32', 32),
    ],
)
def test_the_heap_a_leak_can_fill_is_what_the_flags_allow(
    flags: tuple[str, ...], options: str, usable_mb: int
) -> None:
    assert start_up(*flags, options=options).usable_heap_bytes == usable_mb * 2**20


def test_node_writes_snapshots_only_where_it_was_told_to() -> None:
    assert start_up().snapshot_directory is None
    near = "--heapsnapshot-near-heap-limit=2"
    assert start_up(options=near).snapshot_directory == Path("/app")
    elsewhere = start_up(near, "--diagnostic-dir=/tmp/x")
    assert elsewhere.snapshot_directory == Path("/tmp/x")
    assert start_up(near, "--diagnostic-dir=x").snapshot_directory == Path("/app/x")


def test_two_snapshots_are_kept_until_they_have_told_who_is_suspected() -> None:
    trail = Trail()
    for requests in (1, 2, 3):
        trail.add_snapshot(Heap().tree(), requests=requests)
    assert [requests for requests, _ in trail.snapshots] == [2, 3]
    trail.name(())
    trail.add_snapshot(Heap().tree(), requests=4)
    assert trail.snapshots == []


def test_a_large_snapshot_is_let_go_when_there_is_a_later_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trail_module, "_MOST_NODES_KEPT", 0)
    trail = Trail()
    for requests in (1, 2):
        trail.add_snapshot(Heap().tree(), requests=requests)
    assert [requests for requests, _ in trail.snapshots] == [2]
