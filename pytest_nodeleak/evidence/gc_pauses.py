"""How long garbage collection stopped the app while the load ran, by kind."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = [
    "THRASHING_SHARE",
    "GcKind",
    "GcPause",
    "GcPauses",
    "is_thrashing",
    "pool_pauses",
    "v8_name",
]

# What --trace-gc and the literature call them.
_V8_NAMES = {
    "minor": "scavenge",
    "major": "mark-sweep-compact",
    "incremental": "incremental marking",
    "weak callbacks": "weak callbacks",
}
# Below these V8 is busy, and not yet fighting for memory.
THRASHING_SHARE, _FULL_SHARE = 0.3, 0.8
# Where the old space is full, scavenges are slow as well: they have nowhere to copy to.
_OLD_SPACE_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class GcPause:
    """One pause, as Node's performance timeline tells it.

    Attributes:
        kind: ``"minor"`` (new space), ``"major"`` (old space), ``"incremental"`` or
            ``"weak callbacks"``.
        pause_ms: Milliseconds.

    """

    kind: str
    pause_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GcKind:
    """The pauses of one kind."""

    count: int
    total_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GcPauses:
    """All pauses while the load ran.

    Attributes:
        p50_ms: The median, in milliseconds; 0 where there was none.
        p99_ms: The 99th percentile.
        max_ms: The longest.
        share: The part of the load's time that they took, from 0 to 1.
        by_kind: The same by kind of collection.
        p99_kind: Which kind most of the pauses were that are as long as the 99th
            percentile; empty where there was none.
        max_kind: Of which kind the longest was; likewise.

    """

    p50_ms: float
    p99_ms: float
    max_ms: float
    share: float
    by_kind: Mapping[str, GcKind]
    p99_kind: str = ""
    max_kind: str = ""

    @property
    def old_space_share(self) -> float:
        """The part of them that went to the old space, where what stays is."""
        every = sum(kind.total_ms for kind in self.by_kind.values())
        own = (self.by_kind.get(name) for name in ("major", "incremental"))
        return sum(kind.total_ms for kind in own if kind) / every if every else 0.0

    @property
    def p99(self) -> float:
        """The 99th percentile, in milliseconds."""
        return self.p99_ms

    @property
    def max(self) -> float:
        """The longest, in milliseconds."""
        return self.max_ms


def pool_pauses(pauses: Sequence[GcPause], *, load_s: float) -> GcPauses:
    """Return the percentiles of some pauses.

    Args:
        pauses: All that were seen under load.
        load_s: Seconds the load ran.

    """
    by_kind: defaultdict[str, list[float]] = defaultdict(list)
    for pause in pauses:
        by_kind[pause.kind].append(pause.pause_ms)
    every = [pause.pause_ms for pause in pauses] or [0.0]
    p50_ms, p99_ms = np.percentile(every, [50, 99], method="higher")
    slow = Counter(one.kind for one in pauses if one.pause_ms >= p99_ms)
    longest = max(pauses, key=lambda one: one.pause_ms, default=None)
    return GcPauses(
        p50_ms=float(p50_ms),
        p99_ms=float(p99_ms),
        max_ms=max(every),
        share=min(1.0, sum(every) / 1000 / load_s) if load_s > 0 else 0.0,
        by_kind={
            kind: GcKind(count=len(own), total_ms=sum(own), max_ms=max(own))
            for kind, own in by_kind.items()
        },
        p99_kind=slow.most_common(1)[0][0] if slow else "",
        max_kind=longest.kind if longest else "",
    )


def v8_name(kind: str) -> str:
    """Return what V8 calls a kind of collection, e.g. ``"scavenge"``."""
    return _V8_NAMES.get(kind, kind)


def is_thrashing(pauses: GcPauses, *, used_bytes: float, limit_bytes: float) -> bool:
    """Tell whether V8 collects again and again since the heap is nearly full.

    Args:
        pauses: Under load.
        used_bytes: What is in the heap after a collection.
        limit_bytes: What may be.

    """
    return (
        pauses.share >= THRASHING_SHARE
        and pauses.old_space_share >= _OLD_SPACE_SHARE
        and used_bytes >= _FULL_SHARE * limit_bytes > 0
    )
