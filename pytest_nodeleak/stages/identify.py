"""Second stage: three snapshots around two equal windows of load name the suspects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_nodeleak.capacity.snapshot_room import RoomNeeded
from pytest_nodeleak.evidence.measurement import Rise
from pytest_nodeleak.exceptions import DeadlineExceeded
from pytest_nodeleak.heap.gains import add_gaining
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.suspects import (
    Suspect,
    detectable_rate,
    find_suspects,
    smallest_growth,
)
from pytest_nodeleak.heap.window import Window
from pytest_nodeleak.judging.counters import scarce_per_request
from pytest_nodeleak.stages.bench import Bench
from pytest_nodeleak.stages.frozen import raise_if_cut_off, raise_if_stopped
from pytest_nodeleak.stages.pace import window_requests
from pytest_nodeleak.stages.screen import Screening
from pytest_nodeleak.stages.worker_windows import WorkerWindows
from pytest_nodeleak.units import format_number

__all__ = ["Identification", "TimeNeeded", "TooSlow", "explain_absence", "identify"]

_SNAPSHOTS = 3
# Beside the snapshots: two windows of load and three looks at all objects, which in a
# large heap fit into what the time foreseen for its snapshots has to spare.
_WINDOWS_S = 1.0
# What is told of a heap that was not compared.
_TELLING = {
    "heap_used": ("heap", " B"),
    "external": ("external", " B"),
    "objects": ("objects", ""),
    "listeners": ("listeners", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """Who is suspected, and what would have been.

    Attributes:
        suspects: Holders that grew in both windows.
        last: The last snapshot.
        last_of_workers: The same of each worker thread, by its id.
        requests_per_window: The load of each window.

    """

    suspects: tuple[Suspect, ...]
    last: PathTree
    last_of_workers: Mapping[int, PathTree] = field(default_factory=dict)
    requests_per_window: int

    @property
    def detectable_objects(self) -> float:
        """The smallest leak that would have been seen, in objects per request."""
        return detectable_rate(self.requests_per_window)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeNeeded:
    """Why the heap was not compared: it would take longer than what is left."""

    needed_s: float
    left_s: float

    def __str__(self) -> str:
        return (
            f"comparing this heap takes about {self.needed_s:.1f} s, and"
            f" {self.left_s:.1f} s were left; raise --nodeleak-budget"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TooSlow:
    """Why the heap was not compared: it took longer than foreseen, and than was left."""

    left_s: float

    def __str__(self) -> str:
        return (
            f"comparing this heap takes longer than the {self.left_s:.1f} s that were left;"
            " raise --nodeleak-budget"
        )


def _prevented(
    bench: Bench, *, snapshots: int = _SNAPSHOTS
) -> TimeNeeded | RoomNeeded | None:
    """Return what so many snapshots would take if that is more than is left, else None."""
    needed_s = snapshots * bench.snapshots.duration_s() + _WINDOWS_S
    left_s = bench.deadline.remaining_s()
    if needed_s > left_s:
        return TimeNeeded(needed_s=needed_s, left_s=left_s)
    return bench.snapshots.room_needed()


def identify(
    bench: Bench, screening: Screening
) -> Identification | TimeNeeded | TooSlow | RoomNeeded:
    """Take snapshots A, B and C around two windows and compare them.

    Returns:
        The suspects; or, if budget or memory do not reach, what it would take.

    Raises:
        AppStopped: If a signal has stopped the app in the middle of it.
        InspectorClosed: If the connection brings nothing any more.

    """
    left_s = bench.deadline.remaining_s()
    try:
        return _compare(bench, screening)
    except DeadlineExceeded:
        if not bench.snapshots.are_stopping_the_app:
            raise
        raise_if_stopped(bench)
        raise_if_cut_off(bench)
        # V8 goes on with its snapshot, and answers nothing before it is done.
        bench.sampler.is_patient = False
        return TooSlow(left_s=left_s)


def _compare(
    bench: Bench, screening: Screening
) -> Identification | TimeNeeded | RoomNeeded:
    if prevented := _prevented(bench):
        return prevented
    requests = window_requests(
        screening.pace,
        bytes_per_request=screening.bytes_per_request,
        room_bytes=bench.heap_room_bytes(),
        scarce_per_request=scarce_per_request(screening.rises),
        scarce_room=bench.descriptor_room(),
    )
    workers = WorkerWindows(bench)
    requests = workers.open(screening, requests=requests)
    fewest = smallest_growth(requests)
    bench.census(fewest)
    before = bench.snapshot()
    # The heap's size has told how long a snapshot takes; now it is known.
    if prevented := _prevented(bench, snapshots=_SNAPSHOTS - 1):
        return prevented
    workers.begin(fewest)
    first_requests = bench.load(requests).requests
    bench.census(fewest)
    between = bench.snapshot()
    workers.end(first_requests)
    whole = Window(earlier=before, later=between, requests=max(first_requests, 1))
    first = whole.past()
    # Three snapshots of a large heap would need half as much memory again as two.
    del before, whole
    if prevented := bench.snapshots.room_needed():
        return prevented
    second_requests = bench.load(requests).requests
    gains = bench.census(fewest)
    after = bench.snapshot()
    second = Window(earlier=between, later=after, requests=max(second_requests, 1))
    holding = find_suspects(first, second)
    workers.end(second_requests)
    suspects = (*add_gaining(second, gains, known=holding), *workers.suspects())
    bench.trail.name(suspects)
    return Identification(
        suspects=suspects,
        last=after,
        last_of_workers=workers.last,
        requests_per_window=min(first.requests, second.requests),
    )


def explain_absence(
    prevented: TimeNeeded | TooSlow | RoomNeeded, rises: Mapping[str, Rise]
) -> str:
    """Say why no snapshots were taken, and what the counters say without them."""
    if not isinstance(prevented, RoomNeeded):
        return str(prevented)
    # The intervals are in the record; this has to stay one readable line.
    counted = [
        f"{name} {format_number(rises[counter].growth.value)}{unit}"
        for counter, (name, unit) in _TELLING.items()
        if counter in rises
    ]
    alone = f"; by the counters, per request: {', '.join(counted)}" if counted else ""
    return f"{prevented}; test with more memory or a smaller heap{alone}"
