"""Frozen measurements, findings and checks with sensible defaults.

What a test is about is passed; the rest is a quiet little app. Anything rarer is changed
with ``dataclasses.replace``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from pytest_nodeleak.advice import advice_for
from pytest_nodeleak.advice.pinning import advice_on
from pytest_nodeleak.baselines.baseline import LeakRate, Rates
from pytest_nodeleak.culprits.sync_work import SyncWork, Work
from pytest_nodeleak.endings.trail import StartUp
from pytest_nodeleak.evidence.descriptors import Descriptors, Opener
from pytest_nodeleak.evidence.estimate import Estimate
from pytest_nodeleak.evidence.findings import (
    Blocking,
    Excerpt,
    Finding,
    FoundHolder,
    Frame,
    Pinning,
    Place,
)
from pytest_nodeleak.evidence.gc_pauses import GcPauses, pool_pauses
from pytest_nodeleak.evidence.loop_delay import LoopDelay
from pytest_nodeleak.evidence.measurement import (
    History,
    Measurement,
    Reading,
    Rise,
    RoundDelay,
    StageStart,
    WatchedFinding,
)
from pytest_nodeleak.evidence.memory import HeapSpace, Memory, MemoryReading
from pytest_nodeleak.evidence.occupancy import (
    Drained,
    Linear,
    OccupancyReading,
    Plateau,
    Timed,
    Unclear,
)
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.judging.ratchet import Reference
from pytest_nodeleak.judging.suppressions import Suppression, Suppressions
from pytest_nodeleak.nodejs.descriptor_types import DescriptorType

__all__ = [
    "START_UP",
    "blocking_finding",
    "bounded",
    "check",
    "collection_finding",
    "delay",
    "drained",
    "external_finding",
    "history",
    "in_baseline",
    "known",
    "known_leak",
    "leaking",
    "leaving_open",
    "listener_finding",
    "measurement",
    "memory",
    "readings",
    "rise",
    "slices_finding",
    "timed",
    "timer_finding",
    "unclear",
    "watched_sizes",
    "within",
]

Span = tuple[float, float]

#: An app on a machine of 4 GiB, without a flag.
START_UP = StartUp(
    heap_limit_bytes=2096 * 2**20,
    old_space_limit_bytes=None,
    flags=(),
    directory=Path("/app"),
    fd_limit=1024,
)


def rise(per_request: float, *, within: float = 0.0, kept: float | None = None) -> Rise:
    """Return a slope with its interval, as seen over 4,800 requests."""
    growth = Estimate(
        value=per_request, low=per_request - within, high=per_request + within
    )
    return Rise(growth=growth, first=0.0, last=4800 * per_request, kept=kept)


def leaving_open(per_request: float = 1.0) -> Descriptors:
    """Return the descriptors of an app that leaves files open."""
    place = Place(file="export.js", line=12, column=21)
    opener = Opener(
        call="fs.openSync()",
        frames=(Frame(function="writeRow", place=place),),
        per_request=per_request,
        excerpts=(
            Excerpt(
                file="export.js",
                first_line=12,
                lines=("  const file = fs.openSync(path);",),
                marks=(12,),
            ),
        ),
    )
    kinds = DescriptorType
    return Descriptors(
        open={kinds.FILE: 988, kinds.INBOUND: 9, kinds.PIPE: 12},
        per_request={kinds.FILE: per_request},
        openers=(opener,),
    )


def delay(
    p99_ms: float = 2.0,
    *,
    p50_ms: float = 1.0,
    max_ms: float | None = None,
    waited_share: float = 0.0,
) -> LoopDelay:
    """Return the event loop's delay; its maximum is the 99th percentile if not given."""
    worst = p99_ms if max_ms is None else max_ms
    return LoopDelay(
        p50_ms=p50_ms,
        p99_ms=p99_ms,
        max_ms=worst,
        count=900,
        waited_share=waited_share,
    )


