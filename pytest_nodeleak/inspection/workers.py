"""The worker threads of an app, each with a heap of its own.

Neither the counters nor a snapshot of the main thread show anything of these heaps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TypeVar

from pytest_nodeleak.capacity.snapshot_room import Room, room_needed
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.events import WorkerAttached
from pytest_nodeleak.cdp.worker_sessions import WorkerSessions
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import (
    DeadlineExceeded,
    InspectorClosed,
    InspectorError,
    NodeLeakError,
)
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.threads import Thread, name_threads
from pytest_nodeleak.inspection.live import LiveObjects
from pytest_nodeleak.inspection.worker import Worker

__all__ = ["MOST_WORKERS", "Workers"]

T = TypeVar("T")

MOST_WORKERS = 8
_ATTACH_S, _REPLY_S = 2.0, 2.0


class Workers:
    """The worker threads that live while the heap is looked at.

    Attributes:
        notes: Which were not looked into, and why.
        unseen: The same of workers that the load gives work to: nobody can say that
            nothing leaks in them. Empty if there are none.

    """

    def __init__(self, main: InspectorClient, pid: int | None) -> None:
        self.notes: list[str] = []
        self.unseen = ""
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
        except DeadlineExceeded as exc:
            self.notes.append(f"worker threads, if any, were not looked into: {exc}")
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

    def live(self, thread: Thread) -> LiveObjects:
        """Return the objects of a worker.

        Raises:
            InspectorClosed: If it is not looked into any more.

        """
        worker = self.get(thread)
        if worker is None:
            raise InspectorClosed(
                during=f"work in worker {thread}",
                reason="it is not looked into any more",
            )
        return worker.live

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
                f"each look at their heaps takes about {self.snapshot_s:.1f} s, and"
                f" {left_s:.1f} s are left for it; raise --nodeleak-budget"
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
        self._miss(f"{name_threads(threads)} could not be looked into: {why}")
        self.close()

    def _miss(self, what: str) -> None:
        self.unseen = f"{self.unseen}; {what}" if self.unseen else what

    def census(self, fewest: int) -> dict[int, dict[int, int]]:
        """Return the collections that gained entries twice running, by thread."""
        return self._each(
            lambda one: one.sampler.population.gaining(
                fewest=fewest, deadline=Deadline(_REPLY_S)
            )
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
            except (NodeLeakError, OSError) as exc:
                self._workers.pop(number).close()
                self._miss(f"worker {worker.thread} could not be looked into: {exc}")
        return done

    def leave_idle(self) -> None:
        """Look no more into those that have done nothing since the last look."""
        for number, worked in self._each(Worker.has_worked).items():
            if not worked:
                self._workers.pop(number).close()

    def growth(self, requests: int) -> list[tuple[float, float]]:
        """Look again; return what a request added to each, and what there is room for.

        Args:
            requests: The load since the last look.

        """

        def grown(one: Worker) -> tuple[float, float]:
            before_bytes = one.heap_bytes
            one.look()
            return (one.heap_bytes - before_bytes) / max(1, requests), one.room_bytes

        return [*self._each(grown).values()]

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
