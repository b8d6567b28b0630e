"""From a measurement to a verdict; pure, so that limits can be applied after the fact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import UnionType

from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.evidence.measurement import Measurement, WatchedFinding
from pytest_nodeleak.evidence.occupancy import (
    Curve,
    Drained,
    Linear,
    Plateau,
    Timed,
    Unclear,
)
from pytest_nodeleak.judging.breaches import (
    EXPLAINED_SHARE,
    Breach,
    accounted_for,
    breaches_of,
    explain_breach,
)
from pytest_nodeleak.judging.counters import COUNTERS, is_exceeded
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.load.plan import split_targets
from pytest_nodeleak.units import format_number

__all__ = [
    "FEWEST_OBJECTS_PER_REQUEST",
    "Clean",
    "Inconclusive",
    "Leak",
    "OverLimit",
    "Verdict",
    "judge",
]

# With fewer requests in a window even a leak of one object per request is within chance.
FEWEST_OBJECTS_PER_REQUEST = 0.5
# Of a mix: one object per request of a single route must not go unseen.
_MOST_OF_A_ROUTE = 1.0
# A clean heap still rises by less than this when it has settled.
_WORTH_SAYING_BYTES = 32
_HEAP = next(counter for counter in COUNTERS if counter.name == "heap_used")
_USUAL = LeakPolicy()
_USED_UP = "the budget was used up; raise --nodeleak-budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Something grows with the requests, linearly to the end, and stays."""

    findings: tuple[WatchedFinding, ...]
    breaches: tuple[Breach, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverLimit:
    """Nothing piles up, but a limit is exceeded."""

    breaches: tuple[Breach, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clean:
    """Nothing grows.

    Attributes:
        settled: Suspects that turned out to be bounded.
        timed: What grows with time, not with requests: a background job's doing.
        detectable_objects: The smallest leak that would have been seen, per request.
        uncounted_bytes: Heap growth per request that has no objects, external memory or
            handles behind it, and therefore does not count; 0 if there is none.

    """

    settled: tuple[WatchedFinding, ...]
    timed: tuple[WatchedFinding, ...] = ()
    detectable_objects: float
    uncounted_bytes: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inconclusive:
    """The evidence does not carry an answer.

    Attributes:
        reason: Why, and what would help.
        findings: The suspects in question.

    """

    reason: str
    findings: tuple[WatchedFinding, ...] = ()


Verdict = Leak | OverLimit | Clean | Inconclusive


def judge(
    measurement: Measurement,
    policy: LeakPolicy,
    accepted: Sequence[WatchedFinding] = (),
) -> Verdict:
    """Judge a measurement by what was watched and by the limits.

    Args:
        measurement: What was measured.
        policy: The limits.
        accepted: Those of the suspects that are known leaks. They are not judged, and
            neither is the growth of a counter that they account for.

    """
    if accepted:
        others = tuple(one for one in measurement.watched if one not in accepted)
        measurement = replace(measurement, watched=others)
    leaking = tuple(one for one in measurement.watched if isinstance(one.curve, Linear))
    breaches = breaches_of(measurement, policy, accepted)
    if leaking:
        return Leak(findings=leaking, breaches=_without_usual(breaches))
    if breaches:
        return OverLimit(
            breaches=breaches, findings=tuple(_culprits(breaches, measurement))
        )
    if reason := _doubt(measurement, policy, accepted):
        unclear = _that_are(Unclear, measurement)
        return Inconclusive(reason=reason, findings=unclear)
    return Clean(
        settled=_that_are(Plateau | Drained, measurement),
        timed=_that_are(Timed, measurement),
        detectable_objects=measurement.detectable_objects or 0.0,
        # With a known leak the heap's growth has objects behind it.
        uncounted_bytes=0.0 if accepted else _uncounted_bytes(measurement),
    )


def _that_are(
    kind: type[Curve] | UnionType, measurement: Measurement
) -> tuple[WatchedFinding, ...]:
    return tuple(one for one in measurement.watched if isinstance(one.curve, kind))


def _without_usual(breaches: Sequence[Breach]) -> tuple[Breach, ...]:
    """Leave out counters that grow because of the leak and have no limit of the user's."""
    usual = {counter.name: getattr(_USUAL, counter.limit) for counter in COUNTERS}
    return tuple(
        breach for breach in breaches if usual.get(breach.metric) != breach.limit
    )


def _culprits(
    breaches: Sequence[Breach], measurement: Measurement
) -> Iterator[Finding]:
    if measurement.blocking is not None:
        yield measurement.blocking
    for breach in breaches:
        if not breach.metric.startswith("loop_delay"):
            yield explain_breach(breach, measurement)


def _uncounted_bytes(measurement: Measurement) -> float:
    heap = measurement.rises.get("heap_used")
    if heap is None or heap.last - heap.first <= _HEAP.wanders_by:
        return 0.0
    return heap.growth.value if heap.growth.low >= _WORTH_SAYING_BYTES else 0.0


def _doubt(
    measurement: Measurement, policy: LeakPolicy, accepted: Sequence[WatchedFinding]
) -> str:
    """Say why the measurement cannot be called clean; empty if it can."""
    for one in measurement.watched:
        if isinstance(one.curve, Unclear):
            return f"{one.finding.title}, but {one.curve.reason}"
    detectable = measurement.detectable_objects
    if detectable is None:
        why = measurement.why_not_compared or _USED_UP
        return f"no snapshots were compared: {why}"
    if detectable > FEWEST_OBJECTS_PER_REQUEST:
        return (
            f"too few requests: only a leak of {detectable:.1f} objects per request"
            " would have been seen; raise requests= or --nodeleak-budget"
        )
    routes = len(split_targets(measurement.target))
    if detectable * routes > _MOST_OF_A_ROUTE:
        return (
            f"too few requests for {routes} routes: only a leak of"
            f" {detectable * routes:.1f} objects per request of one of them would have"
            " been seen; mix fewer, or raise requests= or --nodeleak-budget"
        )
    if measurement.unseen:
        return measurement.unseen
    return _doubt_about_slopes(measurement, policy, accepted) or _doubt_about_delays(
        measurement, policy
    )


def _doubt_about_delays(measurement: Measurement, policy: LeakPolicy) -> str:
    """Say which limit of the user's only a machine with a CPU to spare could tell."""
    measured = measurement.loop_delay
    for name, delay_ms in (
        ("loop_delay_p50_ms", measured.p50_ms),
        ("loop_delay_p99_ms", measured.p99_ms),
        ("loop_delay_max_ms", measured.max_ms),
    ):
        limit_ms = getattr(policy, name)
        is_users = limit_ms is not None and limit_ms != getattr(_USUAL, name)
        if is_users and delay_ms > limit_ms:
            return (
                f"the event loop was up to {delay_ms:,.0f} ms late, beyond the limit of"
                f" {format_number(limit_ms)}, but the app waited for a CPU"
                f" {measured.waited_share:.0%} of the time; run it with less beside it"
            )
    return ""


def _doubt_about_slopes(
    measurement: Measurement, policy: LeakPolicy, accepted: Sequence[WatchedFinding]
) -> str:
    """Say which limit was not seen to be kept; empty if there is none."""
    for counter in COUNTERS:
        limit = getattr(policy, counter.limit)
        is_users = limit is not None and limit != getattr(_USUAL, counter.limit)
        if is_users and counter.name not in measurement.rises:
            if any(counter.value(one) is None for one in measurement.readings):
                return (
                    f"the growth of {counter.name}, which has a limit, cannot be read in"
                    " this app; take the limit off, or launch the app on Linux"
                )
            return (
                f"too few readings to tell the growth of {counter.name}, which has a"
                " limit; raise requests= or --nodeleak-budget"
            )
    heap, limit = measurement.rises.get("heap_used"), policy.heap_slope_bytes
    if limit is None or heap is None or not is_exceeded(heap, _HEAP, policy):
        return ""
    known = accounted_for(_HEAP, measurement, accepted)
    if known >= EXPLAINED_SHARE * heap.growth.value:
        return ""
    others = " but the suppressed ones" if accepted else ""
    return (
        f"the heap grew by {heap.growth} B/request, beyond the limit of"
        f" {format_number(limit)}, yet no objects{others} pile up: the app may still be"
        " warming up; raise requests="
    )
