"""Measures what an idle app takes, to tell whether it fits into a container."""

from __future__ import annotations

import re
import shlex

import psutil

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.fitting import Fit, Footprint
from pytest_nodeleak.load.plan import require_positive
from pytest_nodeleak.nodejs.flags import flag_value, has_flag
from pytest_nodeleak.nodejs.launcher import RunningApp
from pytest_nodeleak.sampler import Sampler
from pytest_nodeleak.units import parse_bytes

__all__ = ["fit_below_limit", "fit_into", "read_footprint"]

_SOURCE = "assert_fits()"
_CONNECT_S = 10.0
_SETTLE_S = 30.0
_SMALLEST_MEMORY_BYTES = 16 * 1024**2
_OLD_SPACE = "--max-old-space-size"
# With one of these the limit is not made of the old space and V8's own young generation.
_OTHER_LIMITS = (
    "--max-heap-size",
    "--max-old-space-size-percentage",
    "--max-semi-space-size",
)


def fit_into(
    app: RunningApp,
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
    memory_bytes = _size("memory", memory, at_least=_SMALLEST_MEMORY_BYTES)
    external_bytes = None if external is None else _size("external=", external)
    reserved_bytes = 0 if reserved is None else _size("reserved=", reserved)
    require_positive("workers=", workers, source=_SOURCE)
    connecting = Deadline(_CONNECT_S)
    app.raise_if_exited(stage="idle")
    with (
        InspectorClient.open(app.inspector_url, connecting) as client,
        Sampler(client, app.pid, connecting) as sampler,
    ):
        footprint = read_footprint(app, sampler, Deadline(_SETTLE_S))
    return Fit.of(
        footprint,
        memory_bytes=memory_bytes,
        processes=workers or 1,
        external_bytes=external_bytes,
        reserved_bytes=reserved_bytes,
    )


def fit_below_limit(
    app: RunningApp, sampler: Sampler, deadline: Deadline
) -> Fit | None:
    """Add up what an app's processes may need below their limit; None without one."""
    if app.memory_limit is None:
        return None
    return Fit.of(
        read_footprint(app, sampler, deadline),
        memory_bytes=app.memory_limit.limit_bytes,
        processes=app.tree.count_twins(app.pid),
    )


def read_footprint(app: RunningApp, sampler: Sampler, deadline: Deadline) -> Footprint:
    """Settle an idle app and read what its process takes."""
    sampler.settle(deadline)
    memory = sampler.read_memory(requests=0, deadline=deadline)
    flags = _flags_of(app.pid)
    old_space_mb = flag_value(flags, _OLD_SPACE) or ""
    shared_bytes = min(sampler.shared_bytes(), memory.rss_bytes)
    beside = memory.heap_total_bytes + memory.external_bytes + shared_bytes
    return Footprint(
        node_major=_major(app.node.version),
        heap_limit_bytes=memory.heap_limit_bytes,
        old_space_bytes=int(old_space_mb) * 1024**2 if old_space_mb.isdigit() else None,
        is_sized_by_memory=not any(has_flag(flags, name) for name in _OTHER_LIMITS),
        heap_used_bytes=memory.heap_used_bytes,
        external_bytes=memory.external_bytes,
        overhead_bytes=max(0, memory.rss_bytes - beside),
        shared_bytes=shared_bytes,
    )


def _flags_of(pid: int) -> list[str]:
    """Return Node's flags, those of ``NODE_OPTIONS`` first, as the process was started."""
    try:
        process = psutil.Process(pid)
        options = process.environ().get("NODE_OPTIONS", "")
        return [*shlex.split(options), *process.cmdline()[1:]]
    except (psutil.Error, ValueError):
        # Gone, or options with odd quotes: then V8's own numbers have to do.
        return []


def _major(version: str) -> int:
    match = re.match(r"v(\d+)\.", version)
    return int(match[1]) if match else 0


def _size(name: str, text: str, *, at_least: int = 0) -> int:
    try:
        size_bytes = int(parse_bytes(text))
    except ValueError as exc:
        raise InvalidSetting(
            name=name, value=text, source=_SOURCE, expected=str(exc)
        ) from exc
    if size_bytes < at_least:
        raise InvalidSetting(
            name=name,
            value=text,
            source=_SOURCE,
            expected="at least 16 MiB; write e.g. '512 MiB'",
        )
    return size_bytes
