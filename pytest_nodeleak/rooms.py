"""What bounds the memory of a running app: its limit, a container, the machine."""

from __future__ import annotations

from collections.abc import Iterator

import psutil

from pytest_nodeleak.nodejs.groups import groups_of
from pytest_nodeleak.nodejs.launcher import RunningApp
from pytest_nodeleak.snapshot_room import Room

__all__ = ["rooms_of"]


def rooms_of(app: RunningApp) -> Iterator[Room]:
    """Return every bound on an app's memory, and what is left of each now."""
    if app.memory_limit is not None:
        yield Room(
            name=f"the memory limit of {app.memory_limit.limit_bytes / 2**20:,.0f} MiB",
            left_bytes=app.memory_limit.room_bytes(),
            holds_us=False,
        )
    ours = {group.path for group in groups_of("self")}
    for group in groups_of(app.pid):
        limit_bytes = group.limit_bytes()
        # The app's own group is its limit above; those around it are around us too.
        if limit_bytes is not None and group.path in ours:
            yield Room(
                name=f"the container around it, of {limit_bytes / 2**20:,.0f} MiB,",
                left_bytes=group.room_bytes(limit_bytes),
                holds_us=True,
            )
    yield Room(
        name="this machine",
        left_bytes=int(psutil.virtual_memory().available),
        holds_us=True,
    )