def readings(
    *,
    heap_bytes: Span = (5.3e6, 5.3e6),
    external_bytes: Span = (2e6, 2e6),
    listeners: Span = (12, 12),
    timers: Span = (1, 1),
) -> tuple[Reading, ...]:
    """Return the screen's nine readings, straight from the first to the last value."""

    def at(step: int, span: Span) -> int:
        return round(span[0] + (span[1] - span[0]) * step / 8)

    return tuple(
        Reading(
            requests=1500 + 600 * step,
            elapsed_s=0.4 + 0.1 * step,
            heap_used_bytes=at(step, heap_bytes),
            external_bytes=at(step, external_bytes),
            array_buffers_bytes=at(step, external_bytes),
            rss_bytes=80_000_000,
            listeners=at(step, listeners),
            timers=at(step, timers),
            handles=3,
            sockets=0,
            fds=22,
            threads=11,
            contexts=0,
            objects=40_000,
        )
        for step in range(9)
    )


def history(read: tuple[Reading, ...] | None = None) -> History:
    """Return how a check with such readings went, each round a little later."""
    known = readings() if read is None else read
    return History(
        readings=known,
        stages=(
            StageStart(stage="screen", requests=0, elapsed_s=0.1),
            StageStart(stage="identify", requests=6300, elapsed_s=1.3),
        ),
        delays=tuple(
            RoundDelay(requests=one.requests, delay=delay(2.0 + number))
            for number, one in enumerate(known[1:])
        ),
    )


def watched_sizes(*, silent: int = 2) -> tuple[OccupancyReading, ...]:
    """Return ten readings of a suspect that gains 100 entries in each step of a push."""
    return tuple(
        OccupancyReading(
            requests=100 * min(step, 10 - silent),
            elapsed_s=3 + 0.25 * step,
            size=1000 + 100 * min(step, 10 - silent),
            idle=step > 10 - silent,
        )
        for step in range(1, 11)
    )


def memory(
    *,
    heap_grown_bytes: int = 0,
    external_grown_bytes: int = 0,
    rss_grown_bytes: int = 0,
) -> Memory:
    """Return the boxes before and after 4,800 requests."""

    def at(
        requests: int, heap_bytes: int, external_bytes: int, rss: int
    ) -> MemoryReading:
        heap_used_bytes = 8_000_000 + heap_bytes
        return MemoryReading(
            requests=requests,
            rss_bytes=70_000_000 + rss + heap_bytes + external_bytes,
            heap_total_bytes=12_000_000 + heap_bytes,
            heap_used_bytes=heap_used_bytes,
            heap_limit_bytes=2096 * 1024**2,
            external_bytes=2_000_000 + external_bytes,
            array_buffers_bytes=10_000 + external_bytes,
            spaces={
                "read_only_space": HeapSpace(used_bytes=0, size_bytes=0),
                "old_space": HeapSpace(
                    used_bytes=heap_used_bytes - 1_000_000,
                    size_bytes=heap_used_bytes + 1_000_000,
                ),
                "code_space": HeapSpace(used_bytes=1_000_000, size_bytes=2_000_000),
            },
        )

    return Memory(
        before=at(1500, 0, 0, 0),
        after=at(6300, heap_grown_bytes, external_grown_bytes, rss_grown_bytes),
    )


def measurement(
    *,
    target: str = "GET /users/{n}",
    watched: tuple[WatchedFinding, ...] = (),
    rises: Mapping[str, Rise] | None = None,
    loop_delay: LoopDelay | None = None,
    gc_pauses: GcPauses | None = None,
    detectable_objects: float | None = 0.01,
    blocking: Finding | None = None,
    read: tuple[Reading, ...] | None = None,
    last_reading: Reading | None = None,
    notes: tuple[str, ...] = (),
) -> Measurement:
    """Return what a check of a clean route measured, but for what is given."""
    flat = {name: rise(0.0, within=5.0) for name in ("heap_used", "external")}
    flat["listeners"] = rise(0.0)
    return Measurement(
        target=target,
        node_version="v24.3.0",
        requests=27_300,
        elapsed_s=4.1234,
        stage_s={"screen": 1.2, "identify": 0.9},
        readings=readings() if read is None else read,
        last_reading=last_reading,
        rises={**flat, **(rises or {})},
        memory=memory(),
        loop_delay=loop_delay or delay(),
        gc_pauses=gc_pauses or pool_pauses((), load_s=0.4),
        watched=watched,
        blocking=blocking,
        detectable_objects=detectable_objects,
        heap_limit_bytes=2096 * 1024**2,
        notes=notes,
    )


