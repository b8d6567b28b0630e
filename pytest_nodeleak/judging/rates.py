"""What a check adds per request, and how far that differs from run to run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pytest_nodeleak.baselines.baseline import LeakRate, Rates, interval_of
from pytest_nodeleak.evidence.estimate import Estimate
from pytest_nodeleak.evidence.fingerprint import steady_name
from pytest_nodeleak.evidence.measurement import Measurement, WatchedFinding
from pytest_nodeleak.evidence.occupancy import Linear, Unclear
from pytest_nodeleak.judging.breaches import EXPLAINED_SHARE, accounted_for, breaches_of
from pytest_nodeleak.judging.counters import COUNTERS
from pytest_nodeleak.judging.policy import LeakPolicy

__all__ = ["rates_of"]

_ENTRIES_TOLERANCE, _BYTES_TOLERANCE, _GROWTH_TOLERANCE = 0.05, 0.1, 0.1
# So near to a whole number per request, every request adds as many.
_WHOLE = 0.02
# A Map's or an array's table has up to twice the slots that it needs, and grows in leaps:
# whether one of these falls into a window is chance.
_TABLE_BYTES = 32
_USUAL = LeakPolicy()
_LIMIT_OF = {counter.name: counter.limit for counter in COUNTERS}


def rates_of(
    measurement: Measurement, policy: LeakPolicy, *, verdict: str = ""
) -> Rates:
    """Return what a check adds per request.

    Args:
        measurement: What was measured.
        policy: The limits; of a counter whose limit is raised, the usual one counts.
        verdict: The check's.

    """
    rises = measurement.rises
    leaking = [one for one in measurement.watched if _is_noted(one)]
    usual = _usual_at_most(policy)
    growing = {breach.metric for breach in breaches_of(measurement, usual)}
    # Whether a few readings prove it is chance; that a leak makes it grow is not.
    growing |= {*_grown_by(leaking, measurement, usual)}
    return Rates(
        verdict=verdict,
        leaks=_leaks(leaking),
        growth={
            name: _steadied(name, rises[name].growth)
            for name in rises
            if name in growing
        },
        doubtful={name: rises[name].growth for name in rises if name not in growing},
        unclear=frozenset(
            one.finding.fingerprint
            for one in measurement.watched
            if isinstance(one.curve, Unclear)
        ),
        detectable=measurement.detectable_objects or math.inf,
    )


def _steadied(name: str, growth: Estimate) -> Estimate:
    """Return a growth with the interval that it lies in from run to run.

    That of its readings is of one run only, and of a handful of them it may have no end.
    """
    spread = max(growth.value - growth.low, _GROWTH_TOLERANCE * growth.value)
    if math.isfinite(growth.high):
        spread = max(spread, growth.high - growth.value)
    # Less than is usually allowed makes no difference either.
    spread += (getattr(_USUAL, _LIMIT_OF[name]) or 0.0) / 2
    return Estimate(
        value=growth.value, low=growth.value - spread, high=growth.value + spread
    )


def _usual_at_most(policy: LeakPolicy) -> LeakPolicy:
    """Return a policy with the usual limits in place of those that allow more."""
    limits = {}
    for name in _LIMIT_OF.values():
        own, usual = getattr(policy, name), getattr(_USUAL, name)
        known = [limit for limit in (own, usual) if limit is not None]
        limits[name] = min(known, default=None)
    return replace(policy, **limits)


def _is_noted(watched: WatchedFinding) -> bool:
    """Tell what leaks, and of what may leak that of which every request adds as much."""
    match watched.curve:
        case Linear():
            return bool(watched.finding.fingerprint)
        case Unclear():
            is_steady = _is_whole(watched.finding.entries_per_request)
            return bool(watched.finding.fingerprint) and is_steady
        case _:
            return False


def _is_whole(entries: float) -> bool:
    return entries > _WHOLE and abs(entries - round(entries)) <= _WHOLE


def _grown_by(
    leaking: Sequence[WatchedFinding], measurement: Measurement, policy: LeakPolicy
) -> Iterator[str]:
    """Yield the counters that leaks make grow beyond their limits."""
    for counter in COUNTERS:
        rise, limit = (
            measurement.rises.get(counter.name),
            getattr(policy, counter.limit),
        )
        if rise is None or limit is None or rise.growth.value <= limit:
            continue
        known = accounted_for(counter, measurement, leaking)
        # The heap is compared by what leaks alone.
        is_known = known >= EXPLAINED_SHARE * rise.growth.value
        if is_known and counter.name != "heap_used":
            yield counter.name


def _leaks(leaking: Sequence[WatchedFinding]) -> Mapping[str, LeakRate]:
    """Return the rates of leaks by fingerprint."""
    leaks: dict[str, LeakRate] = {}
    for one in leaking:
        rate = _leak(one)
        same = leaks.get(rate.fingerprint)
        leaks[rate.fingerprint] = _added(same, rate) if same else rate
    return leaks


def _leak(watched: WatchedFinding) -> LeakRate:
    finding, curve = watched.finding, watched.curve
    counted = finding.counted_over
    pushed = counted
    if isinstance(curve, Linear) and curve.per_request is not None:
        pushed = curve.requests
    entries = finding.entries_per_request
    is_whole = _is_whole(entries)
    return LeakRate(
        fingerprint=finding.fingerprint,
        what=_what(watched),
        entries=interval_of(
            entries,
            number=math.inf if is_whole else entries * pushed,
            tolerance=_ENTRIES_TOLERANCE,
        ),
        size_bytes=interval_of(
            finding.bytes_per_request,
            number=math.inf if is_whole else entries * counted,
            tolerance=_BYTES_TOLERANCE,
            slack=_TABLE_BYTES * entries,
        ),
    )


def _what(watched: WatchedFinding) -> str:
    """Name a leak without what differs between two runs, such as lines and ids."""
    finding = watched.finding
    holder = finding.holder
    if holder is None:
        return str(finding.kind)
    where = f", {holder.place.file}" if holder.place else ""
    if holder.package:
        where = f", package {holder.package}"
    return f"{finding.kind} {steady_name(holder.name)}{where}"


def _added(one: LeakRate, other: LeakRate) -> LeakRate:
    return replace(
        one,
        entries=_sum(one.entries, other.entries),
        size_bytes=_sum(one.size_bytes, other.size_bytes),
    )


def _sum(one: Estimate, other: Estimate) -> Estimate:
    return Estimate(
        value=one.value + other.value,
        low=one.low + other.low,
        high=one.high + other.high,
    )
