"""What a check measured: frozen values that judging and reporting share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_nodeleak.evidence.descriptors import Descriptors
from pytest_nodeleak.evidence.estimate import Estimate
from pytest_nodeleak.evidence.findings import Finding, Frame
from pytest_nodeleak.evidence.gc_pauses import GcPauses, is_thrashing
from pytest_nodeleak.evidence.loop_delay import LoopDelay
from pytest_nodeleak.evidence.memory import RSS_WANDERS_BYTES, Memory
from pytest_nodeleak.evidence.occupancy import Curve, Linear, OccupancyReading

__all__ = [
    "SMALLEST_OBJECT_BYTES",
    "History",
    "Measurement",
    "ProcessSummary",
    "Reading",
    "Rise",
    "RoundDelay",
    "StageStart",
    "WatchedFinding",
]

# One slot of a list or a field of an object.
SMALLEST_OBJECT_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Every counter at one moment, settled and after garbage collection.

    Attributes:
        requests: Requests sent so far.
        elapsed_s: Since the check began.
        heap_used_bytes: Without code memory, which wanders by megabytes.
        external_bytes: Memory outside the heap that JavaScript objects own.
        array_buffers_bytes: The part of it that belongs to ArrayBuffers.
        rss_bytes: What the kernel counts.
        listeners: Listeners of all live EventEmitters and EventTargets; None where the
            heap is too large to go through all live objects.
        timers: Timers that keep the app alive.
        handles: Other resources that do.
        sockets: Those of them that are connections.
        fds: File descriptors of the process; None where they cannot be counted.
        threads: Its threads; None likewise.
        contexts: JavaScript contexts, of ``node:vm`` or detached, beside the main one.
        objects: Live objects of the main context; None as with listeners.
        listeners_by_event: Listeners by class and event, e.g. ``"Server request"``; the
            most frequent ones.

    """

    requests: int
    elapsed_s: float
    heap_used_bytes: int
    external_bytes: int
    array_buffers_bytes: int
    rss_bytes: int
    listeners: int | None
    timers: int
    handles: int
    sockets: int
    fds: int | None
    threads: int | None
    contexts: int
    objects: int | None
    listeners_by_event: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStart:
    """When a stage of a check began.

    Attributes:
        stage: Its name.
        requests: Requests sent by then.
        elapsed_s: Seconds since the check began.

    """

    stage: str
    requests: int
    elapsed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundDelay:
    """How late the event loop was in one round of load that ended after ``requests``."""

    requests: int
    delay: LoopDelay


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How a check went, to be drawn; what is judged stands in the measurement.

    Attributes:
        readings: All settled readings, of every stage.
        stages: In order.
        delays: Of the rounds of the screen, in order.

    """

    readings: tuple[Reading, ...] = ()
    stages: tuple[StageStart, ...] = ()
    delays: tuple[RoundDelay, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """How a counter grew under load.

    Attributes:
        growth: Units per request.
        first: The first settled reading.
        last: The last one.
        kept: Units per request that more load added and silence did not take away; None
            where that was not looked at.

    """

    growth: Estimate
    first: float
    last: float
    kept: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFinding:
    """A suspect and what became of it under more load and in silence.

    Attributes:
        finding: The suspect, explained.
        curve: How its occupancy went.
        bound: The limit it or its owner announces, e.g. ``"max 5,000"``.
        readings: How full it was while it was watched; empty where that cannot be polled.

    """

    finding: Finding
    curve: Curve
    bound: str | None = None
    readings: tuple[OccupancyReading, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSummary:
    """What became of one of several processes of an app.

    Attributes:
        name: Such as ``"worker 2 of 4"``.
        pid: Its id.
        requests: Those that came to it; all, if it answers none itself.
        load_share: The part of all requests that this is.
        verdict: As in the JSON record; None if it got too few requests to be judged.
        heap_bytes: Its heap when it had warmed up, and at the end.
        rss_bytes: What the kernel counted when it had warmed up.

    """

    name: str
    pid: int
    requests: int
    load_share: float
    verdict: str | None
    heap_bytes: tuple[int, int]
    rss_bytes: int

    @property
    def label(self) -> str:
        """Its name with its id."""
        return f"{self.name} (pid {self.pid})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Everything a check found out.

    Attributes:
        target: The route or scenario.
        node_version: As Node prints it.
        requests: All requests sent.
        elapsed_s: Seconds the check took.
        stage_s: Seconds per stage.
        readings: Settled readings of the screen, before any snapshot.
        last_reading: At the end of the push, after the snapshots; None without one.
        rises: Slopes of the screen's counters by name.
        memory: What the screen's load did to it.
        loop_delay: Of the screen's load.
        gc_pauses: Of the same.
        watched: The suspects.
        blocking: Where the event loop was blocked, if it was.
        detectable_objects: The smallest leak that would have been seen, per request.
        why_not_compared: Why there were no snapshots to see it; empty if there were.
        allocated_at: Then, by samples, the functions that most of what stays is from.
        unseen: Why worker threads that the load gives work to were not compared; empty
            if they were, or there are none.
        heap_limit_bytes: V8's limit.
        memory_limit_bytes: The container's; None if it has none.
        fd_limit: How many files the process may have open; None where that is unknown.
        descriptors: What requests leave open, and who opens it; None where they leave
            nothing open.
        snapshots_bytes: Resident memory that our own snapshots added.
        notes: What the reader should know about this run.
        history: How the check went.
        processes: All that were measured, where the app has several; the numbers above
            are then those of the worst, the first of these.

    """

    target: str
    node_version: str
    requests: int
    elapsed_s: float
    stage_s: Mapping[str, float]
    readings: tuple[Reading, ...]
    last_reading: Reading | None = None
    rises: Mapping[str, Rise] = field(default_factory=dict)
    memory: Memory
    loop_delay: LoopDelay
    gc_pauses: GcPauses
    watched: tuple[WatchedFinding, ...] = ()
    blocking: Finding | None = None
    detectable_objects: float | None = None
    why_not_compared: str = ""
    allocated_at: tuple[Frame, ...] = ()
    unseen: str = ""
    heap_limit_bytes: int
    memory_limit_bytes: int | None = None
    fd_limit: int | None = None
    descriptors: Descriptors | None = None
    snapshots_bytes: int = 0
    notes: tuple[str, ...] = ()
    history: History = field(default_factory=History)
    processes: tuple[ProcessSummary, ...] = ()

    @property
    def load_share(self) -> float:
        """The part of the app's requests that came to the process that was measured."""
        return self.processes[0].load_share if self.processes else 1.0

    @property
    def all_rss_bytes(self) -> int:
        """What the kernel counted of all its processes, when they had warmed up."""
        of_each = sum(one.rss_bytes for one in self.processes)
        return of_each or self.memory.before.rss_bytes

    @property
    def native_growth(self) -> tuple[int, int]:
        """Resident memory that neither heap nor Buffers explain, over how many requests.

        Zeros where it is no more than a healthy app gains. The screen is undisturbed;
        of what came after it, what our snapshots took is known, and twice as much is
        allowed. What leaks in the heaps of worker threads is explained as well.
        """
        screened = self.memory.after.requests - self.memory.before.requests
        native_bytes = self.memory.native_bytes - self._in_workers_bytes(screened)
        if native_bytes > RSS_WANDERS_BYTES:
            return native_bytes, screened
        if not self.readings or self.last_reading is None:
            return 0, 0
        first, last = self.readings[0], self.last_reading
        explained = self.snapshots_bytes
        explained += self._in_workers_bytes(last.requests - first.requests)
        explained += max(0, last.heap_used_bytes - first.heap_used_bytes)
        explained += max(0, last.external_bytes - first.external_bytes)
        grown = last.rss_bytes - first.rss_bytes - explained
        if grown <= 2 * RSS_WANDERS_BYTES:
            return 0, 0
        return grown, last.requests - first.requests

    def _in_workers_bytes(self, requests: int) -> int:
        """Return what so many requests leave in the heaps of worker threads.

        A heap has about as much free as it has in use.
        """
        kept = (
            one.finding.bytes_per_request
            for one in self.watched
            if one.finding.threads and isinstance(one.curve, Linear)
        )
        return int(2 * requests * sum(kept))

    @property
    def is_thrashing(self) -> bool:
        """Whether V8 collects again and again since the heap is nearly full."""
        return is_thrashing(
            self.gc_pauses,
            used_bytes=self.memory.after.heap_used_bytes,
            limit_bytes=self.heap_limit_bytes,
        )

    @property
    def detectable_bytes(self) -> float | None:
        """The same in bytes: the smallest object, or number in a list, takes 8."""
        if self.detectable_objects is None:
            return None
        return SMALLEST_OBJECT_BYTES * self.detectable_objects
