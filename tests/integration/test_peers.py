"""Other readers make the same of a snapshot; ``make agreement`` reads many more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from peers.agreement import compare
from peers.readers import INSTALLED, SCRIPT_OF, PeerHeap, peer_node, read, take_snapshot

from pytest_nodeleak.heap.files import read_snapshot_file
from pytest_nodeleak.heap.snapshot import HeapSnapshot
from pytest_nodeleak.nodejs.binary import NodeBinary

pytestmark = pytest.mark.nodejs


@pytest.fixture(scope="module")
def file(node: NodeBinary, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (INSTALLED / "node_modules").is_dir():
        pytest.fail(f"{INSTALLED} is not installed: run make test", pytrace=False)
    return take_snapshot("leaky", node, tmp_path_factory.mktemp("peers"))


@pytest.fixture(scope="module")
def snapshot(file: Path) -> HeapSnapshot:
    return read_snapshot_file(file)


@pytest.fixture(scope="module")
def readings(file: Path) -> dict[str, PeerHeap]:
    return {peer: read(peer, file, peer_node()) for peer in SCRIPT_OF}


@pytest.mark.parametrize("peer", SCRIPT_OF)
def test_counts_sizes_classes_and_retained_sizes_are_the_peers(
    peer: str, snapshot: HeapSnapshot, readings: dict[str, PeerHeap]
) -> None:
    found = compare(snapshot, peer, readings[peer], nodes=40, classes=10)
    assert found.unexplained == ()
    assert found.nodes_compared >= 35
    assert found.classes_compared == 10


def test_a_retained_size_that_is_a_byte_off_is_a_difference(
    snapshot: HeapSnapshot, readings: dict[str, PeerHeap]
) -> None:
    devtools = readings["devtools"]
    largest = np.argsort(-devtools.retained_size_bytes)[1:3]
    sizes = devtools.retained_size_bytes.copy()
    sizes[largest] += 1
    wrong = replace(devtools, retained_size_bytes=sizes)
    found = compare(snapshot, "devtools", wrong, nodes=4, classes=0)
    assert len(found.unexplained) == 2
    assert all(line.startswith("node ") for line in found.unexplained)


def test_an_object_that_is_missing_from_a_class_is_a_difference(
    snapshot: HeapSnapshot, readings: dict[str, PeerHeap]
) -> None:
    devtools = readings["devtools"]
    (number,) = (i for i, row in enumerate(devtools.classes) if row.name == "Map")
    classes = list(devtools.classes)
    classes[number] = replace(classes[number], count=classes[number].count - 1)
    wrong = replace(devtools, classes=tuple(classes))
    (line,) = compare(snapshot, "devtools", wrong, nodes=4, classes=0).unexplained
    assert line.startswith("class 'Map'")
