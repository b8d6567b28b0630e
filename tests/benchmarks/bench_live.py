"""What reading a live heap adds to the time that V8 takes to write it.

The app writes a heap snapshot into the inspector's socket, once for nobody and once for
our reader, in turns. *Ours* is what we still have to do when V8's last chunk has come;
*theirs* is V8's time for a snapshot that nobody reads. Seconds of a clock say little on
a busy machine; processor time says the same on any, ours against the app's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.rows import Readings, Row, Size
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

__all__ = ["measure_live"]

# The size of the snapshot, and how often.
_RUNS = {
    Size.FULL: {50: 3, 150: 1},
    Size.QUICK: {50: 1},
    Size.SMALLEST: {5: 1},
}
_TIMEOUT_S = 300.0
_HEAP_LIMIT_MB = 4_000
_APP = Path(__file__).with_name("heap_app.cjs")


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


def measure_live(size: Size) -> Iterator[Row]:
    """Yield what we add, beside V8's own seconds."""
    node = find_node(None, os.environ)
    for size_mb, repeats in _RUNS[size].items():
        spec = AppSpec(
            command=f"node {_APP.name} {size_mb}",
            cwd=_APP.parent,
            max_old_space_size_mb=_HEAP_LIMIT_MB,
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
                for _ in range(repeats)
            ]
        yield _row(f"snapshot of {size_mb} MB", "s", pairs, _clock_s)
        yield _row(f"snapshot of {size_mb} MB", "CPU s", pairs, _cpu_s)


def _row(
    what: str,
    unit: str,
    pairs: Sequence[tuple[Timing, Timing]],
    seconds: Callable[[Timing], tuple[float, float]],
) -> Row:
    return Row(
        what=f"{what}, after its last chunk",
        unit=unit,
        ours=Readings.of(pairs, lambda pair: seconds(pair[1])[1]),
        peer="V8, writing it",
        theirs=Readings.of(pairs, lambda pair: seconds(pair[0])[0]),
    )


def _clock_s(timing: Timing) -> tuple[float, float]:
    """Return the seconds up to the last chunk, and those after it."""
    return (
        timing.last_chunk.clock_s - timing.start.clock_s,
        timing.end.clock_s - timing.last_chunk.clock_s,
    )


def _cpu_s(timing: Timing) -> tuple[float, float]:
    """Return the app's up to the last chunk, and ours after it."""
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
