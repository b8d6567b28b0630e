"""Heap snapshots of an app: what one takes in time and in memory, and taking it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest_nodeleak.artifacts import Artifacts
from pytest_nodeleak.capacity.snapshot_room import (
    RoomNeeded,
    predict_nodes,
    predict_objects,
    room_needed,
)
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.events import Event, SnapshotChunk
from pytest_nodeleak.cdp.messages import take_heap_snapshot
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endings.trail import Trail
from pytest_nodeleak.evidence.memory import MemoryReading
from pytest_nodeleak.exceptions import SnapshotFormatError
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.paths import PathTree, find_paths
from pytest_nodeleak.heap.reader import SnapshotReader
from pytest_nodeleak.heap.snapshot import HeapSnapshot
from pytest_nodeleak.inspection.process_view import ProcessReading
from pytest_nodeleak.inspection.rooms import rooms_of
from pytest_nodeleak.inspection.sampler import Sampler
from pytest_nodeleak.inspection.workers import Workers
from pytest_nodeleak.nodejs.observed import ObservedApp
from pytest_nodeleak.progress import Progress, SnapshotBegun, SnapshotEnded

__all__ = ["Snapshots"]

# V8 needs 3 to 5 us per heap node and we need 2, and a node is some 40 bytes.
_FIRST_S, _BYTES_PER_S = 0.2, 6e6


class Snapshots:
    """Takes the snapshots of one check, as far as time and memory reach.

    Attributes:
        are_stopping_the_app: Whether one stops the app now, or did when it failed.
        kept_bytes: Resident memory that they have left behind in the app.
        kept_by_workers_bytes: The same of worker threads, which share none of theirs.

    """

    def __init__(  # noqa: PLR0913  # what a snapshot is taken of, and told to
        self,
        *,
        app: ObservedApp,
        client: InspectorClient,
        sampler: Sampler,
        workers: Workers,
        deadline: Deadline,
        reply_deadline: Callable[[], Deadline],
        read_memory: Callable[[], MemoryReading],
        trail: Trail,
        artifacts: Artifacts,
        progress: Progress,
    ) -> None:
        """Take what snapshots are made of.

        Args:
            app: The running app.
            client: The inspector.
            sampler: The probe inside the app, to settle it first.
            workers: Its worker threads.
            deadline: When the check must be done.
            reply_deadline: Returns the deadline of the next exchange with the inspector.
            read_memory: Reads the boxes of the app's memory.
            trail: What was found so far; each snapshot is added.
            artifacts: Where a copy is kept.
            progress: Is told when the app is stopped, and when it goes on.

        """
        self.are_stopping_the_app = False
        self.kept_bytes = self.kept_by_workers_bytes = 0
        self._app = app
        self._client = client
        self._sampler = sampler
        self._workers = workers
        self._deadline = deadline
        self._reply_deadline = reply_deadline
        self._read_memory = read_memory
        self._trail = trail
        self._artifacts = artifacts
        self._progress = progress
        self._last_s: float | None = None
        # What the next one will take; the native memory of earlier ones is reused.
        self._nodes: int | None = None

    def duration_s(self) -> float:
        """Return how long one will take: as the last one, or by the heap's size."""
        if self._last_s is not None:
            return self._last_s
        last = self._trail.last_reading
        heap_bytes = last.heap_used_bytes if last else 0
        return _FIRST_S + heap_bytes / _BYTES_PER_S

    def are_allowed(self, count: int) -> bool:
        """Tell whether the budget and the memory reach for so many."""
        has_time = count * self.duration_s() <= self._deadline.remaining_s()
        return has_time and self.room_needed() is None

    def room_needed(self) -> RoomNeeded | None:
        """Return where one does not fit into memory; None if it does."""
        last = self._trail.last_reading
        heap_bytes, objects = (last.heap_used_bytes, last.objects) if last else (0, 0)
        nodes = self._nodes or predict_nodes(heap_bytes, self._read_memory())
        return room_needed(
            nodes=nodes,
            objects=predict_objects(nodes) if objects is None else objects,
            kept_bytes=self.kept_bytes,
            rooms=tuple(rooms_of(self._app, self._read_process)),
        )

    def take(self, *, requests: int) -> PathTree:
        """Settle the app, take a snapshot and find the paths in it.

        Args:
            requests: How many were sent so far.

        """
        self._progress.tell(SnapshotBegun())
        started_s = self._deadline.elapsed_s()
        rss_bytes = self._rss_bytes()
        try:
            tree = self._take()
        finally:
            self._last_s = self._deadline.elapsed_s() - started_s
            self._progress.tell(SnapshotEnded())
        self._trail.add_snapshot(tree, requests=requests)
        self._nodes = tree.graph.snapshot.node_count
        self.kept_bytes += max(0, self._rss_bytes() - rss_bytes)
        return tree

    def of_workers(self) -> Mapping[int, PathTree]:
        """Take a snapshot of every worker thread that is looked into, by its id."""
        rss_bytes = self._rss_bytes()
        trees = self._workers.snapshots()
        self.kept_by_workers_bytes += max(0, self._rss_bytes() - rss_bytes)
        return trees

    def _take(self) -> PathTree:
        self._sampler.settle(self._reply_deadline())
        try:
            return find_paths(HeapGraph(self._read()))
        except SnapshotFormatError as exc:
            msg = (
                f"the heap snapshot did not arrive as V8 writes it: {exc}. Something on the"
                " way to the app has lost or changed a part of it (a proxy, a forwarded"
                " port): run the check again, and nearer to the app if it comes again"
            )
            raise SnapshotFormatError(msg) from exc

    def _read(self) -> HeapSnapshot:
        reader = SnapshotReader()

        with self._artifacts.copy_snapshot(reader.feed) as take:

            def feed(event: Event) -> None:
                if isinstance(event, SnapshotChunk):
                    take(event.text)

            command = take_heap_snapshot()
            # It stays so where this fails: that is what was being done.
            self.are_stopping_the_app = True
            # Of a large heap it takes longer than any other answer, and comes all the same.
            self._client.execute(command, self._deadline, on_event=feed)
            self.are_stopping_the_app = False
        return reader.close()

    def _read_process(self) -> ProcessReading:
        return self._sampler.view.read(self._reply_deadline())

    def _rss_bytes(self) -> int:
        return self._read_process().rss_bytes or 0
