"""What a leak means for production, as rows of a report."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.forecast import Forecast, Resource
from pytest_nodeleak.report.culprit import row
from pytest_nodeleak.units import MIB, format_bytes, format_duration, format_mib

__all__ = ["outlook_rows"]

# What of an object lies outside the heap is its own news from here on; less goes unsaid.
_EXTERNAL_WORTH_SAYING_BYTES = 64
_LABEL = "production"


def outlook_rows(check: Check) -> Iterator[str]:
    """Say when each resource that leaks is used up, at the usual traffic."""
    by_resource = {one.resource: one for one in check.forecasts}
    external = by_resource.get(Resource.EXTERNAL)
    mostly_outside = (
        external is not None and external.per_request > _EXTERNAL_WORTH_SAYING_BYTES
    )
    if mostly_outside:
        # The heap's own limit is far away then.
        by_resource.pop(Resource.HEAP, None)
    if not mostly_outside or Resource.MEMORY in by_resource:
        by_resource.pop(Resource.EXTERNAL, None)
    for forecast in by_resource.values():
        yield row(
            _LABEL,
            f"at {forecast.usual.requests_per_s:,.0f} req/s {_prospect(forecast)}",
        )


def _prospect(forecast: Forecast) -> str:
    after = _after(forecast)
    per_hour = forecast.usual.per_hour
    limit = forecast.limit or 0
    match forecast.resource:
        case Resource.HEAP:
            return f"the {limit / MIB:,.0f} MB heap limit is reached {after}"
        case Resource.MEMORY:
            return (
                f"the {format_mib(limit)} memory limit is reached {after}: the"
                " kernel kills the process then (137)"
            )
        case Resource.EXTERNAL:
            return (
                f"memory outside the heap grows by {format_bytes(per_hour)}/hour, until"
                " the container or the machine kills the process"
            )
        case Resource.FDS if forecast.limit:
            return f"EMFILE: all {limit:,} file descriptors are open {after}"
        case Resource.FDS:
            return f"{per_hour:,.0f} more file descriptors are open each hour"
        case Resource.LISTENERS:
            return (
                f"{per_hour:,.0f} more listeners each hour, all called by every event"
            )


def _after(forecast: Forecast) -> str:
    """Say when, and when at the other traffics."""
    others = ", ".join(
        f"{format_duration(at.hours * 3600)} at {at.requests_per_s:,.0f}"
        for at in forecast.hours_at
        if at != forecast.usual and at.hours is not None
    )
    hours = forecast.usual.hours or 0.0
    return f"after {format_duration(hours * 3600)}" + (f" ({others})" if others else "")
