"""What was measured, as part of the JSON record: slopes, delays, pauses, forecasts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from pytest_nodeleak.evidence.measurement import Measurement, Rise
from pytest_nodeleak.judging.breaches import grown_events
from pytest_nodeleak.judging.counters import COUNTERS
from pytest_nodeleak.judging.forecast import Forecast
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.report.schema import Record

__all__ = ["forecast_record", "forecasts_record", "metrics_record"]


def metrics_record(
    measurement: Measurement | None,
    policy: LeakPolicy | None,
    *,
    rises: Mapping[str, Rise],
) -> Record:
    """Return every metric; what was not measured has None in place of numbers."""
    delay = measurement.loop_delay if measurement else None
    pauses = measurement.gc_pauses if measurement else None
    metrics = {
        counter.name: _slope(
            rises.get(counter.name), getattr(policy, counter.limit) if policy else None
        )
        for counter in COUNTERS
    }
    return {
        **metrics,
        "listeners": {**metrics["listeners"], "by_event": _by_event(measurement)},
        "loop_delay": {
            "p50_ms": delay.p50_ms if delay else None,
            "p99_ms": delay.p99_ms if delay else None,
            "max_ms": delay.max_ms if delay else None,
            "limit_ms": policy.loop_delay_p99_ms if policy else None,
            "waited_share": delay.waited_share if delay else None,
        },
        "gc_pause": {
            "p50_ms": pauses.p50_ms if pauses else None,
            "p99_ms": pauses.p99_ms if pauses else None,
            "max_ms": pauses.max_ms if pauses else None,
            "limit_ms": policy.gc_pause_p99_ms if policy else None,
            "share": pauses.share if pauses else None,
            "share_limit": policy.gc_share if policy else None,
            "by_kind": {kind: asdict(own) for kind, own in pauses.by_kind.items()}
            if pauses
            else {},
        },
    }


def _by_event(measurement: Measurement | None) -> Record:
    """Return the listeners that came per request, by class and event."""
    if measurement is None or not measurement.readings:
        return {}
    return dict(grown_events(measurement.readings[0], measurement.readings[-1]))


def _slope(rise: Rise | None, limit: float | None) -> Record:
    growth = rise.growth if rise else None
    return {
        "slope": _finite(growth.value) if growth else None,
        "low": _finite(growth.low) if growth else None,
        "high": _finite(growth.high) if growth else None,
        "limit": limit,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def forecast_record(first: Forecast | None) -> Record | None:
    """Return the nearest limit, in the words of the first version of the record."""
    if first is None:
        return None
    return {
        "limit_bytes": first.limit,
        "requests_to_limit": first.requests_to_limit,
        "hours_at": [
            {"rps": at.requests_per_s, "hours": at.hours} for at in first.hours_at
        ],
    }


def forecasts_record(forecasts: Sequence[Forecast]) -> list[Record]:
    """Return when each resource that grows reaches its limit."""
    return [_outlook(one) for one in forecasts]


def _outlook(forecast: Forecast) -> Record:
    return {
        "resource": str(forecast.resource),
        "per_request": forecast.per_request,
        "limit": forecast.limit,
        "requests_to_limit": forecast.requests_to_limit,
        "at": [
            {"rps": at.requests_per_s, "hours": at.hours, "per_hour": at.per_hour}
            for at in forecast.hours_at
        ],
    }
