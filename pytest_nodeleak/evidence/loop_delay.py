"""How late the event loop was: histograms of several rounds as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

__all__ = ["DelayHistogram", "LoopDelay", "pool_delays"]

# Below this a share of waiting hardly shows in a delay.
_WORTH_COUNTING = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayHistogram:
    """One round, as Node's histogram tells it.

    Attributes:
        count: How often the loop was looked at.
        idle: How many of these were before the load, on time therefore.
        percentiles: Percents, ascending, with the delay in milliseconds.

    """

    count: int
    percentiles: tuple[tuple[float, float], ...]
    idle: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopDelay:
    """How late the event loop was while the load ran.

    Attributes:
        p50_ms: The median, in milliseconds.
        p99_ms: The 99th percentile.
        max_ms: The worst.
        count: How often it was looked at.
        waited_share: The part of the load's time, from 0 to 1, in which the app's main
            thread could have run but other processes had the CPU; 0 where unknown.

    """

    p50_ms: float
    p99_ms: float
    max_ms: float
    count: int
    waited_share: float = 0.0

    @property
    def undisturbed(self) -> LoopDelay:
        """What the delay had been on a machine with a CPU to spare for the app.

        A thread that runs half of the time takes twice as long for everything.
        """
        if self.waited_share < _WORTH_COUNTING:
            return self
        ran = 1 - self.waited_share
        return replace(
            self,
            p50_ms=ran * self.p50_ms,
            p99_ms=ran * self.p99_ms,
            max_ms=ran * self.max_ms,
            waited_share=0.0,
        )

    @property
    def p50(self) -> float:
        """The median, in milliseconds."""
        return self.p50_ms

    @property
    def p99(self) -> float:
        """The 99th percentile, in milliseconds."""
        return self.p99_ms

    @property
    def max(self) -> float:
        """The worst, in milliseconds."""
        return self.max_ms


def pool_delays(
    rounds: Sequence[DelayHistogram], *, waited_share: float = 0.0
) -> LoopDelay:
    """Return the percentiles of all rounds together.

    Between two of its percentiles a round's readings are taken to be at the upper one,
    so that no delay is understated.

    Args:
        rounds: In any order.
        waited_share: The part of their time that the app waited for a CPU.

    """
    masses = sorted(mass for one in rounds for mass in _masses(one))
    total = sum(mass for _, mass in masses)
    return LoopDelay(
        p50_ms=_quantile(masses, 0.50 * total),
        p99_ms=_quantile(masses, 0.99 * total),
        max_ms=masses[-1][0] if masses else 0.0,
        count=sum(one.count - one.idle for one in rounds),
        waited_share=waited_share,
    )


def _masses(one: DelayHistogram) -> Iterator[tuple[float, float]]:
    """Yield delays with how often they were seen, without those before the load."""
    below, idle = 0.0, float(one.idle)
    for percent, delay_ms in sorted(one.percentiles):
        seen = (percent - below) / 100 * one.count
        below = percent
        yield delay_ms, max(0.0, seen - idle)
        idle = max(0.0, idle - seen)


def _quantile(masses: Sequence[tuple[float, float]], wanted: float) -> float:
    passed = 0.0
    for delay_ms, mass in masses:
        passed += mass
        if passed >= wanted:
            return delay_ms
    return masses[-1][0] if masses else 0.0
