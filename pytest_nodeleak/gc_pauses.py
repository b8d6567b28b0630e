"""How long garbage collection stopped the app while the load ran, by kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["GcKind", "GcPause", "GcPauses", "pool_pauses"]


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

    """

    p50_ms: float
    p99_ms: float
    max_ms: float
    share: float
    by_kind: Mapping[str, GcKind]

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
    return GcPauses(
        p50_ms=float(p50_ms),
        p99_ms=float(p99_ms),
        max_ms=max(every),
        share=min(1.0, sum(every) / 1000 / load_s) if load_s > 0 else 0.0,
        by_kind={
            kind: GcKind(count=len(own), total_ms=sum(own), max_ms=max(own))
            for kind, own in by_kind.items()
        },
    )
