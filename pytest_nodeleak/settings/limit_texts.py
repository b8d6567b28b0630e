"""What pytest is told of the limits a user can set: their names, and a line for each.

Plain texts, since pytest asks for them in every session, also in those that check nothing.
What a limit is read as and applied to is in ``limits``.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["LIMIT_TEXTS", "MARKER_ARGUMENTS"]

LIMIT_TEXTS: Mapping[str, str] = {
    "heap_slope": "highest heap growth per request, e.g. '32 B'",
    "external_slope": (
        "highest growth of memory outside the heap per request, e.g. '1 KB'"
        " (default 64 B)"
    ),
    "array_buffers_slope": "highest growth of ArrayBuffers per request, e.g. '1 KB'",
    "rss_slope": "highest growth of resident memory per request, e.g. '4 KB'",
    "object_growth": (
        "highest number of live objects added per request, e.g. '0.1' (default 0.5)"
    ),
    "listener_growth": (
        "highest number of listeners added per request, e.g. '0' (default 0.02)"
    ),
    "timer_growth": (
        "highest number of timers added per request, e.g. '0' (default 0.02)"
    ),
    "handle_growth": (
        "highest number of handles opened per request, e.g. '0' (default 0.02)"
    ),
    "socket_growth": "highest number of connections opened per request, e.g. '0'",
    "fd_growth": (
        "highest number of file descriptors opened per request, e.g. '0' (default 0.02)"
    ),
    "context_growth": (
        "highest number of JavaScript contexts added per request, e.g. '0'"
        " (default 0.02)"
    ),
    "thread_growth": (
        "highest number of threads started per request, e.g. '0' (default 0.02)"
    ),
    "loop_delay_p50": "highest median event-loop delay under load, e.g. '5 ms'",
    "loop_delay_p99": (
        "highest 99th percentile of the event-loop delay, e.g. '50 ms' (default 200 ms)"
    ),
    "loop_delay_max": "longest single event-loop delay, e.g. '500 ms'",
    "gc_pause_p99": (
        "highest 99th percentile of garbage collection pauses, e.g. '20 ms'"
    ),
    "gc_pause_max": "longest single pause of the garbage collector, e.g. '100 ms'",
    "gc_share": "largest part of the time for garbage collection, e.g. '20 %'",
}
# A marker takes all of them, and what is resolved by the marker's own module.
MARKER_ARGUMENTS = (*LIMIT_TEXTS, "memory_limit", "max_open_files", "budget")
