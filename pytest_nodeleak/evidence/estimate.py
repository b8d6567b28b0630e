"""A measured rate with the interval it is known to lie in."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_nodeleak.units import format_number

__all__ = ["Estimate"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimate:
    """A value with a confidence interval, compared by what is *proven*.

    ``estimate <= 64`` is false only when the whole interval lies above 64, so that a
    noisy run never fails on a guess; ``estimate == 0`` holds when 0 is in the interval.

    Attributes:
        value: The best guess.
        low: Lower end of the 95 % interval.
        high: Upper end of it.

    """

    value: float
    low: float
    high: float

    def __le__(self, bound: float) -> bool:
        return not self.low > bound

    def __lt__(self, bound: float) -> bool:
        return not self.low >= bound

    def __ge__(self, bound: float) -> bool:
        return not self.high < bound

    def __gt__(self, bound: float) -> bool:
        return not self.high <= bound

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Estimate):
            mine = (self.value, self.low, self.high)
            return mine == (other.value, other.low, other.high)
        if isinstance(other, int | float):
            return self.low <= other <= self.high
        return NotImplemented

    # An estimate equals many numbers, so it has no hash that agrees with equality.
    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        low, high = format_number(self.low), format_number(self.high)
        return f"{format_number(self.value)} ({low} to {high})"
