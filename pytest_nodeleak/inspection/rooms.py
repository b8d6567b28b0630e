"""What bounds the memory of a running app: its limit, a container, the machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psutil

from pytest_nodeleak.capacity.snapshot_room import Room
from pytest_nodeleak.inspection.process_view import ProcessReading
from pytest_nodeleak.nodejs.groups import groups_of
from pytest_nodeleak.nodejs.observed import ObservedApp

__all__ = ["rooms_of"]


def rooms_of(app: ObservedApp, read: Callable[[], ProcessReading]) -> Iterator[Room]:
    """Return every bound on an app's memory, and what is left of each now.

    Args:
        app: The app.
        read: Asks the system of the process that is measured.

    """
    if app.memory_limit is not None:
        yield Room(
            name=f"the memory limit of {app.memory_limit.limit_bytes / 2**20:,.0f} MiB",
            left_bytes=app.memory_limit.room_bytes(),
            holds_us=False,
        )
    if app.pid is None:
        yield from _told_inside(read())
    else:
        yield from _around(app.pid)
    yield Room(
        name="this machine",
        left_bytes=int(psutil.virtual_memory().available),
        holds_us=True,
    )


def _around(pid: int) -> Iterator[Room]:
    """Return the containers that are around us too: the app's own group is its limit."""
    ours = {group.path for group in groups_of("self")}
    for group in groups_of(pid):
        limit_bytes = group.limit_bytes()
        if limit_bytes is not None and group.path in ours:
            yield Room(
                name=f"the container around it, of {limit_bytes / 2**20:,.0f} MiB,",
                left_bytes=group.room_bytes(limit_bytes),
                holds_us=True,
            )


def _told_inside(reading: ProcessReading) -> Iterator[Room]:
    """Return what the app says of the container or the machine that it runs in."""
    limit_bytes, left_bytes = reading.memory_limit_bytes, reading.memory_left_bytes
    if left_bytes is None and limit_bytes is not None:
        left_bytes = max(0, limit_bytes - (reading.rss_bytes or 0))
    if left_bytes is None:
        return
    name = "the app's machine"
    if limit_bytes is not None:
        name = f"the app's container, of {limit_bytes / 2**20:,.0f} MiB,"
    yield Room(name=name, left_bytes=left_bytes, holds_us=False)
