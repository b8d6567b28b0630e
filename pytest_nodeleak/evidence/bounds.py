"""Limits that a collection, or the object around it, announces: sizes and lifetimes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Bound", "LifetimeBound", "SizeBound", "read_bound"]

_SIZES = (
    "max",
    "maxSize",
    "maxEntries",
    "maxItems",
    "maxKeys",
    "maxLength",
    "capacity",
    "limit",
)
# What all entries add up to where each has a size of its own, as by lru-cache's
# sizeCalculation: then the bound is in the same unit.
_TOTALS = ("totalSize", "calculatedSize")
_LIFETIMES_MS = ("ttl", "ttlMs", "maxAge", "maxAgeMs", "windowMs", "expiresIn")
_LIFETIMES_S = ("ttlSeconds", "stdTTL")


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeBound:
    """At most so many entries.

    Attributes:
        name: As the app calls it.
        entries: How many; as many as are like the present ones, if the app counts sizes.
        size: The bound in the app's own unit, bytes mostly; None if it counts entries.

    """

    name: str
    entries: float
    size: float | None = None

    def __str__(self) -> str:
        if self.size is None:
            return f"{self.name} {self.entries:,.0f}"
        return f"{self.name} {self.size:,.0f}, about {self.entries:,.0f} entries"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifetimeBound:
    """Entries live so long."""

    name: str
    lifetime_s: float

    def __str__(self) -> str:
        return f"{self.name} {self.lifetime_s:,g} s"


Bound = SizeBound | LifetimeBound


def read_bound(
    announced: Mapping[str, float], *, present: int | None = None
) -> Bound | None:
    """Pick the bound among numbers by name; a size before a lifetime.

    Names say the unit where they can; a bare ``ttl`` or ``maxAge`` is milliseconds, as
    in lru-cache and express-session.

    Args:
        announced: Numbers by name.
        present: Entries that are in it now; None if that is not known.

    """
    for name in _SIZES:
        if name in announced:
            return _size_bound(name, announced, present)
    for name in _LIFETIMES_MS:
        if name in announced:
            return LifetimeBound(name=name, lifetime_s=announced[name] / 1000)
    for name in _LIFETIMES_S:
        if name in announced:
            return LifetimeBound(name=name, lifetime_s=announced[name])
    return None


def _size_bound(
    name: str, announced: Mapping[str, float], present: int | None
) -> SizeBound:
    limit = announced[name]
    total = next((announced[one] for one in _TOTALS if one in announced), None)
    if name != "maxSize" or not total or not present or total == present:
        return SizeBound(name=name, entries=limit)
    return SizeBound(name=name, entries=limit * present / total, size=limit)
