"""One plain sentence on a check: the category, as a playbook names it, and why.

It is for a reader who does not know V8, and says no more than the evidence carries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_nodeleak.advice.categories import Category
from pytest_nodeleak.culprits.sync_work import SyncWork, Work
from pytest_nodeleak.diagnosis.causes import because, short
from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.evidence.measurement import Measurement, WatchedFinding
from pytest_nodeleak.evidence.occupancy import Timed
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.judging.breaches import Breach
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.verdict import Clean, Inconclusive, Leak, OverLimit
from pytest_nodeleak.units import format_bytes, format_count

__all__ = ["Diagnosis", "diagnose"]

_CATEGORIES = {
    Kind.EXTERNAL: Category.EXTERNAL,
    Kind.NATIVE: Category.NATIVE,
    Kind.HANDLE: Category.HANDLE,
    Kind.LOOP_BLOCKED: Category.LOOP_BLOCKED,
    Kind.GC_PAUSE: Category.GC_PAUSE,
}
# From so many entries per request on, it is every request that leaves something.
_EVERY = 0.9
_MOST = 0.67
_MIB = 1024**2
# So much of a delay is the collector's before it is blamed for all of it.
_GC_SHARE = 0.5
# What the heap and external memory explain so much of is not native memory.
_EXPLAINED_SHARE = 0.5
# As many objects per request as the usual limit allows.
_FEWEST_OBJECTS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What is wrong, in words for somebody who does not know V8.

    Attributes:
        category: What the playbook calls it.
        sentence: It begins with the category.
        page: The page to read: ``python -m pytest_nodeleak explain PAGE``.
        is_certain: Whether it is proven; if not, the sentence says so.
        also: Other categories that the same check shows.

    """

    category: Category
    sentence: str
    page: Kind | Category
    is_certain: bool = True
    also: tuple[Category, ...] = ()

    def __str__(self) -> str:
        others = ", ".join(one.label.lower() for one in self.also)
        return f"{self.sentence} Also seen: {others}." if others else self.sentence


def diagnose(check: Check) -> Diagnosis | None:
    """Return the diagnosis of a check; None where nothing is wrong, or nothing is known."""
    told = tuple(_told(check))
    if not told:
        return None
    first = told[0]
    others = dict.fromkeys(one.category for one in told[1:])
    others.pop(first.category, None)
    return Diagnosis(
        category=first.category,
        sentence=first.sentence,
        page=first.page,
        is_certain=first.is_certain,
        also=tuple(others),
    )


def _told(check: Check) -> Iterator[Diagnosis]:
    """Yield all that can be said, the gravest first."""
    measured = check.measurement
    match check.shown:
        case Leak(findings=findings, breaches=breaches):
            yield from (_leak(one.finding, measured) for one in findings)
            yield from _of_breaches(breaches, measured)
        case OverLimit(breaches=breaches):
            yield from _of_breaches(breaches, measured)
        case Inconclusive(findings=findings):
            yield from (_perhaps(one.finding) for one in findings)
            if not findings:
                yield from _unseen(measured)
        case Clean():
            pass
    yield from (
        _with_time(one) for one in measured.watched if isinstance(one.curve, Timed)
    )


def _leak(finding: Finding, measured: Measurement) -> Diagnosis:
    category = _CATEGORIES.get(finding.kind, Category.HEAP_LEAK)
    grows = _requests(finding, measured)
    match category:
        case Category.EXTERNAL:
            what = (
                f"memory outside the V8 heap climbs {grows} and no heap limit bounds it"
            )
        case Category.HANDLE:
            what = f"more stays open {grows}, until the system has no more to give"
        case _:
            what = f"memory climbs {grows} and garbage collection cannot get it back"
    return Diagnosis(
        category=category,
        sentence=f"{category.label}: {what}, because {because(finding)}.",
        page=finding.kind,
    )


