"""By how much a heap grew between saved snapshots, and under whom."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_nodeleak.evidence.findings import Finding

__all__ = ["Comparison", "Grown", "Growth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Births minus deaths in a window.

    Attributes:
        objects: How many objects there are more.
        size_bytes: Their shallow sizes and backing stores.

    """

    objects: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """A holder that grew.

    Attributes:
        finding: Who it is; its rates are per request, or counts of the last window where
            the load is not known.
        growth: By how much in each window, its folded companions included.
        retained_bytes: What would go with the holder; None where that was not computed.

    """

    finding: Finding
    growth: tuple[Growth, ...]
    retained_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What became of a heap.

    Attributes:
        growth: The heap as a whole, in each window.
        requests: The load of each window; empty where it is not known.
        grown: Who grew, the most bytes first.

    """

    growth: tuple[Growth, ...]
    requests: tuple[int, ...]
    grown: tuple[Grown, ...]
