"""What an app takes beside its load, to tell whether it fits into a container."""

from __future__ import annotations

import re

from pytest_nodeleak.capacity.fitting import Fit, Footprint
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endings.trail import StartUp
from pytest_nodeleak.evidence.memory import MemoryReading
from pytest_nodeleak.inspection.sampler import Sampler
from pytest_nodeleak.load.plan import require_positive
from pytest_nodeleak.nodejs.flags import has_flag
from pytest_nodeleak.nodejs.observed import ObservedApp
from pytest_nodeleak.settings.given import parse_given
from pytest_nodeleak.units import memory_size, parse_bytes

__all__ = ["fit_below_limit", "fit_into", "footprint_of"]

_SOURCE = "assert_fits()"
_CONNECT_S = 10.0
_SETTLE_S = 30.0
# With one of these the limit is not made of the old space and V8's own young generation.
_OTHER_LIMITS = (
    "--max-heap-size",
    "--max-old-space-size-percentage",
    "--max-semi-space-size",
)


def fit_into(
    app: ObservedApp,
    memory: str,
    *,
    workers: int | None = None,
    external: str | None = None,
    reserved: str | None = None,
) -> Fit:
    """Add up what so many processes of an app may need of a memory.

    Args:
        app: Idle, as one of them.
        memory: Of the container or the machine, e.g. ``"512 MiB"``.
        workers: How many processes there will be; 1 if None.
        external: What Buffers take outside of each heap at the peak; what they take now
            if None.
        reserved: What the system and others take of the memory; nothing if None.

    Raises:
        InvalidSetting: If an argument cannot be used.

    """
    memory_bytes = parse_given("memory", memory, memory_size, source=_SOURCE)
    external_bytes = None if external is None else _size("external=", external)
    reserved_bytes = 0 if reserved is None else _size("reserved=", reserved)
    require_positive("workers=", workers, source=_SOURCE)
    connecting = Deadline(_CONNECT_S)
    app.raise_if_exited(stage="idle")
    with (
        InspectorClient.open(app.inspector_url, connecting) as client,
        Sampler(client, app.pid, connecting) as sampler,
    ):
        settling = Deadline(_SETTLE_S)
        sampler.settle(settling)
        footprint = footprint_of(
            sampler.start(settling),
            sampler.read_memory(requests=0, deadline=settling),
            shared_bytes=sampler.shared_bytes(settling),
            node_version=app.node_version,
        )
    return Fit.of(
        footprint,
        memory_bytes=memory_bytes,
        processes=workers or 1,
        external_bytes=external_bytes,
        reserved_bytes=reserved_bytes,
    )


def fit_below_limit(
    app: ObservedApp, start_up: StartUp, memory: MemoryReading, *, shared_bytes: int
) -> Fit | None:
    """Add up what an app's processes may need below their limit; None without one."""
    if app.memory_limit is None:
        return None
    return Fit.of(
        footprint_of(
            start_up, memory, shared_bytes=shared_bytes, node_version=app.node_version
        ),
        memory_bytes=app.memory_limit.limit_bytes,
        processes=app.count_twins(),
    )


def footprint_of(
    start_up: StartUp, memory: MemoryReading, *, shared_bytes: int, node_version: str
) -> Footprint:
    """Return what a process takes, and may take.

    Args:
        start_up: How it was started.
        memory: Of the process, which carries no load.
        shared_bytes: Its resident pages of files.
        node_version: As Node prints it.

    """
    shared_bytes = min(shared_bytes, memory.rss_bytes)
    return Footprint(
        node_major=_major(node_version),
        heap_limit_bytes=start_up.heap_limit_bytes,
        old_space_bytes=start_up.old_space_limit_bytes,
        is_sized_by_memory=not any(
            has_flag(start_up.flags, name) for name in _OTHER_LIMITS
        ),
        heap_used_bytes=memory.heap_used_bytes,
        external_bytes=memory.external_bytes,
        overhead_bytes=max(0, memory.rest_bytes - shared_bytes),
        shared_bytes=shared_bytes,
    )


def _major(version: str) -> int:
    match = re.match(r"v(\d+)\.", version)
    return int(match[1]) if match else 0


def _size(name: str, text: str) -> int:
    return int(parse_given(name, text, parse_bytes, source=_SOURCE))
