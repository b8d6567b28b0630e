"""What a benchmark says: a row of ours beside a peer's, measured in turns."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Self, TypeVar

__all__ = ["Measure", "Readings", "Row", "Size", "in_turns"]

T = TypeVar("T")


class Size(Enum):
    """How much is measured."""

    #: What the page shows.
    FULL = "full"
    #: Enough to see that all of it runs, in a few minutes.
    QUICK = "quick"
    #: As little as there is, for tests.
    SMALLEST = "smallest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """One number, read several times.

    Attributes:
        values: In the order they were read.

    """

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("no readings, expected at least one")

    @classmethod
    def of(cls, measured: Iterable[T], reading: Callable[[T], float]) -> Self:
        """Take one reading of each thing that was measured."""
        return cls(values=tuple(map(reading, measured)))

    @property
    def median(self) -> float:
        """The middle one, which a single odd reading does not move."""
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        """The smallest."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The largest."""
        return max(self.values)

    def over(self, others: Readings) -> Readings:
        """Return the ratios, turn by turn, to others that were read in the same turns.

        Where these are not as many as those, the one ratio of the medians.
        """
        if len(self.values) != len(others.values):
            return Readings(values=(self.median / others.median,))
        pairs = zip(self.values, others.values, strict=True)
        return Readings(values=tuple(mine / other for mine, other in pairs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that was measured.

    Attributes:
        what: It, in words.
        unit: Of both sides' readings, e.g. ``"s"``.
        ours: The plugin's.
        peer: Who else did the same, or what ours is held against; empty if nobody.
        theirs: The peer's; None without one.
        note: What else is to be known, e.g. how many answers were right.

    """

    what: str
    unit: str
    ours: Readings
    peer: str = ""
    theirs: Readings | None = None
    note: str = ""

    @property
    def ratio(self) -> Readings | None:
        """Ours over theirs."""
        return None if self.theirs is None else self.ours.over(self.theirs)


#: A benchmark yields its rows as they come, so that what came before a failure is kept.
Measure = Callable[[Size], Iterator[Row]]


def in_turns(
    measures: Mapping[str, Callable[[], T]], *, rounds: int
) -> dict[str, list[T]]:
    """Measure each, ``rounds`` times, every other time in reverse.

    Whatever else the machine does, and whatever gets slower with time, then happens to
    all of them alike.
    """
    measured: dict[str, list[T]] = {name: [] for name in measures}
    for number in range(rounds):
        names = list(measures)
        for name in reversed(names) if number % 2 else names:
            measured[name].append(measures[name]())
    return measured