def _perhaps(finding: Finding) -> Diagnosis:
    category = _CATEGORIES.get(finding.kind, Category.HEAP_LEAK)
    return Diagnosis(
        category=category,
        sentence=(
            f"{category.label} or not, it is not proven: {because(finding)}, and whether"
            " that ever ends was not seen."
        ),
        page=finding.kind,
        is_certain=False,
    )


def _unseen(measured: Measurement) -> Iterator[Diagnosis]:
    """Tell a heap that grows by bytes and objects while nobody could look into it.

    Bytes alone prove nothing: V8 warms up for thousands of requests.
    """
    heap, objects = measured.rises.get("heap_used"), measured.rises.get("objects")
    if not measured.why_not_compared or heap is None or objects is None:
        return
    if heap.growth.low <= 0 or objects.growth.low <= _FEWEST_OBJECTS:
        return
    yield Diagnosis(
        category=Category.HEAP_LEAK,
        sentence=(
            f"{Category.HEAP_LEAK.label} or not, it is not proven: the heap grew by"
            f" {format_bytes(heap.growth.value)} and"
            f" {format_count(objects.growth.value)} objects with each request of"
            f" {measured.target}, and who keeps them could not be looked at."
        ),
        page=Category.HEAP_LEAK,
        is_certain=False,
    )


def _with_time(one: WatchedFinding) -> Diagnosis:
    holder = one.finding.holder
    name = short(holder.name) if holder else "something"
    per_s = one.curve.per_s if isinstance(one.curve, Timed) else None
    rate = "" if per_s is None else f" by {per_s:,.1f} entries a second"
    return Diagnosis(
        category=Category.WITH_TIME,
        sentence=(
            f"{Category.WITH_TIME.label}: {name} grows{rate} while nobody asks for"
            " anything as well, so a background job fills it and not this route."
        ),
        page=Category.WITH_TIME,
    )


def _requests(finding: Finding, measured: Measurement) -> str:
    """Say with how many requests of what it comes."""
    target = finding.routes[0].target if finding.routes else measured.target
    rate = finding.entries_per_request
    if rate >= _EVERY:
        return f"with every request of {target}"
    if rate >= _MOST:
        return f"with most requests of {target}"
    if rate <= 0:
        return f"with the requests of {target}"
    return f"with about one in {round(1 / rate):,} requests of {target}"


def _of_breaches(
    breaches: tuple[Breach, ...], measured: Measurement
) -> Iterator[Diagnosis]:
    for breach in breaches:
        found = _of_level(breach, measured) or _of_growth(breach, measured)
        if found is not None:
            yield found


def _of_level(breach: Breach, measured: Measurement) -> Diagnosis | None:
    """Diagnose delays; None for what is none."""
    pauses = measured.gc_pauses
    if breach.metric.startswith("loop_delay"):
        # Where half of all delays are too long, pauses would have to take half of the time.
        is_usual = measured.loop_delay.p50_ms > breach.limit
        if pauses.max_ms < _GC_SHARE * breach.value or (
            is_usual and pauses.share < _GC_SHARE
        ):
            return _blocked(measured)
    elif not breach.metric.startswith("gc_"):
        return None
    return _paused(measured, pauses.max_ms)


def _paused(measured: Measurement, worst_ms: float) -> Diagnosis:
    pauses = measured.gc_pauses
    share = f", {pauses.share:.0%} of the time in all" if pauses.share >= 0.1 else ""
    if measured.is_thrashing:
        used, limit = measured.memory.after.heap_used_bytes, measured.heap_limit_bytes
        return _diagnosis(
            Category.GC_PAUSE,
            f"the memory for JavaScript objects is nearly full ({used / _MIB:,.0f} of"
            f" {limit / _MIB:,.0f} MiB), so that freeing it is tried again and again, for"
            f" up to {worst_ms:,.0f} ms at a time{share}, and gains little",
            page=Kind.HEAP_LIMIT,
        )
    return _diagnosis(
        Category.GC_PAUSE,
        f"freeing memory stops the app for up to {worst_ms:,.0f} ms at a time{share}, so"
        " that some answers are late although the average looks fine",
    )