def check(
    measured: Measurement,
    policy: LeakPolicy | None = None,
    suppressions: Suppressions | None = None,
) -> Check:
    """Return the judged measurement."""
    return Check.of(
        "test_users.py::test_users#1", measured, policy or LeakPolicy(), suppressions
    )


def known(*entries: Mapping[str, object]) -> Suppressions:
    """Return known leaks in a file, as of 2026-06-30; in force for a year longer."""
    usual: Mapping[str, object] = {
        "reason": "fixed in 2.1",
        "expires": date(2027, 6, 30),
    }
    return Suppressions(
        entries=tuple(
            Suppression(number=number, **{**usual, **entry})  # type: ignore[arg-type]
            for number, entry in enumerate(entries, start=1)
        ),
        today=date(2026, 6, 30),
        file="known.toml",
    )


def within(value: float, spread: float) -> Estimate:
    """Return an estimate that is as far from both of its ends."""
    return Estimate(value=value, low=value - spread, high=value + spread)


def known_leak(
    fingerprint: str = "0c5e8b1d42aa", *, entries: float = 1.0, size: float = 402.0
) -> LeakRate:
    """Return a leak as a baseline has it: that of ``collection_finding()``."""
    return LeakRate(
        fingerprint=fingerprint,
        what="collection cache, server.js",
        entries=within(entries, 0.05),
        size_bytes=within(size, 72.0),
    )


def in_baseline(judged: Check, *leaks: LeakRate) -> Check:
    """Return a check beside a baseline that has these leaks: ``known_leak()`` if none."""
    known = {leak.fingerprint: leak for leak in leaks or (known_leak(),)}
    rates = Rates(verdict="leak", leaks=known)
    return replace(judged, reference=Reference(name="main", major=24, rates=rates))


def leaking(
    finding: Finding, *, size: int | None = 20_412, requests: int = 20_000
) -> WatchedFinding:
    """Return a suspect that was still growing at the end."""
    curve = Linear(
        per_request=None if size is None else finding.entries_per_request,
        size=size,
        requests=requests,
    )
    return WatchedFinding(finding=finding, curve=curve)


def bounded(finding: Finding, *, bound: str | None = None) -> WatchedFinding:
    """Return a suspect that stopped growing."""
    size = finding.holder.size if finding.holder else None
    return WatchedFinding(finding=finding, curve=Plateau(size=size), bound=bound)


def drained(finding: Finding, *, peak: int, size: int) -> WatchedFinding:
    """Return a suspect that let go by itself."""
    return WatchedFinding(finding=finding, curve=Drained(peak=peak, size=size))


def timed(finding: Finding, *, per_s: float | None, size: int) -> WatchedFinding:
    """Return a suspect that grows with time, whatever the load."""
    return WatchedFinding(finding=finding, curve=Timed(per_s=per_s, size=size))


def unclear(finding: Finding, *, reason: str) -> WatchedFinding:
    """Return a suspect that nothing was proven about."""
    return WatchedFinding(finding=finding, curve=Unclear(reason=reason))


def collection_finding(
    *, name: str = "cache", size: int | None = 20_412, bound: str | None = None
) -> Finding:
    """Return a Map at module scope that gains an entry with every request."""
    return Finding(
        kind=Kind.COLLECTION,
        title=f"{name} gains 1.00 entry per request (402 B)",
        entries_per_request=1.0,
        objects_per_request=4.0,
        bytes_per_request=402.0,
        counted_over=499,
        constructors=(("{name, orders}", 1.0), ("Array", 1.0), ("string", 2.0)),
        holder=FoundHolder(
            name=name,
            class_name="Map",
            place=Place(file="server.js", line=3),
            scope="module scope",
            size=size,
            bound=bound,
        ),
        path=(
            "Server._events.request",
            "handler (server.js:8:24)",
            name,
            "Map",
            "{name, orders}",
        ),
        allocated_at=(
            Frame(
                function="loadUser", place=Place(file="server.js", line=5, column=12)
            ),
            Frame(function="handler", place=Place(file="server.js", line=9, column=18)),
        ),
        fingerprint="0c5e8b1d42aa",
        advice=advice_for(Kind.COLLECTION),
    )


