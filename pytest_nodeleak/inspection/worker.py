"""One worker thread of an app: a probe, live objects and snapshots of its heap."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pytest_nodeleak.capacity.snapshot_room import predict_nodes
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.events import Event, SnapshotChunk, WorkerAttached
from pytest_nodeleak.cdp.messages import (
    evaluate,
    get_heap_usage,
    take_heap_snapshot,
)
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import (
    DeadlineExceeded,
    InspectorError,
    WorkerBlocks,
)
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.paths import PathTree, find_paths
from pytest_nodeleak.heap.reader import SnapshotReader
from pytest_nodeleak.heap.threads import Thread
from pytest_nodeleak.inspection.live import LiveObjects
from pytest_nodeleak.inspection.sampler import Sampler
from pytest_nodeleak.inspection.scripts import unread, value_of

__all__ = ["Worker"]

_REPLY_S, _SNAPSHOT_AT_MOST_S = 2.0, 15.0
# An idle worker's loop turns at once, unless it waits for its next task in Atomics.wait.
_TURN_S = 0.3
_CLOSE_S = 1.0
# Our own question takes some 300 bytes.
_IDLE_BYTES = 1024
# As a snapshot of the main thread: V8's time, ours, and the messages in between.
_SNAPSHOT_S, _SNAPSHOT_BYTES_PER_S = 0.3, 6e6
_WRITE = (
    "((typeof require === 'function' ? require : process.getBuiltinModule)('node:v8')"
    ".writeHeapSnapshot({path}), true)"
)
_CHUNK = 1 << 20


class Worker:
    """One worker thread.

    Attributes:
        thread: Which.
        client: Its session.
        sampler: The probe inside it.
        live: Objects of its heap.
        heap_bytes: In use, without code, when it was last looked at.
        room_bytes: What the heap may still grow.
        nodes: About how many it has.
        objects: How many JavaScript objects.

    """

    def __init__(
        self, attached: WorkerAttached, client: InspectorClient, pid: int | None
    ) -> None:
        self._is_local = pid is not None
        self.client = client
        self.sampler = Sampler(client, pid, Deadline(_REPLY_S))
        self.live = LiveObjects(client)
        self._turns = True
        self.thread = Thread.of(title=attached.title, url=attached.url)
        try:
            self.look()
            self._left_at_bytes = self._measure()
        except (InspectorError, DeadlineExceeded):
            with suppress(InspectorError, DeadlineExceeded):
                self.sampler.close(Deadline(_CLOSE_S))
            raise

    def look(self) -> None:
        """Collect garbage and read how large the heap is."""
        # A query collects garbage, also where the worker's loop does not come round.
        self.objects = self.sampler.population.count_listeners(
            Deadline(_REPLY_S)
        ).objects
        memory = self.sampler.read_memory(requests=0, deadline=Deadline(_REPLY_S))
        self.thread = replace(self.thread, heap_limit_bytes=memory.heap_limit_bytes)
        self.room_bytes = max(0, memory.heap_limit_bytes - memory.heap_used_bytes)
        self.heap_bytes = self.sampler.heap_bytes(Deadline(_REPLY_S))
        self.nodes = predict_nodes(self.heap_bytes, memory)

    @property
    def snapshot_s(self) -> float:
        """How long a snapshot takes, by the size of the heap."""
        return _SNAPSHOT_S + self.heap_bytes / _SNAPSHOT_BYTES_PER_S

    def settle(self) -> bool:
        """Collect garbage; return whether the worker's event loop came round for it.

        It does not where the worker waits in ``Atomics.wait``, as piscina's do. Then all
        that V8 does at once still works.
        """
        if not self._turns:
            return False
        try:
            self.sampler.turn(Deadline(_TURN_S))
        except DeadlineExceeded:
            self._turns = False
            return False
        self.sampler.settle(Deadline(_REPLY_S))
        return True

    def snapshot(self) -> PathTree:
        """Settle the worker, take a heap snapshot and find the paths in it.

        Raises:
            InspectorClosed: If the worker has ended.
            InspectorError: If it does not let us.
            DeadlineExceeded: If it does not answer in time.

        """
        reader, deadline = SnapshotReader(), Deadline(_SNAPSHOT_AT_MOST_S)
        if not self.settle():
            self._write_snapshot(reader.feed, deadline)
        else:

            def feed(event: Event) -> None:
                if isinstance(event, SnapshotChunk):
                    reader.feed(event.text)

            self.client.execute(take_heap_snapshot(), deadline, on_event=feed)
        tree = find_paths(HeapGraph(reader.close()))
        self._left_at_bytes = self._measure()
        return tree

    def has_worked(self) -> bool:
        """Tell whether it has done anything since it was last looked at.

        Whatever it does takes memory until the next garbage collection, a message more
        than a KB. Where garbage was collected, it did something.
        """
        taken_bytes = self._measure() - self._left_at_bytes
        return not 0 <= taken_bytes < _IDLE_BYTES

    def _measure(self) -> int:
        return self.client.execute(get_heap_usage(), Deadline(_REPLY_S))

    def _write_snapshot(self, feed: Callable[[str], None], deadline: Deadline) -> None:
        """Have Node write a snapshot to a file: V8's own command waits for the loop."""
        if not self._is_local:
            raise WorkerBlocks
        with tempfile.TemporaryDirectory(prefix="nodeleak-") as directory:
            path = Path(directory) / "worker.heapsnapshot"
            script = _WRITE.format(path=_quoted(path))
            value_of(
                self.client.execute(evaluate(script), deadline), "snapshot", unread
            )
            with path.open(encoding="utf-8") as file:
                while text := file.read(_CHUNK):
                    feed(text)

    def close(self) -> None:
        """Take the probe out of the worker, which may have ended."""
        # One that does not let go of objects may let the probe be taken out.
        for leave in (self.live.release, self.sampler.close):
            with suppress(InspectorError, DeadlineExceeded):
                leave(Deadline(_CLOSE_S))


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
