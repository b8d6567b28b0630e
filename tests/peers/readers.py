"""Takes snapshots, and has the peers read them: DevTools' own code, and @memlab/core."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.nodejs.binary import NodeBinary, find_node

__all__ = [
    "APPS",
    "INSTALLED",
    "SCRIPT_OF",
    "PeerClass",
    "PeerHeap",
    "peer_node",
    "read",
    "read_profiles",
    "take_snapshot",
]

# Where the peers lie beside our scripts; `make` puts them there.
INSTALLED = Path(__file__).parents[2] / ".cache" / "peers"
SCRIPT_OF: Mapping[str, str] = {
    "devtools": "dump-devtools.mjs",
    "memlab": "dump-memlab.cjs",
}
#: Programs that take a snapshot of themselves: one that keeps nothing of the requests it
#: answered, and one that keeps something of each by every kind of reference.
APPS = ("plain", "leaky")
_APP_DIRECTORY = Path(__file__).parent / "apps"
_TIMEOUT_S = 600.0
_HEAP_MIB = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerClass:
    """A row of the peer's table of classes.

    Attributes:
        name: As the peer names it.
        count: Objects.
        self_size_bytes: Their own sizes, added.
        retained_size_bytes: The retained sizes of those that no other one dominates.

    """

    name: str
    count: int
    self_size_bytes: int
    retained_size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerHeap:
    """What a peer makes of a snapshot; the arrays have an entry per node.

    Attributes:
        node_count: Nodes.
        edge_count: Edges.
        classes: The classes it groups nodes by.
        class_of_node: Positions in ``classes``, -1 for a node that is in none.
        self_size_bytes: Own sizes.
        retained_size_bytes: Retained sizes.
        dominator: Ordinals of immediate dominators; the root's is the root.

    """

    node_count: int
    edge_count: int
    classes: tuple[PeerClass, ...]
    class_of_node: NDArray[np.int32]
    self_size_bytes: NDArray[np.int64]
    retained_size_bytes: NDArray[np.int64]
    dominator: NDArray[np.int64]


def peer_node() -> NodeBinary:
    """Return the Node.js that runs the peers: DevTools' code needs 22 or newer."""
    # An empty PATH leaves the one that is installed beside the tests.
    return find_node(None, {"PATH": ""})


def take_snapshot(app: str, node: NodeBinary, directory: Path) -> Path:
    """Run one of the ``APPS`` and return its snapshot."""
    file = directory / f"{app}.heapsnapshot"
    subprocess.run(
        [node.path, _APP_DIRECTORY / f"{app}.cjs", file],
        check=True,
        timeout=_TIMEOUT_S,
    )
    return file


def read(peer: str, snapshot: Path, node: NodeBinary) -> PeerHeap:
    """Let a peer read a snapshot."""
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(
            [
                node.path,
                f"--max-old-space-size={_HEAP_MIB}",
                INSTALLED / SCRIPT_OF[peer],
                snapshot.absolute(),
                name,
            ],
            check=True,
            timeout=_TIMEOUT_S,
        )
        return _load(Path(name))


def read_profiles(*profiles: Path) -> list[dict[str, Any]]:
    """Let DevTools' code read CPU and heap profiles; they are told by their endings.

    Returns:
        For each ``total`` (milliseconds or bytes) and ``functions``, those with the most
        of their own first; of a CPU profile the number of ``samples``.

    """
    script = INSTALLED / "dump-profiles.mjs"
    told = subprocess.run(
        [peer_node().path, script, *profiles],
        check=True,
        capture_output=True,
        timeout=_TIMEOUT_S,
    )
    read: list[dict[str, Any]] = json.loads(told.stdout)
    return read


def _load(directory: Path) -> PeerHeap:
    summary = json.loads((directory / "summary.json").read_text())
    return PeerHeap(
        node_count=summary["node_count"],
        edge_count=summary["edge_count"],
        classes=tuple(
            PeerClass(
                name=row["name"],
                count=row["count"],
                self_size_bytes=row["self_size"],
                retained_size_bytes=row["retained_size"],
            )
            for row in summary["classes"]
        ),
        class_of_node=np.fromfile(directory / "class_of_node.i32", np.int32),
        self_size_bytes=_whole(directory / "self_sizes.f64"),
        retained_size_bytes=_whole(directory / "retained_sizes.f64"),
        dominator=np.fromfile(directory / "dominators.u32", np.uint32).astype(np.int64),
    )


def _whole(path: Path) -> NDArray[np.int64]:
    # JavaScript has no other number of that size.
    return np.fromfile(path, np.float64).astype(np.int64)
