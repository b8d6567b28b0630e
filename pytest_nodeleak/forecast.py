"""When production would die of a leak."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Forecast", "HoursAt", "forecast"]

_USUAL_REQUESTS_PER_S = (10.0, 50.0, 200.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursAt:
    """Hours until the limit at one traffic."""

    requests_per_s: float
    hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How far the limit is.

    Attributes:
        limit_bytes: The limit that is reached first.
        requests_to_limit: From a fresh start.
        hours_at: For several traffics.

    """

    limit_bytes: int
    requests_to_limit: int
    hours_at: tuple[HoursAt, ...]


def forecast(
    *, used_bytes: float, bytes_per_request: float, limit_bytes: int
) -> Forecast | None:
    """Extrapolate a linear leak to the limit; None if nothing grows."""
    if bytes_per_request <= 0:
        return None
    requests = max(0.0, limit_bytes - used_bytes) / bytes_per_request
    return Forecast(
        limit_bytes=limit_bytes,
        requests_to_limit=int(requests),
        hours_at=tuple(
            HoursAt(requests_per_s=rate, hours=requests / rate / 3600)
            for rate in _USUAL_REQUESTS_PER_S
        ),
    )
