"""The two windows of load as worker threads have seen them, each compared by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace

from pytest_nodeleak.heap.gains import add_gaining
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.suspects import Suspect, find_suspects
from pytest_nodeleak.heap.threads import Thread
from pytest_nodeleak.heap.window import PastWindow, Window
from pytest_nodeleak.inspection.rooms import rooms_of
from pytest_nodeleak.stages.bench import Bench
from pytest_nodeleak.stages.pace import window_requests
from pytest_nodeleak.stages.screen import Screening

__all__ = ["WorkerWindows", "fold_threads"]

_SNAPSHOTS = 3
# The main thread comes first, and suspects have to be watched.
_BUDGET_SHARE = 0.6
# Threads that pile up are a leak of their own, which the main thread's heap shows.
_PILING_UP = 8
_TRIAL_SHARE = 0.2


class WorkerWindows:
    """Snapshots of all workers around the same load as those of the main thread.

    Attributes:
        last: The last snapshot of each, by thread.

    """

    def __init__(self, bench: Bench) -> None:
        self.last: Mapping[int, PathTree] = {}
        self._bench = bench
        self._fewest = 0
        self._first: dict[int, PastWindow] = {}
        self._second: dict[int, Window] = {}
        self._gains: Mapping[int, dict[int, int]] = {}

    def open(self, screening: Screening, *, requests: int) -> int:
        """Look for workers that requests give work to.

        What has nothing to do cannot leak, and a snapshot is not for free.

        Args:
            screening: Tells the load that suits the app, and whether threads pile up.
            requests: The load of a window; a part of it shows who works.

        Returns:
            The load of a window that no worker's heap overflows with.

        """
        workers = self._bench.workers
        if _threads_gained(screening) > _PILING_UP:
            return requests
        workers.open()
        if not len(workers):
            return requests
        sent = self._bench.load(max(1, int(_TRIAL_SHARE * requests))).requests
        workers.leave_idle()
        affordable = (
            window_requests(
                screening.pace, bytes_per_request=grown_bytes, room_bytes=room_bytes
            )
            for grown_bytes, room_bytes in workers.growth(sent)
        )
        # All may have been idle.
        return min([requests, *affordable])

    def begin(self, fewest: int) -> None:
        """Take the snapshots before the first window.

        Args:
            fewest: Entries that make a collection worth a second look.

        """
        self._fewest = fewest
        bench, workers = self._bench, self._bench.workers
        if not len(workers):
            return
        left_s = _BUDGET_SHARE * bench.deadline.remaining_s() / _SNAPSHOTS
        rooms = tuple(rooms_of(bench.app, bench.read_process))
        if why := workers.prevented(left_s=left_s, rooms=rooms):
            workers.give_up(why)
            return
        self._look()

    def end(self, requests: int) -> None:
        """Take the snapshots after a window of so many requests."""
        workers = self._bench.workers
        if not len(workers):
            return
        before = self.last
        workers.leave_idle()
        self._look()
        for thread, later in self.last.items():
            if thread not in before:
                continue
            window = Window(
                earlier=before[thread], later=later, requests=max(requests, 1)
            )
            if thread in self._first:
                self._second[thread] = window
            else:
                self._first[thread] = window.past()

    def _look(self) -> None:
        self._gains = self._bench.workers.census(self._fewest)
        self.last = self._bench.snapshots.of_workers()

    def suspects(self) -> tuple[Suspect, ...]:
        """Return what grew in both windows; what grew alike in several threads as one."""
        found = []
        for worker in self._bench.workers.alive():
            number = worker.thread.id
            if number in self._first and number in self._second:
                second = self._second[number]
                holding = find_suspects(self._first[number], second)
                gains = self._gains.get(number, {})
                grew = add_gaining(second, gains, known=holding)
                found += [_in_thread(one, worker.thread) for one in grew]
        return fold_threads(found)


def _threads_gained(screening: Screening) -> float:
    rise = screening.rises.get("threads")
    return 0.0 if rise is None else rise.last - rise.first


def _in_thread(suspect: Suspect, thread: Thread) -> Suspect:
    others = tuple(_in_thread(one, thread) for one in suspect.others)
    return replace(suspect, thread=thread, others=others)


def fold_threads(suspects: Iterable[Suspect]) -> tuple[Suspect, ...]:
    """Return what the workers of a pool do alike as one suspect, the fastest first."""
    groups: defaultdict[Hashable, list[Suspect]] = defaultdict(list)
    for one in suspects:
        groups[_identity(one)].append(one)
    folded = [_sum_up(group) for group in groups.values()]
    return tuple(sorted(folded, key=lambda one: -one.objects_per_request))


def _identity(suspect: Suspect) -> Hashable:
    """Return what two threads of one program have alike; object ids are each one's own."""
    holder = suspect.holder
    return (suspect.kind, holder.name, holder.class_name, holder.near, suspect.entry)


def _sum_up(group: Sequence[Suspect]) -> Suspect:
    if len(group) == 1:
        return group[0]
    group = sorted(group, key=lambda one: -one.objects_per_request)
    constructors: defaultdict[str, float] = defaultdict(float)
    for one in group:
        for label, rate in one.constructors:
            constructors[label] += rate
    return replace(
        group[0],
        objects_per_request=sum(one.objects_per_request for one in group),
        entries_per_request=sum(one.entries_per_request for one in group),
        bytes_per_request=sum(one.bytes_per_request for one in group),
        external_bytes_per_request=sum(one.external_bytes_per_request for one in group),
        constructors=tuple(constructors.items()),
        copies=tuple(group),
    )
