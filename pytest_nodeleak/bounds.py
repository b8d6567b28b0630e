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
_LIFETIMES_MS = ("ttl", "ttlMs", "maxAge", "maxAgeMs", "windowMs", "expiresIn")
_LIFETIMES_S = ("ttlSeconds", "stdTTL")


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeBound:
    """At most so many entries."""

    name: str
    entries: float

    def __str__(self) -> str:
        return f"{self.name} {self.entries:,.0f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifetimeBound:
    """Entries live so long."""

    name: str
    lifetime_s: float

    def __str__(self) -> str:
        return f"{self.name} {self.lifetime_s:,g} s"


Bound = SizeBound | LifetimeBound


def read_bound(announced: Mapping[str, float]) -> Bound | None:
    """Pick the bound among numbers by name; a size before a lifetime.

    Names say the unit where they can; a bare ``ttl`` or ``maxAge`` is milliseconds, as
    in lru-cache and express-session.
    """
    for name in _SIZES:
        if name in announced:
            return SizeBound(name=name, entries=announced[name])
    for name in _LIFETIMES_MS:
        if name in announced:
            return LifetimeBound(name=name, lifetime_s=announced[name] / 1000)
    for name in _LIFETIMES_S:
        if name in announced:
            return LifetimeBound(name=name, lifetime_s=announced[name])
    return None
