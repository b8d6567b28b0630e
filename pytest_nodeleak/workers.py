"""The worker threads of an app: a probe, live objects and snapshots of each.

Every worker has a heap of its own, which neither the counters nor a snapshot of the main
thread show anything of.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.events import Event, SnapshotChunk, WorkerAttached
from pytest_nodeleak.cdp.messages import (
    evaluate,
    get_heap_usage,
    take_heap_snapshot,
)
from pytest_nodeleak.cdp.worker_sessions import WorkerSessions
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import (
    DeadlineExceeded,
    InspectorClosed,
    InspectorError,
    NodeLeakError,
    SnapshotFormatError,
)
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.paths import PathTree, find_paths
from pytest_nodeleak.heap.reader import SnapshotReader
from pytest_nodeleak.live import LiveObjects
from pytest_nodeleak.sampler import Sampler
from pytest_nodeleak.scripts import value_of
from pytest_nodeleak.snapshot_room import Room, predict_nodes, room_needed
from pytest_nodeleak.threads import Thread, name_threads

__all__ = ["MOST_WORKERS", "Worker", "Workers"]

T = TypeVar("T")

MOST_WORKERS = 8
_ATTACH_S, _REPLY_S, _SNAPSHOT_AT_MOST_S = 2.0, 2.0, 15.0
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
        used_bytes: Of its heap, when it was first looked at.
        room_bytes: What that might still grow by then.
        nodes: About how many the heap has.
        objects: How many JavaScript objects it has.

    """

    def __init__(
        self, attached: WorkerAttached, client: InspectorClient, pid: int | None
    ) -> None:
        self._is_local = pid is not None
        self.client = client
        self.sampler = Sampler(client, pid, Deadline(_REPLY_S))
        self.live = LiveObjects(client)
        self._turns = True
        memory = self.sampler.read_memory(requests=0, deadline=Deadline(_REPLY_S))
        self.thread = replace(
            Thread.of(title=attached.title, url=attached.url),
            heap_limit_bytes=memory.heap_limit_bytes,
        )
        self.used_bytes = memory.heap_used_bytes
        self.room_bytes = max(0, memory.heap_limit_bytes - memory.heap_used_bytes)
        self.nodes = predict_nodes(memory.heap_used_bytes, memory)
        self.objects = self.sampler.count_listeners(Deadline(_REPLY_S)).objects
        self._left_at_bytes = self._measure()

    @property
    def snapshot_s(self) -> float:
        """How long a snapshot takes, by the size of the heap."""
        return _SNAPSHOT_S + self.used_bytes / _SNAPSHOT_BYTES_PER_S

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
            raise DeadlineExceeded(
                waiting_for="the event loop of an idle worker", allowed_s=_TURN_S
            )
        with tempfile.TemporaryDirectory(prefix="nodeleak-") as directory:
            path = Path(directory) / "worker.heapsnapshot"
            script = _WRITE.format(path=_quoted(path))
            value_of(self.client.execute(evaluate(script), deadline), "snapshot")
            with path.open(encoding="utf-8") as file:
                while text := file.read(_CHUNK):
                    feed(text)

    def close(self) -> None:
        """Take the probe out of the worker, which may have ended."""
        with suppress(InspectorError, DeadlineExceeded):
            self.live.release(Deadline(_CLOSE_S))
            self.sampler.close(Deadline(_CLOSE_S))


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Workers:
    """The worker threads that live while the heap is looked at.

    Attributes:
        notes: Which were not looked into, and why.

    """

    def __init__(self, main: InspectorClient, pid: int | None) -> None:
        self.notes: list[str] = []
        self._sessions = WorkerSessions(main)
        self._pid = pid
        self._workers: dict[int, Worker] = {}
        self._is_open = False

    def open(self) -> None:
        """Look for workers and put a probe into each; not all if they are many."""
        self._is_open = True
        try:
            self._sessions.open(Deadline(_ATTACH_S))
        except InspectorError:
            # Whatever speaks the protocol here has no workers.
            self.close()
            return
        attached = self._sessions.attached
        for one in attached[:MOST_WORKERS]:
            with suppress(InspectorClosed):
                self._add(one)
        if len(attached) > MOST_WORKERS:
            self.notes.append(
                f"only {MOST_WORKERS} of the app's {len(attached)} worker threads were"
                " looked into"
            )
        if not self._workers:
            self.close()

    def _add(self, attached: WorkerAttached) -> None:
        thread = Thread.of(title=attached.title, url=attached.url)
        try:
            worker = Worker(attached, self._sessions.client(attached), self._pid)
        except InspectorClosed:
            raise
        except (InspectorError, DeadlineExceeded) as exc:
            self.notes.append(f"worker {thread} was not looked into: {exc}")
        else:
            self._workers[worker.thread.id] = worker

    def alive(self) -> list[Worker]:
        """Return the workers that are still looked into."""
        return list(self._workers.values())

    def __len__(self) -> int:
        return len(self._workers)

    def get(self, thread: Thread | None) -> Worker | None:
        """Return a worker that is still looked into, None if it is not one of them."""
        return None if thread is None else self._workers.get(thread.id)

    def among(self, threads: Iterable[Thread]) -> list[Worker]:
        """Return those of the workers that are still looked into."""
        return [worker for one in threads if (worker := self.get(one)) is not None]

    def room_bytes(self, threads: Iterable[Thread]) -> float:
        """Return how much what all of these threads gain together may grow.

        Each gains about as much as any other, and the first one that is full is the end.
        """
        rooms = [one.room_bytes for one in self.among(threads)]
        return min(rooms) * len(rooms) if rooms else math.inf

    @property
    def snapshot_s(self) -> float:
        """How long a snapshot of each takes."""
        return sum(one.snapshot_s for one in self._workers.values())

    def prevented(self, *, left_s: float, rooms: tuple[Room, ...]) -> str:
        """Tell why snapshots of all cannot be taken; empty if they can.

        Args:
            left_s: The time for them.
            rooms: All bounds on the app's memory.

        """
        workers = self._workers.values()
        if self.snapshot_s > left_s:
            return (
                f"comparing their heaps takes about {self.snapshot_s:.1f} s more than is"
                " left; raise --nodeleak-budget"
            )
        needed = room_needed(
            nodes=sum(one.nodes for one in workers),
            objects=sum(one.objects for one in workers),
            kept_bytes=0,
            rooms=rooms,
        )
        return "" if needed is None else str(needed)

    def give_up(self, why: str) -> None:
        """Look into none of them, and say why."""
        threads = tuple(one.thread for one in self._workers.values())
        self.notes.append(f"{name_threads(threads)}: not looked into: {why}")
        self.close()

    def census(self, fewest: int) -> dict[int, dict[int, int]]:
        """Return the collections that gained entries twice running, by thread."""
        return self._each(
            lambda one: one.sampler.census(fewest=fewest, deadline=Deadline(_REPLY_S))
        )

    def snapshots(self) -> Mapping[int, PathTree]:
        """Take a snapshot of every worker, by thread; those that have ended have none."""
        return self._each(Worker.snapshot)

    def _each(self, work: Callable[[Worker], T]) -> dict[int, T]:
        """Do something to every worker; look no more into those that fail."""
        done = {}
        for number, worker in list(self._workers.items()):
            try:
                done[number] = work(worker)
            except InspectorClosed:
                # It lived too short to leak, or its end is what the check will tell.
                del self._workers[number]
            except (NodeLeakError, SnapshotFormatError, OSError) as exc:
                del self._workers[number]
                self.notes.append(f"worker {worker.thread} was not looked into: {exc}")
        return done

    def leave_idle(self) -> None:
        """Look no more into those that have done nothing since the last look."""
        for number, worked in self._each(Worker.has_worked).items():
            if not worked:
                self._workers.pop(number).close()

    def release(self) -> None:
        """Let go of all live objects."""
        self._each(lambda one: one.live.release(Deadline(_REPLY_S)))

    def close(self) -> None:
        """Leave nothing in the workers; nothing if they were never looked for."""
        if not self._is_open:
            return
        self._is_open = False
        for worker in self._workers.values():
            worker.close()
        self._workers.clear()
        self._sessions.close()
