"""A memory cgroup of our own: the limit that a container has, set by the same kernel.

A group can be made where the user may write, below the group we run in (version 1), or
below one of its parents: version 2 allows a group either processes or limited children.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import DeadlineExceeded
from pytest_nodeleak.nodejs.groups import MemoryGroup

__all__ = ["CgroupRefused", "MemoryCgroup", "remove_group"]

_PREFIX = "nodeleak"
_REMOVAL_S, _POLL_S = 5.0, 0.01
_NUMBERS = itertools.count(1)
# $0 is the group's list of processes. Enter before exec, or what is allocated until then
# would count for nobody.
_ENTER = 'echo $$ > "$0"'


@dataclass(frozen=True, slots=True, kw_only=True)
class CgroupRefused:
    """There is no group to be had here.

    Attributes:
        reason: Why, e.g. ``"/sys/fs/cgroup/app.slice: Permission denied"``.

    """

    reason: str


class MemoryCgroup:
    """A group with a limit, to start an app in.

    Attributes:
        limit_bytes: Of all processes in it together.
        group: What the kernel tells of it.

    """

    def __init__(self, group: MemoryGroup, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.group = group

    @classmethod
    def create(
        cls, limit_bytes: int, parents: Sequence[MemoryGroup]
    ) -> MemoryCgroup | CgroupRefused:
        """Make a group below the first of these that lets us.

        Args:
            limit_bytes: Its limit.
            parents: As :func:`own_memory_groups` returns them.

        """
        reason = "this machine has no memory cgroups"
        for parent in parents:
            _remove_abandoned(parent.path)
            group = MemoryGroup(path=parent.path / _new_name(), files=parent.files)
            try:
                _make(group, limit_bytes)
            except (OSError, subprocess.SubprocessError) as exc:
                problem = exc.strerror if isinstance(exc, OSError) else str(exc)
                reason = f"{parent.path}: {problem}"
            else:
                return cls(group, limit_bytes)
        return CgroupRefused(reason=reason)

    @property
    def path(self) -> Path:
        """Its directory."""
        return self.group.path

    def wrap(self, argv: Sequence[str]) -> tuple[str, ...]:
        """Return a command that enters the group and then becomes this one."""
        procs = str(self.path / "cgroup.procs")
        return ("/bin/sh", "-c", f'{_ENTER} && exec "$@"', procs, *argv)

    def remove(self) -> None:
        """End what is left in it and remove it; removing twice is fine.

        Raises:
            DeadlineExceeded: If the kernel does not let go of it.

        """
        remove_group(self.path)


def remove_group(path: Path) -> None:
    """Remove a group as its last user, by its directory.

    Raises:
        DeadlineExceeded: If the kernel does not let go of it.

    """
    pause, deadline = threading.Event(), Deadline(_REMOVAL_S)
    while path.is_dir():
        _kill_all(path)
        try:
            path.rmdir()
        except OSError:
            # The dying keep it for a moment.
            if deadline.has_passed():
                raise DeadlineExceeded(
                    waiting_for=f"end of the cgroup {path} (rmdir it)",
                    allowed_s=_REMOVAL_S,
                ) from None
            pause.wait(_POLL_S)


def _make(group: MemoryGroup, limit_bytes: int) -> None:
    """Make a group with a limit and see that a process can enter it, or leave nothing."""
    group.path.mkdir()
    try:
        for number, (name, value) in enumerate(group.files.limits):
            file = group.path / name
            if number == 0 or file.exists():
                file.write_text(value.format(limit=limit_bytes))
        subprocess.run(
            ["/bin/sh", "-c", _ENTER, str(group.path / "cgroup.procs")],
            check=True,
            capture_output=True,
            timeout=_REMOVAL_S,
        )
    except BaseException:
        group.path.rmdir()
        raise


def _new_name() -> str:
    return f"{_PREFIX}-{_pid_namespace()}-{os.getpid()}-{next(_NUMBERS)}"


def _pid_namespace() -> str:
    """Return a number that differs where the same process ids are other processes."""
    return str(Path("/proc/self/ns/pid").stat().st_ino)


def _remove_abandoned(parent: Path) -> None:
    """Remove the groups of a pytest that was killed before it could."""
    for path in parent.glob(f"{_PREFIX}-{_pid_namespace()}-*-*"):
        if not psutil.pid_exists(int(path.name.split("-")[2])):
            _kill_all(path)
            try:
                path.rmdir()
            except OSError:
                # Its last processes are just dying; the next one to come removes it.
                continue


def _kill_all(path: Path) -> None:
    try:
        pids = (path / "cgroup.procs").read_text().split()
    except OSError:
        # It is gone.
        return
    for pid in pids:
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            continue
