"""Judging against a baseline: what is known may stay, and must not get worse.

Leaks are compared by their fingerprints. Counters that have a limit, the usual one or one
of the user's, are compared by their slopes: one that was beyond it is held to what it was,
one that was not is held to the usual limit, however much the user allows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from pytest_nodeleak.baselines.baseline import (
    Baseline,
    Change,
    LeakRate,
    Rates,
    changes_of,
    node_major,
)
from pytest_nodeleak.evidence.measurement import Measurement, WatchedFinding
from pytest_nodeleak.evidence.occupancy import Linear, Unclear
from pytest_nodeleak.judging.breaches import Breach, breaches_of, explain_breach
from pytest_nodeleak.judging.counters import COUNTERS
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.judging.verdict import (
    FEWEST_OBJECTS_PER_REQUEST,
    Clean,
    Inconclusive,
    Leak,
    OverLimit,
    Verdict,
    judge,
)

__all__ = [
    "Known",
    "Reference",
    "Worsened",
    "changes_against",
    "judge_against",
    "rule_by",
]

_USUAL = LeakPolicy()
# What would be seen has to be less: most leaks add this much.
_ONE_PER_REQUEST = 1.0
_NO_LIMITS = LeakPolicy(**{one.name: None for one in fields(LeakPolicy)})
_LIMIT_OF = {counter.name: counter.limit for counter in COUNTERS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a check is compared with.

    Attributes:
        name: The baseline's.
        major: The version of Node.js that the check ran on.
        rates: What the baseline has on it; None if the check is new to it.
        knows_major: Whether it has anything on this version.

    """

    name: str
    major: int
    rates: Rates | None
    knows_major: bool = True

    @classmethod
    def to(cls, baseline: Baseline, check_id: str, node_version: str) -> Reference:
        """Return what a baseline has on a check."""
        major = node_major(node_version)
        return cls(
            name=baseline.name,
            major=major,
            rates=baseline.rates_of(check_id, major),
            knows_major=major in baseline.majors,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The baseline has the leak, and it is no worse."""

    name: str
    before: LeakRate


@dataclass(frozen=True, slots=True, kw_only=True)
class Worsened:
    """The baseline has the leak, but it adds more now."""

    name: str
    change: Change


def rule_by(
    reference: Reference, watched: WatchedFinding, measured: Rates
) -> Known | Worsened | None:
    """Tell whether a suspect is in the baseline; None if it is not, or leaks nothing."""
    key = watched.finding.fingerprint
    if reference.rates is None or not isinstance(watched.curve, Linear | Unclear):
        return None
    before = reference.rates.leaks.get(key)
    if before is None or not key:
        return None
    for change in changes_of(reference.rates, measured):
        if change.key == key and change.is_worse:
            return Worsened(name=reference.name, change=change)
    return Known(name=reference.name, before=before)


def judge_against(
    measurement: Measurement,
    policy: LeakPolicy,
    accepted: Sequence[WatchedFinding],
    reference: Reference,
) -> Verdict:
    """Judge a measurement by what has become worse, and by the limits of all else.

    Args:
        measurement: What was measured.
        policy: The limits.
        accepted: The suspects that are known, and no worse.
        reference: What it is compared with.

    """
    if reference.rates is None:
        return judge(measurement, policy, accepted)
    worse = tuple(_worse(measurement, policy, accepted, reference))
    kept = {breach.metric for breach in worse}
    known = {
        _LIMIT_OF[name]: None
        for name in reference.rates.growth
        if name in _LIMIT_OF and name not in kept
    }
    sighted = _as_sighted_as_before(measurement, accepted, reference.rates)
    verdict = judge(sighted, replace(policy, **known), accepted)
    return _with(verdict, worse, measurement) if worse else verdict


def _as_sighted_as_before(
    measurement: Measurement, accepted: Sequence[WatchedFinding], rates: Rates
) -> Measurement:
    """Return a measurement that may be called clean beside a known leak.

    A fast leak leaves room for few requests, when the baseline is saved as well as now: it
    could never pass if others had to be looked for as closely as without it.
    """
    known = any(one.finding.fingerprint in rates.leaks for one in accepted)
    detectable = measurement.detectable_objects
    if not known or detectable is None or detectable >= _ONE_PER_REQUEST:
        return measurement
    least = min(detectable, FEWEST_OBJECTS_PER_REQUEST)
    return replace(measurement, detectable_objects=least)


def _worse(
    measurement: Measurement,
    policy: LeakPolicy,
    accepted: Sequence[WatchedFinding],
    reference: Reference,
) -> Iterator[Breach]:
    """Yield the counters that are proven to grow faster, and for good."""
    bounds = _bounds(policy, reference)
    at_most = replace(_NO_LIMITS, **{_LIMIT_OF[name]: bounds[name] for name in bounds})
    for breach in breaches_of(measurement, at_most, accepted):
        # What may yet be let go of is no proof.
        if (
            breach.metric in bounds
            and measurement.rises[breach.metric].kept is not None
        ):
            yield replace(breach, allowed_by=f"baseline {reference.name}: at most")


def _bounds(policy: LeakPolicy, reference: Reference) -> Mapping[str, float]:
    """Return how fast counters may grow, where that is not what the policy says."""
    known = reference.rates.growth if reference.rates else {}
    bounds = {name: known[name].high for name in known if name in _LIMIT_OF}
    for name, field in _LIMIT_OF.items():
        own, usual = getattr(policy, field), getattr(_USUAL, field)
        if name not in known and None not in {own, usual} and own > usual:
            bounds[name] = usual
    return bounds


def _with(
    verdict: Verdict, worse: tuple[Breach, ...], measurement: Measurement
) -> Verdict:
    explained = tuple(explain_breach(one, measurement) for one in worse)
    match verdict:
        case Leak(breaches=others):
            return replace(verdict, breaches=_joined(worse, others))
        case OverLimit(breaches=others, findings=findings):
            return replace(
                verdict,
                breaches=_joined(worse, others),
                findings=tuple(dict.fromkeys((*explained, *findings))),
            )
        case Clean() | Inconclusive():
            return OverLimit(breaches=worse, findings=explained)


def _joined(worse: Sequence[Breach], others: Sequence[Breach]) -> tuple[Breach, ...]:
    metrics = {breach.metric for breach in worse}
    return (*worse, *(one for one in others if one.metric not in metrics))


def changes_against(
    reference: Reference, measured: Rates, left: Verdict, *, listed: Collection[str]
) -> tuple[Change, ...]:
    """Return what has changed since the baseline, as far as it was judged.

    Args:
        reference: What a check is compared with.
        measured: What it adds now.
        left: The judgement by the baseline.
        listed: Fingerprints that a suppressions file decides about.

    """
    if reference.rates is None or isinstance(left, Inconclusive):
        # Nothing was proven to be there, or not to be.
        return ()
    judged: set[str] = set()
    if isinstance(left, Leak | OverLimit):
        judged |= {breach.metric for breach in left.breaches}
    if isinstance(left, Leak):
        judged |= {one.finding.fingerprint for one in left.findings} - {*listed}
    return tuple(
        change
        for change in changes_of(reference.rates, measured)
        if change.key in judged or not change.is_worse
    )
