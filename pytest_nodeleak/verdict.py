"""From a measurement to a verdict; pure, so that limits can be applied after the fact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_nodeleak.findings import Finding
from pytest_nodeleak.measurement import Measurement, WatchedFinding
from pytest_nodeleak.occupancy import Drained, Linear, Plateau, Unclear
from pytest_nodeleak.policy import LeakPolicy
from pytest_nodeleak.units import format_number

__all__ = ["Breach", "Clean", "Inconclusive", "Leak", "OverLimit", "Verdict", "judge"]

# With fewer requests in a window even a leak of one object per request is within chance.
_FEWEST_WINDOW_OBJECTS_PER_REQUEST = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A counter beyond its limit.

    Attributes:
        metric: As in the record, e.g. ``"loop_delay_p99"``.
        value: What was measured.
        limit: What was allowed.
        unit: Of both.

    """

    metric: str
    value: float
    limit: float
    unit: str


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
        detectable_objects: The smallest leak that would have been seen, per request.

    """

    settled: tuple[WatchedFinding, ...]
    detectable_objects: float


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


def judge(measurement: Measurement, policy: LeakPolicy) -> Verdict:
    """Judge a measurement by what was watched and by the limits."""
    leaking = tuple(one for one in measurement.watched if isinstance(one.curve, Linear))
    breaches = tuple(_breaches(measurement, policy))
    if leaking:
        return Leak(findings=leaking, breaches=breaches)
    if breaches:
        blocking = (measurement.blocking,) if measurement.blocking else ()
        return OverLimit(breaches=breaches, findings=blocking)
    if reason := _doubt(measurement, policy):
        unclear = tuple(
            one for one in measurement.watched if isinstance(one.curve, Unclear)
        )
        return Inconclusive(reason=reason, findings=unclear)
    return Clean(
        settled=tuple(
            one
            for one in measurement.watched
            if isinstance(one.curve, Plateau | Drained)
        ),
        detectable_objects=measurement.detectable_objects or 0.0,
    )


def _breaches(measurement: Measurement, policy: LeakPolicy) -> Iterator[Breach]:
    delay = measurement.loop_delay
    for metric, value, limit in (
        ("loop_delay_p50", delay.p50_ms, policy.loop_delay_p50_ms),
        ("loop_delay_p99", delay.p99_ms, policy.loop_delay_p99_ms),
        ("loop_delay_max", delay.max_ms, policy.loop_delay_max_ms),
    ):
        if limit is not None and value > limit:
            yield Breach(metric=metric, value=value, limit=limit, unit="ms")
    for metric, limit, unit in (
        ("external", policy.external_slope_bytes, "B/request"),
        ("listeners", policy.listener_growth, "listeners/request"),
    ):
        rise = measurement.rises.get(metric)
        if limit is not None and rise is not None and not rise.growth <= limit:
            yield Breach(metric=metric, value=rise.growth.value, limit=limit, unit=unit)


def _doubt(measurement: Measurement, policy: LeakPolicy) -> str:
    """Say why the measurement cannot be called clean; empty if it can."""
    for one in measurement.watched:
        if isinstance(one.curve, Unclear):
            return f"{one.finding.title}, but {one.curve.reason}"
    detectable = measurement.detectable_objects
    if detectable is None:
        return (
            "the budget was used up before the heap could be compared; raise"
            " --nodeleak-budget"
        )
    if detectable > _FEWEST_WINDOW_OBJECTS_PER_REQUEST:
        return (
            f"too few requests: only a leak of {detectable:.1f} objects per request"
            " would have been seen; raise requests= or --nodeleak-budget"
        )
    return _doubt_about_slopes(measurement, policy)


def _doubt_about_slopes(measurement: Measurement, policy: LeakPolicy) -> str:
    """Say which limit was not seen to be kept; empty if there is none."""
    for metric, limit in (
        ("heap_used", policy.heap_slope_bytes),
        ("external", policy.external_slope_bytes),
        ("listeners", policy.listener_growth),
    ):
        if limit is not None and metric not in measurement.rises:
            return (
                f"too few readings to tell the growth of {metric}, which has a limit;"
                " raise requests= or --nodeleak-budget"
            )
    heap, limit = measurement.rises.get("heap_used"), policy.heap_slope_bytes
    if limit is not None and heap is not None and not heap.growth <= limit:
        return (
            f"the heap grew by {heap.growth} B/request, beyond the limit of"
            f" {format_number(limit)}, yet no objects pile up: the app may still be"
            " warming up; raise requests="
        )
    return ""
