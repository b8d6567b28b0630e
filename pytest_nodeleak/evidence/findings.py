"""What a report says about one culprit."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.threads import Thread

__all__ = [
    "Blocking",
    "Excerpt",
    "Finding",
    "FoundHolder",
    "Frame",
    "Pinning",
    "Place",
    "RouteShare",
    "WorkerShare",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in a file; line and column are 1-based.

    Attributes:
        file: Relative to the app's directory where it lies in it.
        line: None where only the file is known.
        column: None where only the line is known.

    """

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        parts = (self.file, self.line, self.column)
        return ":".join(str(part) for part in parts if part is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A function on an allocation or blocking stack."""

    function: str
    place: Place

    def __str__(self) -> str:
        return f"{self.function} {self.place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A few lines of source around the places that a finding names.

    Attributes:
        file: Relative to the app's directory where it lies in it.
        first_line: The number of the first of the lines, from 1 on.
        lines: The source; long lines are cut.
        marks: The numbers of the lines that are named.

    """

    file: str
    first_line: int
    lines: tuple[str, ...]
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundHolder:
    """Who holds what piles up.

    Attributes:
        name: Variable or property chain, e.g. ``"cache"``.
        class_name: Its constructor, e.g. ``"Map"``.
        place: Where its variable or class is declared.
        scope: ``"module scope"`` or ``"function scope"``; empty where unknown.
        package: The npm package it belongs to; None for the app itself.
        package_version: The version of it that is installed; None where that is not
            known.
        size: Entries in it at the end; None where they cannot be counted.
        bound: The limit it announces, as text.
        newest_keys: The keys of its newest entries, where they were asked for.

    """

    name: str
    class_name: str
    place: Place | None
    scope: str = ""
    package: str | None = None
    package_version: str | None = None
    size: int | None = None
    bound: str | None = None
    newest_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteShare:
    """What one request of one route of a mixed load adds."""

    target: str
    per_request: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerShare:
    """What a leak adds in one of several processes of an app.

    Attributes:
        worker: Such as ``"worker 2 of 4"``.
        pid: The process.
        load_share: The part of the app's requests that came to it, from 0 to 1.
        entries_per_request: What one of these adds; likewise the others.
        objects_per_request: All objects that stay.
        bytes_per_request: Their memory.
        external_bytes_per_request: The part outside the V8 heap.

    """

    worker: str
    pid: int
    load_share: float
    entries_per_request: float
    objects_per_request: float
    bytes_per_request: float
    external_bytes_per_request: float

    @property
    def label(self) -> str:
        """The process as reports name it."""
        return f"{self.worker} (pid {self.pid})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocking:
    """How the event loop was blocked.

    Attributes:
        work: What kind of work it was, e.g. ``"crypto"``.
        call: The function of Node or V8 that the app called for it; empty if none.
        longest_ms: The longest single block, in milliseconds.
        share: The part of the blocked time it took, from 0 to 1.

    """

    work: str
    call: str = ""
    longest_ms: float | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinning:
    """Small pieces that keep large things whole.

    Attributes:
        is_text: Whether they are strings cut out of longer ones; else views of Buffers.
        piece_bytes: What each piece needs itself.
        whole_bytes: The size of what it is a piece of, all of which stays.
        pieces_of_each: How many pieces keep one of these.

    """

    is_text: bool
    piece_bytes: float
    whole_bytes: float
    pieces_of_each: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One culprit with its evidence.

    Attributes:
        kind: What kind of failure it is.
        title: One sentence.
        entries_per_request: What the holder gains; equals objects where unknown.
        objects_per_request: All objects that stay.
        bytes_per_request: Their memory.
        external_bytes_per_request: The part outside the V8 heap.
        counted_over: Requests that objects and bytes were counted over; 0 if unknown.
        constructors: Labels and numbers per request.
        holder: Who holds them; None for failures that hold nothing.
        path: From the roots to the entries.
        allocated_at: Stacks that allocate them, innermost function first.
        excerpts: The source around the places above, where it can be read.
        routes: For a mixed load: what each route adds, the most first.
        workers: Where the app consists of several processes: those that have it. The
            rates are then those of the one that gains most, by its own requests.
        blocking: How the event loop was blocked; None for any other kind.
        pinning: What small pieces among the entries keep whole; None if they do not.
        callback: Where the listener, timer or stored function is defined.
        threads: The worker threads that hold it; empty for the main thread.
        fingerprint: Stable name of this bug.
        advice: What to do.

    """

    kind: Kind
    title: str
    entries_per_request: float = 0.0
    objects_per_request: float = 0.0
    bytes_per_request: float = 0.0
    external_bytes_per_request: float = 0.0
    counted_over: int = 0
    constructors: tuple[tuple[str, float], ...] = ()
    holder: FoundHolder | None = None
    path: tuple[str, ...] = ()
    allocated_at: tuple[Frame, ...] = ()
    excerpts: tuple[Excerpt, ...] = ()
    routes: tuple[RouteShare, ...] = ()
    workers: tuple[WorkerShare, ...] = ()
    blocking: Blocking | None = None
    pinning: Pinning | None = None
    callback: Place | None = None
    threads: tuple[Thread, ...] = ()
    fingerprint: str = ""
    advice: str = ""

    @property
    def worker(self) -> str | None:
        """The processes that have it, e.g. ``"worker 2 of 4"``; None if there is one."""
        return ", ".join(one.worker for one in self.workers) or None

    @property
    def entries_in_sum(self) -> float:
        """What a request of the app adds, whichever process it comes to."""
        if not self.workers:
            return self.entries_per_request
        return sum(one.load_share * one.entries_per_request for one in self.workers)

    @property
    def bytes_in_sum(self) -> float:
        """The same in bytes."""
        if not self.workers:
            return self.bytes_per_request
        return sum(one.load_share * one.bytes_per_request for one in self.workers)