def _blocked(measured: Measurement) -> Diagnosis:
    worst = f"up to {measured.loop_delay.max_ms:,.0f} ms"
    found = measured.blocking
    blocking = found.blocking if found else None
    frames = found.allocated_at if found else ()
    if blocking is not None and blocking.work == Work.GC:
        return _paused(measured, measured.loop_delay.max_ms)
    who = "something that was not found"
    if frames and blocking is not None:
        work = SyncWork(work=Work(blocking.work), call=blocking.call)
        who = f"{work.words} in {frames[0]}"
    return _diagnosis(
        Category.LOOP_BLOCKED,
        f"{who} keeps the one thread that runs JavaScript busy for {worst} at a time, and"
        " every other request waits meanwhile",
    )


_HEAP_WORDS = {
    "objects": (Kind.UNKNOWN, "objects", "no variable could be named that keeps them"),
    "listeners": (Kind.LISTENER, "listeners", "each keeps what its function uses"),
    "timers": (Kind.TIMER, "timers", "each keeps what its function uses"),
    "contexts": (
        Kind.CONTEXT,
        "JavaScript contexts",
        "each is a whole set of built-in objects",
    ),
}
_OPEN_WORDS = {
    "handles": "sockets, files or other handles",
    "sockets": "connections",
    "fds": "file descriptors",
    "threads": "threads",
}


def _of_growth(breach: Breach, measured: Measurement) -> Diagnosis | None:
    """Diagnose a counter that grows; None where its evidence carries no category."""
    rise = measured.rises.get(breach.metric)
    stay = " and stay" if rise is not None and rise.kept is not None else ""
    each = f"{format_count(breach.value)} with each request of {measured.target}"
    if breach.metric in _HEAP_WORDS:
        kind, noun, why = _HEAP_WORDS[breach.metric]
        return _diagnosis(
            Category.HEAP_LEAK, f"{noun} pile up{stay}, {each}, and {why}", page=kind
        )
    if breach.metric in _OPEN_WORDS:
        noun = _OPEN_WORDS[breach.metric]
        return _diagnosis(
            Category.HANDLE,
            f"{noun} pile up{stay}, {each}, until the system has no more to give, while"
            " CPU and memory may look fine",
        )
    if breach.metric == "open_files":
        is_all = breach.value >= breach.limit
        return _diagnosis(
            Category.FD_EXHAUSTION,
            f"{'all' if is_all else 'nearly all'} {breach.limit:,.0f} file descriptors"
            f" were open under {measured.target}, so that"
            f" {'no' if is_all else 'soon no'} file or socket could be opened any more",
        )
    if breach.metric == "rss":
        return _native(breach, measured)
    # What is left is external memory and ArrayBuffers.
    stays = " and stays" if stay else ""
    return _diagnosis(
        Category.EXTERNAL,
        f"memory outside the V8 heap, mostly Buffers, grows{stays},"
        f" {format_bytes(breach.value)} with each request of {measured.target}, and no"
        " heap limit bounds it",
    )


def _native(breach: Breach, measured: Measurement) -> Diagnosis | None:
    """Diagnose resident memory, unless the heap or Buffers are what grows in it."""
    rises = (measured.rises.get(name) for name in ("heap_used", "external"))
    explained = sum(max(0.0, one.growth.value) for one in rises if one is not None)
    if explained >= _EXPLAINED_SHARE * breach.value:
        return None
    return _diagnosis(
        Category.NATIVE,
        f"the process grows by {format_bytes(breach.value)} with each request of"
        f" {measured.target}, but neither the heap nor Buffers do, so it is no heap leak"
        " and no heap snapshot shows it",
    )


def _diagnosis(
    category: Category, what: str, *, page: Kind | Category | None = None
) -> Diagnosis:
    return Diagnosis(
        category=category,
        sentence=f"{category.label}: {what}.",
        page=page or category,
    )
