"""The memory limit of an app: the kernel's where it may be set, else a watchdog's."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import psutil

from pytest_nodeleak.memory_kill import MemoryKill
from pytest_nodeleak.nodejs.cgroup import CgroupRefused, MemoryCgroup
from pytest_nodeleak.nodejs.groups import groups_of
from pytest_nodeleak.nodejs.tree import ProcessTree

__all__ = ["KernelLimit", "MemoryLimit", "Watchdog", "impose_limit"]

_POLL_S = 0.05
# Looking for new processes costs more than asking the known ones.
_MEMBERS_EVERY_POLLS = 5
# Tests take the kernel away here, to see the watchdog on a machine that needs none.
_ALLOWS_CGROUPS = True


class MemoryLimit(Protocol):
    """What an app with a memory limit is started and ended with.

    Attributes:
        limit_bytes: Of all its processes together.
        stood_in: Why it is not the kernel's; empty if it is.
        group: The directory of the kernel's group; None if it is not the kernel's.

    """

    limit_bytes: int
    stood_in: str
    group: Path | None

    def wrap(self, argv: Sequence[str]) -> tuple[str, ...]:
        """Return the command that starts the app below the limit."""
        ...

    def follow(self, tree: ProcessTree) -> None:
        """Take note of the app's processes, once they are started."""
        ...

    def kill(self) -> MemoryKill | None:
        """Return the kill that the limit has led to; None if it has not."""
        ...

    def room_bytes(self) -> int:
        """Return how much more the app may use."""
        ...

    def lift(self) -> None:
        """Remove the limit, after the app has ended; twice is fine."""
        ...


def impose_limit(limit_bytes: int) -> MemoryLimit:
    """Return a limit for one app: the kernel's where we may set one."""
    parents = groups_of("self") if _ALLOWS_CGROUPS else ()
    match MemoryCgroup.create(limit_bytes, parents):
        case MemoryCgroup() as cgroup:
            return KernelLimit(cgroup)
        case CgroupRefused(reason=reason):
            return Watchdog(limit_bytes, stood_in=reason)


class KernelLimit:
    """A limit that the kernel enforces by killing."""

    stood_in = ""

    def __init__(self, cgroup: MemoryCgroup) -> None:
        self.limit_bytes = cgroup.limit_bytes
        self.group: Path | None = cgroup.path
        self._cgroup = cgroup
        # What it was when the group was removed.
        self._last: MemoryKill | None = None

    def wrap(self, argv: Sequence[str]) -> tuple[str, ...]:
        """Return the command that starts the app in the group."""
        return self._cgroup.wrap(argv)

    def follow(self, tree: ProcessTree) -> None:
        """Do nothing: the kernel knows what is in the group."""

    def kill(self) -> MemoryKill | None:
        """Return the kernel's kill; None if there was none."""
        if self._last is None and self._cgroup.group.kills():
            self._last = MemoryKill(
                limit_bytes=self.limit_bytes, peak_bytes=self._cgroup.group.peak_bytes()
            )
        return self._last

    def room_bytes(self) -> int:
        """Return how much more fits into the group."""
        return self._cgroup.group.room_bytes(self.limit_bytes)

    def lift(self) -> None:
        """Remove the group and all that is still in it."""
        self.kill()
        self._cgroup.remove()


class Watchdog:
    """Stands in for the kernel: adds up resident memory and kills beyond the limit.

    It looks 20 times a second, so an app may overshoot for as long; and it counts pages
    that processes share once for each, which the kernel does not.
    """

    def __init__(self, limit_bytes: int, *, stood_in: str) -> None:
        self.limit_bytes = limit_bytes
        self.stood_in = stood_in
        self.group: Path | None = None
        self._peak_bytes = 0
        self._used_bytes = 0
        self._has_killed = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def wrap(self, argv: Sequence[str]) -> tuple[str, ...]:
        """Return the command as it is."""
        return tuple(argv)

    def follow(self, tree: ProcessTree) -> None:
        """Start watching."""
        self._thread = threading.Thread(
            target=self._watch, args=(tree,), name="nodeleak-watchdog", daemon=True
        )
        self._thread.start()

    def _watch(self, tree: ProcessTree) -> None:
        members: list[psutil.Process] = []
        polls = 0
        while not self._stop.is_set():
            if polls % _MEMBERS_EVERY_POLLS == 0:
                members = tree.members()
            polls += 1
            self._used_bytes = sum(map(_rss_bytes, members))
            self._peak_bytes = max(self._peak_bytes, self._used_bytes)
            if self._used_bytes > self.limit_bytes:
                # Before the kill: who notices that the app is gone asks for the reason.
                self._has_killed = True
                tree.kill()
                return
            self._stop.wait(_POLL_S)

    def kill(self) -> MemoryKill | None:
        """Return our own kill; None if there was none."""
        if not self._has_killed:
            return None
        return MemoryKill(
            limit_bytes=self.limit_bytes,
            peak_bytes=self._peak_bytes,
            stood_in=self.stood_in,
        )

    def room_bytes(self) -> int:
        """Return how much more fits below the limit, as of the last look."""
        return max(0, self.limit_bytes - self._used_bytes)

    def lift(self) -> None:
        """Stop watching."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()


def _rss_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        # It has just ended.
        return 0
