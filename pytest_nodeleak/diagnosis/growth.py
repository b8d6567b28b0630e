"""Diagnoses of counters that grow with the requests, where no finding tells more."""

from __future__ import annotations

from pytest_nodeleak.advice.categories import Category
from pytest_nodeleak.diagnosis.diagnosis import Diagnosis, diagnosed
from pytest_nodeleak.evidence.measurement import Measurement
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.judging.breaches import Breach
from pytest_nodeleak.units import format_bytes, format_count

__all__ = ["diagnose_growth"]

# What the heap and external memory explain so much of is not native memory.
_EXPLAINED_SHARE = 0.5
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


def diagnose_growth(breach: Breach, measured: Measurement) -> Diagnosis | None:
    """Return the diagnosis; None where the evidence carries no category."""
    rise = measured.rises.get(breach.metric)
    stay = " and stay" if rise is not None and rise.kept is not None else ""
    each = f"{format_count(breach.value)} with each request of {measured.target}"
    if breach.metric in _HEAP_WORDS:
        kind, noun, why = _HEAP_WORDS[breach.metric]
        return diagnosed(
            Category.HEAP_LEAK, f"{noun} pile up{stay}, {each}, and {why}", page=kind
        )
    if breach.metric in _OPEN_WORDS:
        noun = _OPEN_WORDS[breach.metric]
        return diagnosed(
            Category.HANDLE,
            f"{noun} pile up{stay}, {each}, until the system has no more to give, while"
            " CPU and memory may look fine",
        )
    if breach.metric == "open_files":
        is_all = breach.value >= breach.limit
        return diagnosed(
            Category.FD_EXHAUSTION,
            f"{'all' if is_all else 'nearly all'} {breach.limit:,.0f} file descriptors"
            f" were open under {measured.target}, so that"
            f" {'no' if is_all else 'soon no'} file or socket could be opened any more",
        )
    if breach.metric == "rss":
        return _native(breach, measured)
    # What is left is external memory and ArrayBuffers.
    stays = " and stays" if stay else ""
    return diagnosed(
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
    return diagnosed(
        Category.NATIVE,
        f"the process grows by {format_bytes(breach.value)} with each request of"
        f" {measured.target}, but neither the heap nor Buffers do, so it is no heap leak"
        " and no heap snapshot shows it",
    )
