"""Baselines: what checks were known to add per request, and what has changed since.

Pure values and their comparison. A rate is worse, or better, only where its interval and
that of the baseline do not meet: whatever differs from run to run is no change.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from pytest_nodeleak.evidence.estimate import Estimate

__all__ = [
    "BYTES",
    "ENTRIES",
    "Baseline",
    "Change",
    "LeakRate",
    "Rates",
    "Status",
    "changes_of",
    "interval_of",
    "merged",
    "node_major",
    "relation_of",
]

T = TypeVar("T")

ENTRIES, BYTES = "entries", "bytes"
# Beside its tolerance, what comes at random varies by the square root of its number.
_SIGMAS = 3


class Status(StrEnum):
    """What became of a rate; the values are part of the JSON record."""

    NEW = "new"
    WORSE = "worse"
    BETTER = "better"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakRate:
    """What a leak adds per request.

    Attributes:
        fingerprint: Its stable name.
        what: The same for people, e.g. ``"collection cache, server.js"``.
        entries: What its holder gains.
        size_bytes: All that stays.

    """

    fingerprint: str
    what: str
    entries: Estimate
    size_bytes: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What a check was seen to add per request, on one major version of Node.js.

    Attributes:
        verdict: As in the record.
        leaks: By fingerprint.
        growth: Of counters that grow beyond what is usually allowed, by name.
        doubtful: Of the others, as far as they were read; not part of a file.
        unclear: Fingerprints of suspects that nothing was proven about; not part of a
            file.
        detectable: The rarest leak that would have been seen; not part of a file.

    """

    verdict: str
    leaks: Mapping[str, LeakRate] = field(default_factory=dict)
    growth: Mapping[str, Estimate] = field(default_factory=dict)
    doubtful: Mapping[str, Estimate] = field(default_factory=dict)
    unclear: Collection[str] = ()
    detectable: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A file of rates.

    Attributes:
        name: As the user calls it.
        checks: By the check's id, and by Node's major version.

    """

    name: str
    checks: Mapping[str, Mapping[int, Rates]] = field(default_factory=dict)

    @property
    def majors(self) -> tuple[int, ...]:
        """The versions of Node.js that it has anything on."""
        return tuple(sorted({major for by in self.checks.values() for major in by}))

    def rates_of(self, check_id: str, major: int) -> Rates | None:
        """Return what it has on a check; None if it is new."""
        return self.checks.get(check_id, {}).get(major)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A rate that is not what it was.

    Attributes:
        status: What became of it.
        key: The leak's fingerprint, or the counter's name.
        what: The leak for people, or the counter's name again.
        metric: ``"entries"`` or ``"bytes"`` of a leak, or the counter's name.
        before: The rate in the baseline; None if it has none.
        after: The rate now; None if there is none any more.

    """

    status: Status
    key: str
    what: str
    metric: str
    before: Estimate | None
    after: Estimate | None

    @property
    def is_worse(self) -> bool:
        """Whether it is a reason to fail."""
        return self.status in {Status.NEW, Status.WORSE}


def node_major(version: str) -> int:
    """Return the major version of e.g. ``"v24.3.0"``."""
    return int(version.removeprefix("v").partition(".")[0])


def interval_of(
    value: float, *, number: float, tolerance: float, slack: float = 0.0
) -> Estimate:
    """Return a rate with the interval that it lies in from run to run.

    Args:
        value: What was measured; never negative.
        number: How many were counted, if they come by chance; 0 if that is not known.
        tolerance: The part of it that it may differ by however many are counted.
        slack: By how much it may differ beyond that.

    """
    chance = min(1.0, _SIGMAS / math.sqrt(number)) if number > 0 else 1.0
    spread = value * max(tolerance, chance) + slack
    return Estimate(value=value, low=max(0.0, value - spread), high=value + spread)


def changes_of(before: Rates, after: Rates) -> tuple[Change, ...]:
    """Return what is not as it was, what is worse first.

    What is not there any more is told only where it would have been seen.
    """
    found = [*_of_leaks(before, after), *_of_growth(before, after)]
    return tuple(sorted(found, key=lambda change: not change.is_worse))


def merged(before: Rates | None, after: Rates) -> Rates:
    """Return what to save: new numbers for what has changed, else those that stand.

    So a file that is saved again shows a reviewer what has changed, and nothing that only
    differs from run to run.
    """
    if before is None:
        return replace(after, doubtful={}, unclear=(), detectable=0.0)
    changed = {change.key for change in changes_of(before, after)}
    return Rates(
        verdict=after.verdict,
        leaks=_updated(before.leaks, after.leaks, changed),
        growth=_updated(before.growth, after.growth, changed),
    )


def _updated(
    before: Mapping[str, T], after: Mapping[str, T], changed: Collection[str]
) -> Mapping[str, T]:
    standing = {key: rate for key, rate in before.items() if key not in changed}
    return {**standing, **{key: after[key] for key in after if key in changed}}


def _of_leaks(before: Rates, after: Rates) -> Iterator[Change]:
    for key in sorted({*before.leaks, *after.leaks}):
        old, new = before.leaks.get(key), after.leaks.get(key)
        if old is None and new is not None:
            yield _of_leak(Status.NEW, ENTRIES, None, new)
        elif new is None and old is not None:
            if old.entries.value >= after.detectable and key not in after.unclear:
                yield _of_leak(Status.GONE, ENTRIES, old, None)
        elif old is not None and new is not None:
            yield from _of_known_leak(old, new)


def _of_known_leak(old: LeakRate, new: LeakRate) -> Iterator[Change]:
    relations = {
        ENTRIES: relation_of(old.entries, new.entries),
        BYTES: relation_of(old.size_bytes, new.size_bytes),
    }
    for status in (Status.WORSE, Status.BETTER):
        for metric, relation in relations.items():
            if relation is status:
                yield _of_leak(status, metric, old, new)
                return


def _of_leak(
    status: Status, metric: str, old: LeakRate | None, new: LeakRate | None
) -> Change:
    either = new or old
    assert either is not None  # noqa: S101  # no caller has neither
    return Change(
        status=status,
        key=either.fingerprint,
        what=either.what,
        metric=metric,
        before=_rate(old, metric),
        after=_rate(new, metric),
    )


def _rate(leak: LeakRate | None, metric: str) -> Estimate | None:
    if leak is None:
        return None
    return leak.entries if metric == ENTRIES else leak.size_bytes


def _of_growth(before: Rates, after: Rates) -> Iterator[Change]:
    for name in sorted({*before.growth, *after.growth}):
        old = before.growth.get(name)
        new = after.growth.get(name, after.doubtful.get(name))
        status: Status | None = None
        if old is None:
            status = Status.NEW
        elif new is not None:
            status = relation_of(old, new)
            if status is Status.BETTER and name not in after.growth:
                status = Status.GONE
        if status is not None:
            yield Change(
                status=status,
                key=name,
                what=name,
                metric=name,
                before=old,
                after=None if status is Status.GONE else new,
            )


def relation_of(old: Estimate, new: Estimate) -> Status | None:
    """Tell whether a rate is worse or better than it was; None if it may be the same."""
    if new.low > old.high:
        return Status.WORSE
    return Status.BETTER if new.high < old.low else None
