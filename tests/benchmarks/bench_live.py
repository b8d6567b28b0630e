"""What reading a live heap adds to the time V8 takes to write it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.events import Event, SnapshotChunk
from pytest_nodeleak.cdp.messages import take_heap_snapshot
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.paths import find_paths
from pytest_nodeleak.heap.reader import SnapshotReader
from pytest_nodeleak.nodejs.binary import find_node
from pytest_nodeleak.nodejs.command import AppSpec
from pytest_nodeleak.nodejs.launcher import RunningApp

_SIZES_MB = (5, 50, 150)
_REPEATS = 3
_TIMEOUT_S = 300.0
_APP = Path(__file__).with_name("heap_app.cjs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds from the command to the last chunk, and from there to the paths."""

    writing_s: float
    rest_s: float


def measure_live() -> None:
    """Print V8's own seconds per snapshot, ours on top, and their ratio."""
    node = find_node(None, os.environ)
    print(
        "| MB | V8 alone s | V8 and reader s | after the last chunk s | share of V8 |"
    )
    print("| --- | --- | --- | --- | --- |")
    for size_mb in _SIZES_MB:
        spec = AppSpec(
            command=f"node {_APP} {size_mb}",
            cwd=_APP.parent,
            max_old_space_size_mb=4_000,
        )
        with (
            RunningApp.launch(spec, node, Deadline(_TIMEOUT_S)) as app,
            InspectorClient.open(app.inspector_url, Deadline(_TIMEOUT_S)) as client,
        ):
            # The first snapshot gives every object an id.
            _measure(client, lambda _: None, lambda: None)
            alone = min(
                _measure(client, lambda _: None, lambda: None).writing_s
                for _ in range(_REPEATS)
            )
            ours = min(
                (_measured(client) for _ in range(_REPEATS)),
                key=lambda timing: timing.writing_s + timing.rest_s,
            )
        print(
            f"| {size_mb} | {alone:.2f} | {ours.writing_s:.2f} | {ours.rest_s:.2f}"
            f" | {ours.rest_s / alone:.0%} |"
        )


def _measured(client: InspectorClient) -> Timing:
    reader = SnapshotReader()
    return _measure(client, reader.feed, lambda: find_paths(HeapGraph(reader.close())))


def _measure(
    client: InspectorClient, take: Callable[[str], None], finish: Callable[[], object]
) -> Timing:
    last = started = time.perf_counter()

    def feed(event: Event) -> None:
        nonlocal last
        if isinstance(event, SnapshotChunk):
            last = time.perf_counter()
            take(event.text)

    client.execute(take_heap_snapshot(), Deadline(_TIMEOUT_S), on_event=feed)
    finish()
    return Timing(writing_s=last - started, rest_s=time.perf_counter() - last)
