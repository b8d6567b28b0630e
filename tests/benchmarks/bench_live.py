"""What reading a live heap adds to the time V8 takes to write it.

Seconds of a clock say little on a busy machine; processor time says the same on any.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

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
_HEADER = "| MB | | V8 alone s | V8 and reader s | after the last chunk s | of V8's |"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Seconds of a clock, and of the processors for the app and for us."""

    clock_s: float
    app_cpu_s: float
    own_cpu_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """A snapshot: the command, its last chunk, and the paths found."""

    start: Moment
    last_chunk: Moment
    end: Moment


def measure_live() -> None:
    """Print V8's own seconds per snapshot, ours on top, and their ratio."""
    node = find_node(None, os.environ)
    print(f"{_HEADER}\n{'| --- ' * 6}|")
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
            process = psutil.Process(app.pid)
            # The first snapshot gives every object an id.
            _unread(client, process)
            pairs = [
                (_unread(client, process), _read(client, process))
                for _ in range(_REPEATS)
            ]
        _print_rows(size_mb, pairs)


def _print_rows(size_mb: int, pairs: list[tuple[Timing, Timing]]) -> None:
    def row(what: str, seconds: Callable[[Timing], tuple[float, float]]) -> str:
        alone = statistics.median(seconds(unread)[0] for unread, _ in pairs)
        writing = statistics.median(seconds(read)[0] for _, read in pairs)
        rest = statistics.median(seconds(read)[1] for _, read in pairs)
        seconds_of = " | ".join(f"{one:.2f}" for one in (alone, writing, rest))
        return f"| {size_mb} | {what} | {seconds_of} | {rest / alone:.0%} |"

    print(row("clock", _clock_s))
    print(row("processor", _cpu_s), flush=True)


def _clock_s(timing: Timing) -> tuple[float, float]:
    return (
        timing.last_chunk.clock_s - timing.start.clock_s,
        timing.end.clock_s - timing.last_chunk.clock_s,
    )


def _cpu_s(timing: Timing) -> tuple[float, float]:
    return (
        timing.last_chunk.app_cpu_s - timing.start.app_cpu_s,
        timing.end.own_cpu_s - timing.last_chunk.own_cpu_s,
    )


def _unread(client: InspectorClient, process: psutil.Process) -> Timing:
    return _timing(client, process, lambda _: None, lambda: None)


def _read(client: InspectorClient, process: psutil.Process) -> Timing:
    reader = SnapshotReader()
    return _timing(
        client, process, reader.feed, lambda: find_paths(HeapGraph(reader.close()))
    )


def _timing(
    client: InspectorClient,
    process: psutil.Process,
    take: Callable[[str], None],
    finish: Callable[[], object],
) -> Timing:
    start = last_chunk = _now(process)

    def feed(event: Event) -> None:
        nonlocal last_chunk
        if isinstance(event, SnapshotChunk):
            last_chunk = _now(process)
            take(event.text)

    client.execute(take_heap_snapshot(), Deadline(_TIMEOUT_S), on_event=feed)
    finish()
    return Timing(start=start, last_chunk=last_chunk, end=_now(process))


def _now(process: psutil.Process) -> Moment:
    app = process.cpu_times()
    return Moment(
        clock_s=time.perf_counter(),
        app_cpu_s=app.user + app.system,
        own_cpu_s=time.process_time(),
    )
