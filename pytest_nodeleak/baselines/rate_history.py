"""How the rates of checks went from one baseline to the next. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pytest_nodeleak.baselines.baseline import (
    BYTES,
    ENTRIES,
    Baseline,
    Rates,
    Status,
    relation_of,
)
from pytest_nodeleak.evidence.estimate import Estimate

__all__ = ["CheckHistory", "History", "Series", "history_of"]

_NOTHING = Estimate(value=0.0, low=0.0, high=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One rate in all baselines.

    Attributes:
        key: The leak's fingerprint, or the counter's name.
        what: The leak for people, or the counter's name again.
        metric: ``"entries"`` or ``"bytes"`` of a leak, or the counter's name.
        rates: In the baselines' order; 0 where the check adds nothing, None where the
            baseline does not have the check.

    """

    key: str
    what: str
    metric: str
    rates: tuple[Estimate | None, ...]

    @property
    def first(self) -> Estimate:
        """The oldest one that is known."""
        return next(rate for rate in self.rates if rate is not None)

    @property
    def last(self) -> Estimate:
        """The newest one that is known."""
        return next(rate for rate in reversed(self.rates) if rate is not None)

    @property
    def status(self) -> Status | None:
        """What became of it from the first to the last; None if it is as before."""
        if self.first.value == self.last.value:
            return None
        if self.first.value == 0:
            return Status.NEW
        if self.last.value == 0:
            return Status.GONE
        return relation_of(self.first, self.last)

    @property
    def change(self) -> float | None:
        """By which part of the first it changed; None if that was 0."""
        if self.first.value == 0:
            return None
        return self.last.value / self.first.value - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckHistory:
    """All rates of a check on one version of Node.js.

    Attributes:
        check_id: The check.
        major: Node's major version.
        is_in: Which of the baselines have it.
        series: Its rates; none if it never added anything.

    """

    check_id: str
    major: int
    is_in: tuple[bool, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Several baselines, the oldest first.

    Attributes:
        labels: What they are called.
        checks: In the order of their ids.

    """

    labels: tuple[str, ...]
    checks: tuple[CheckHistory, ...] = field(default=())


def history_of(baselines: Sequence[Baseline], labels: Sequence[str]) -> History:
    """Join baselines.

    Args:
        baselines: The oldest first.
        labels: What they are called.

    """
    keys = {
        (check_id, major)
        for baseline in baselines
        for check_id, by_major in baseline.checks.items()
        for major in by_major
    }
    checks = []
    for check_id, major in sorted(keys):
        known = [baseline.rates_of(check_id, major) for baseline in baselines]
        checks.append(
            CheckHistory(
                check_id=check_id,
                major=major,
                is_in=tuple(rates is not None for rates in known),
                series=tuple(_series(known)),
            )
        )
    return History(labels=tuple(labels), checks=tuple(checks))


def _series(known: Sequence[Rates | None]) -> Iterator[Series]:
    # A leak is called what it was called last.
    leaks = {
        key: leak.what for rates in known if rates for key, leak in rates.leaks.items()
    }
    for key, what in sorted(leaks.items(), key=lambda one: (one[1], one[0])):
        for metric in (ENTRIES, BYTES):
            yield Series(
                key=key,
                what=what,
                metric=metric,
                rates=tuple(_of_leak(rates, key, metric) for rates in known),
            )
    for name in sorted({name for rates in known if rates for name in rates.growth}):
        yield Series(
            key=name,
            what=name,
            metric=name,
            rates=tuple(
                None if rates is None else rates.growth.get(name, _NOTHING)
                for rates in known
            ),
        )


def _of_leak(rates: Rates | None, key: str, metric: str) -> Estimate | None:
    if rates is None:
        return None
    leak = rates.leaks.get(key)
    if leak is None:
        return _NOTHING
    return leak.entries if metric == ENTRIES else leak.size_bytes