def listener_finding() -> Finding:
    """Return a handler that subscribes to a bus and never leaves it, in a package."""
    return Finding(
        kind=Kind.LISTENER,
        title="bus._events.order gains 2.00 listeners per request (256 B)",
        entries_per_request=2.0,
        objects_per_request=4.0,
        bytes_per_request=256.0,
        counted_over=499,
        constructors=(("function onOrder", 2.0), ("Context", 2.0)),
        holder=FoundHolder(
            name="bus._events.order",
            class_name="Array",
            place=Place(file="node_modules/@acme/bus/index.js", line=4),
            scope="module scope",
            package="@acme/bus",
            package_version="2.3.1",
            size=6_112,
        ),
        path=("handler (app.js:3:1)", "bus._events.order", "Array", "function onOrder"),
        allocated_at=(
            Frame(function="handler", place=Place(file="app.js", line=7, column=9)),
        ),
        callback=Place(file="app.js", line=7, column=19),
        fingerprint="7d0f4a3be911",
        advice=advice_for(Kind.LISTENER),
    )


def timer_finding() -> Finding:
    """Return an interval on Node's own list: nothing of the app holds it."""
    return Finding(
        kind=Kind.TIMER,
        title="Node's active timers gains 1.00 timer per request (310 B)",
        entries_per_request=1.0,
        objects_per_request=3.0,
        bytes_per_request=310.0,
        counted_over=499,
        constructors=(("Timeout", 1.0), ("function poll", 1.0)),
        holder=FoundHolder(
            name="Node's active timers",
            class_name="TimersList",
            place=Place(file="poll.js", line=12, column=15),
        ),
        path=("TimersList", "Timeout"),
        callback=Place(file="poll.js", line=12, column=15),
        fingerprint="5b1187c2d0e4",
        advice=advice_for(Kind.TIMER),
    )


def slices_finding() -> Finding:
    """Return the same with slices of 16 bytes in place of the Buffers."""
    pinning = Pinning(
        is_text=False, piece_bytes=16, whole_bytes=65_536, pieces_of_each=1
    )
    advice = advice_on(Kind.EXTERNAL, pinning)
    return replace(external_finding(), pinning=pinning, advice=advice)


def external_finding() -> Finding:
    """Return an array of Buffers: little heap, much memory outside it."""
    return Finding(
        kind=Kind.EXTERNAL,
        title="uploads gains 1.00 entry per request (65.7 KB)",
        entries_per_request=1.0,
        objects_per_request=3.0,
        bytes_per_request=65_700.0,
        external_bytes_per_request=65_536.0,
        counted_over=499,
        constructors=(("Buffer", 1.0), ("ArrayBuffer", 1.0)),
        holder=FoundHolder(
            name="uploads",
            class_name="Array",
            place=Place(file="upload.js", line=2),
            scope="module scope",
            size=1_733,
        ),
        path=("handler (upload.js:4:1)", "uploads", "Array", "Buffer"),
        fingerprint="e2c94b7a0d15",
        advice=advice_for(Kind.EXTERNAL),
    )


def blocking_finding() -> Finding:
    """Return a function that keeps the event loop busy."""
    return Finding(
        kind=Kind.LOOP_BLOCKED,
        title="the event loop is blocked for up to 512 ms at a time by a computation in"
        " JavaScript in fib (slow.js:2), 97% of the CPU time",
        blocking=Blocking(work="javascript", longest_ms=512.0, share=0.97),
        allocated_at=(
            Frame(function="fib", place=Place(file="slow.js", line=2, column=1)),
            Frame(function="handler", place=Place(file="slow.js", line=8, column=30)),
        ),
        advice=SyncWork(work=Work.JAVASCRIPT).cure,
    )
