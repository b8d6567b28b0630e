"""Diagnoses of an app that answers late: a blocked event loop, or garbage collection."""

from __future__ import annotations

from pytest_nodeleak.advice.categories import Category
from pytest_nodeleak.culprits.sync_work import SyncWork, Work
from pytest_nodeleak.diagnosis.diagnosis import Diagnosis, diagnosed
from pytest_nodeleak.evidence.measurement import Measurement
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.judging.breaches import Breach
from pytest_nodeleak.units import MIB, format_mib

__all__ = ["diagnose_delay"]

# So much of a delay is the collector's before it is blamed for all of it.
_GC_SHARE = 0.5


def diagnose_delay(breach: Breach, measured: Measurement) -> Diagnosis | None:
    """Return the diagnosis of a delay that is too long; None for what is no delay."""
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
        return diagnosed(
            Category.GC_PAUSE,
            f"the memory for JavaScript objects is nearly full ({used / MIB:,.0f} of"
            f" {format_mib(limit)}), so that freeing it is tried again and again, for"
            f" up to {worst_ms:,.0f} ms at a time{share}, and gains little",
            page=Kind.HEAP_LIMIT,
        )
    return diagnosed(
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
    return diagnosed(
        Category.LOOP_BLOCKED,
        f"{who} keeps the one thread that runs JavaScript busy for {worst} at a time, and"
        " every other request waits meanwhile",
    )
