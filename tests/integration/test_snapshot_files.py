"""Snapshot files from everything that saves one, on the Node.js that is there."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from pytest_nodeleak.exceptions import SnapshotFormatError
from pytest_nodeleak.heap.files import read_snapshot_file
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.paths import find_paths
from pytest_nodeleak.heap.snapshot import HeapSnapshot
from pytest_nodeleak.nodejs.binary import NodeBinary

pytestmark = pytest.mark.nodejs

_APP = Path(__file__).with_name("apps") / "saves_snapshots.cjs"
_FILL_THE_HEAP = "for (globalThis.orders = [];;) orders.push(new Array(1e4).fill(1.5))"
_LIMIT_MB = 24


@pytest.fixture(scope="module")
def saved(node: NodeBinary, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("saved")
    subprocess.run(
        [node.path, "--heapsnapshot-signal=SIGUSR2", _APP, directory],
        check=True,
        timeout=60,
    )
    (named_by_node,) = directory.glob("Heap.*.heapsnapshot")
    named_by_node.rename(directory / "signal.heapsnapshot")
    return directory


@pytest.fixture(scope="module")
def near_heap_limit(node: NodeBinary, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("limit")
    limits = ("--heapsnapshot-near-heap-limit=1", f"--max-old-space-size={_LIMIT_MB}")
    subprocess.run(
        [node.path, *limits, "-e", _FILL_THE_HEAP],
        cwd=directory,
        check=False,
        capture_output=True,
        timeout=60,
    )
    (path,) = directory.glob("Heap.*.heapsnapshot")
    return path


def _names(snapshot: HeapSnapshot, type_name: str) -> list[str]:
    return [
        snapshot.name(i)
        for i in range(snapshot.node_count)
        if snapshot.type_name(i) == type_name
    ]


@pytest.mark.parametrize(
    ("name", "orders"),
    [
        ("written.heapsnapshot", 2),
        ("internals.heapsnapshot", 2),
        ("streamed.heapsnapshot", 2),
        ("timeline.heaptimeline", 3),
        ("signal.heapsnapshot", 3),
    ],
)
def test_a_file_saved_by_node_or_devtools_is_read(
    saved: Path, name: str, orders: int
) -> None:
    snapshot = read_snapshot_file(saved / name)
    assert _names(snapshot, "object").count("Order") == orders
    assert 'a "note" 日本' in _names(snapshot, "string")
    assert find_paths(HeapGraph(snapshot)).is_reached.mean() > 0.99


def test_the_file_of_a_full_heap_is_read(near_heap_limit: Path) -> None:
    snapshot = read_snapshot_file(near_heap_limit)
    assert snapshot.nodes.self_size_bytes.sum() > 0.7 * _LIMIT_MB * 2**20


def test_a_real_file_cut_anywhere_is_refused(saved: Path, tmp_path: Path) -> None:
    raw = (saved / "timeline.heaptimeline").read_bytes()
    cut = tmp_path / "cut.heaptimeline"
    chosen = random.Random(1)
    for _ in range(12):
        cut.write_bytes(raw[: chosen.randrange(len(raw))])
        with pytest.raises(SnapshotFormatError, match="truncated"):
            read_snapshot_file(cut)


def test_a_damaged_real_file_is_read_or_refused(saved: Path, tmp_path: Path) -> None:
    raw = bytearray((saved / "timeline.heaptimeline").read_bytes())
    damaged = tmp_path / "damaged.heaptimeline"
    chosen = random.Random(2)
    for _ in range(12):
        mutated = bytearray(raw)
        start = chosen.randrange(len(raw))
        mutated[start : start + chosen.randrange(5000)] = chosen.randbytes(3)
        damaged.write_bytes(mutated)
        try:
            read_snapshot_file(damaged)
        except SnapshotFormatError as error:
            assert str(damaged) in str(error)  # noqa: PT017  # either outcome is fine
