"""How much of a counter's growth a known leak accounts for.

What is known of a leak are its objects by class: a Map of sessions that each keep a socket
is why sockets grow, but not why timers do.
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.heap.kinds import Kind

__all__ = ["account_of"]

_SOCKETS = {"TCP": 1.0, "TLSWrap": 1.0, "Pipe": 1.0, "UDP": 1.0}
_HANDLES = {
    **_SOCKETS,
    "TTY": 1.0,
    "FSEvent": 1.0,
    "StatWatcher": 1.0,
    "FileHandle": 1.0,
    "Process": 1.0,
    "MessagePort": 1.0,
    "Worker": 1.0,
}
# What one object of a class takes of each. A worker's event loop has several descriptors
# of its own.
_TAKES: Mapping[str, Mapping[str, float]] = {
    "timers": {"Timeout": 1.0, "Immediate": 1.0},
    "handles": _HANDLES,
    "sockets": _SOCKETS,
    "fds": {**_HANDLES, "Worker": 8.0},
    "threads": {"Worker": 1.0},
}
# What an entry takes of a Map's table, half of which is empty after it has grown.
_TABLE_BYTES = 32
_KINDS = {
    "listeners": Kind.LISTENER,
    "timers": Kind.TIMER,
    "handles": Kind.HANDLE,
    "sockets": Kind.HANDLE,
    "fds": Kind.HANDLE,
    "contexts": Kind.CONTEXT,
}


def account_of(
    finding: Finding, counter: str, *, grown_events: Mapping[str, float]
) -> float:
    """Return how much of a counter one request adds by a leak.

    Args:
        finding: The leak.
        counter: As in the JSON record.
        grown_events: Listeners that came per request, by class and event.

    """
    match counter:
        case "heap_used":
            on_heap = finding.bytes_per_request - finding.external_bytes_per_request
            return on_heap + _TABLE_BYTES * finding.entries_per_request
        case "external" | "array_buffers":
            return finding.external_bytes_per_request
        case "rss":
            return finding.bytes_per_request
        case "objects":
            return finding.objects_per_request
        case "listeners":
            objects = _listeners_on(finding, grown_events)
        case _:
            objects = _taken(finding, _TAKES.get(counter, {}))
    is_of_kind = _KINDS.get(counter) is finding.kind
    if counter == "sockets" and _taken(finding, _HANDLES) > objects:
        # It says itself that it is of other handles, such as file watchers.
        is_of_kind = False
    return max(objects, finding.entries_per_request if is_of_kind else 0.0)


def _taken(finding: Finding, by_class: Mapping[str, float]) -> float:
    return sum(
        per_request * by_class.get(label, 0.0)
        for label, per_request in finding.constructors
    )


def _listeners_on(finding: Finding, grown_events: Mapping[str, float]) -> float:
    """Return the listeners that came to emitters of the classes that pile up."""
    classes = {label for label, _ in finding.constructors}
    return sum(
        per_request
        for name, per_request in grown_events.items()
        if name.partition(" ")[0] in classes
    )
