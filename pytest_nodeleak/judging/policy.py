"""What a user allows."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_nodeleak.evidence.loop_delay import LoopDelay

__all__ = ["LeakPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakPolicy:
    """Limits of a check; None means that there is none.

    A leak that was confirmed fails whatever the limits: they bound what may grow
    without piling up objects, and how long the event loop may be late.

    Attributes:
        heap_slope_bytes: Heap growth per request.
        external_slope_bytes: Growth of memory outside the heap per request.
        array_buffers_slope_bytes: The part of it that is ArrayBuffers.
        rss_slope_bytes: Growth of what the kernel counts, per request.
        object_growth: Live objects per request, whoever holds them.
        listener_growth: Listeners per request.
        timer_growth: Timers per request.
        handle_growth: Open handles per request: sockets, watchers, processes, ...
        socket_growth: Open connections per request.
        fd_growth: File descriptors per request.
        context_growth: JavaScript contexts per request.
        thread_growth: Threads per request.
        loop_delay_p50_ms: Median delay of the event loop under load.
        loop_delay_p99_ms: Its 99th percentile.
        loop_delay_max_ms: Its maximum.
        gc_pause_p99_ms: 99th percentile of the garbage collector's pauses.
        gc_pause_max_ms: The longest of them.
        gc_share: The part of the load's time that they take, from 0 to 1. None for any,
            unless the heap is nearly full.

    """

    # Bytes on the heap alone prove nothing, and resident memory even less.
    heap_slope_bytes: float | None = None
    external_slope_bytes: float | None = 64.0
    array_buffers_slope_bytes: float | None = None
    rss_slope_bytes: float | None = None
    # A second net: what piles up without a holder that could be named.
    object_growth: float | None = 0.5
    # What is never given back runs out, however rarely it is taken.
    listener_growth: float | None = 0.02
    timer_growth: float | None = 0.02
    handle_growth: float | None = 0.02
    socket_growth: float | None = None
    fd_growth: float | None = 0.02
    context_growth: float | None = 0.02
    thread_growth: float | None = 0.02
    loop_delay_p50_ms: float | None = None
    # Eight requests of 25 ms each, answered one after the other: slow, but no outage.
    loop_delay_p99_ms: float | None = 200.0
    loop_delay_max_ms: float | None = None
    gc_pause_p99_ms: float | None = None
    gc_pause_max_ms: float | None = None
    # Most of the time: a clean route that makes large garbage only comes to a third.
    gc_share: float | None = None

    def is_late(self, delay: LoopDelay) -> bool:
        """Tell whether a limit of the event loop's delay is exceeded by the app's doing."""
        delay = delay.undisturbed
        limits = (
            (delay.p50_ms, self.loop_delay_p50_ms),
            (delay.p99_ms, self.loop_delay_p99_ms),
            (delay.max_ms, self.loop_delay_max_ms),
        )
        return any(limit is not None and value > limit for value, limit in limits)
