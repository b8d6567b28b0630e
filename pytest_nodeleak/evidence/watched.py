"""A suspect, and what became of it when it was watched."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_nodeleak.evidence.bounds import Bound
from pytest_nodeleak.evidence.findings import Pinning
from pytest_nodeleak.evidence.occupancy import Curve, OccupancyReading
from pytest_nodeleak.heap.suspects import Suspect

__all__ = ["Watched"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A suspect and what became of it.

    Attributes:
        suspect: Who.
        curve: How it went on.
        bound: The limit it announces.
        readings: How full it was; empty where that cannot be polled.
        newest_keys: The keys of its newest entries, where they were asked for.
        pinning: What small pieces among its entries keep whole; None if there is none,
            or nobody has asked.

    """

    suspect: Suspect
    curve: Curve
    bound: Bound | None
    readings: tuple[OccupancyReading, ...] = ()
    newest_keys: tuple[str, ...] = ()
    pinning: Pinning | None = None
