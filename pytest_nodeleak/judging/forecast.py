"""When production would die of a leak."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["USUAL_RATES", "Forecast", "HoursAt", "Resource", "extrapolate"]

#: Requests per second that forecasts are made for unless the user knows better.
USUAL_RATES = (10.0, 50.0, 200.0)


class Resource(StrEnum):
    """What is used up; the values are part of the JSON record."""

    HEAP = "heap"
    MEMORY = "memory"
    EXTERNAL = "external"
    FDS = "fds"
    LISTENERS = "listeners"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursAt:
    """What comes of one traffic.

    Attributes:
        requests_per_s: The traffic.
        hours: Until the limit; None where nothing sets one.
        per_hour: What an hour adds.

    """

    requests_per_s: float
    hours: float | None
    per_hour: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How far the limit is for one resource.

    Attributes:
        resource: Which.
        per_request: Bytes, descriptors or listeners that a request adds.
        limit: In the same unit; None where nothing sets one.
        requests_to_limit: From a fresh start; None likewise.
        hours_at: For several traffics, the slowest first.

    """

    resource: Resource
    per_request: float
    limit: int | None
    requests_to_limit: int | None
    hours_at: tuple[HoursAt, ...]

    @property
    def usual(self) -> HoursAt:
        """What comes of the middle one of the traffics."""
        return self.hours_at[len(self.hours_at) // 2]


def extrapolate(
    resource: Resource,
    *,
    per_request: float,
    limit: int | None = None,
    used: float = 0,
    rates: tuple[float, ...] = USUAL_RATES,
) -> Forecast | None:
    """Extrapolate linear growth to a limit; None if nothing grows.

    Args:
        resource: What grows.
        per_request: By how much.
        limit: Where it ends, if anywhere.
        used: What a fresh start takes.
        rates: Traffics in requests per second, at least one.

    """
    if per_request <= 0:
        return None
    requests = None if limit is None else max(0.0, limit - used) / per_request
    return Forecast(
        resource=resource,
        per_request=per_request,
        limit=limit,
        requests_to_limit=None if requests is None else int(requests),
        hours_at=tuple(
            HoursAt(
                requests_per_s=rate,
                hours=None if requests is None else requests / rate / 3600,
                per_hour=per_request * rate * 3600,
            )
            for rate in rates
        ),
    )
