"""What a user allows."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LeakPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakPolicy:
    """Limits of a check; None means that there is none.

    A leak that was confirmed fails whatever the limits: they bound what may grow
    without piling up objects, and how long the event loop may be late.

    Attributes:
        heap_slope_bytes: Heap growth per request.
        external_slope_bytes: Growth of memory outside the heap per request.
        listener_growth: Listeners per request.
        loop_delay_p50_ms: Median delay of the event loop under load.
        loop_delay_p99_ms: Its 99th percentile.
        loop_delay_max_ms: Its maximum.

    """

    heap_slope_bytes: float | None = None
    external_slope_bytes: float | None = None
    listener_growth: float | None = None
    loop_delay_p50_ms: float | None = None
    # Eight requests of 25 ms each, answered one after the other: slow, but no outage.
    loop_delay_p99_ms: float | None = 200.0
    loop_delay_max_ms: float | None = None
