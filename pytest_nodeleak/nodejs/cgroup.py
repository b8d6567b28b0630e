"""A memory cgroup of our own: the limit that a container has, set by the same kernel.

Version 1 and 2 name their files differently and are otherwise alike. A group can be made
where the user may write, below the group we run in (version 1), or below one of its
parents: version 2 allows a group either processes or limited children.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import psutil

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import DeadlineExceeded

__all__ = ["CgroupRefused", "MemoryCgroup", "own_memory_groups"]

_PREFIX = "nodeleak"
_REMOVAL_S, _POLL_S = 5.0, 0.01
_NUMBERS = itertools.count(1)
# $0 is the group's list of processes. Enter before exec, or what is allocated until then
# would count for nobody.
_ENTER = 'echo $$ > "$0"'


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """What a version of cgroups calls things.

    Attributes:
        limits: Files and what is written to them, in this order; ``{limit}`` is in bytes.
            Those after the first may be missing, as they are without swap.
        usage: Bytes in use, file cache included.
        limit: The limit in bytes, or a word.
        peak: The most that was in use.
        kills: Has a line ``oom_kill N``.
        cache: The field of ``memory.stat`` with the bytes of files that go first.

    """

    limits: tuple[tuple[str, str], ...]
    usage: str
    limit: str
    peak: str
    kills: str
    cache: str


_V1 = _Files(
    limits=(
        ("memory.limit_in_bytes", "{limit}"),
        ("memory.memsw.limit_in_bytes", "{limit}"),
        ("memory.swappiness", "0"),
    ),
    usage="memory.usage_in_bytes",
    limit="memory.limit_in_bytes",
    peak="memory.max_usage_in_bytes",
    kills="memory.oom_control",
    cache="total_inactive_file",
)
_V2 = _Files(
    limits=(
        ("memory.max", "{limit}"),
        ("memory.swap.max", "0"),
        ("memory.oom.group", "1"),
    ),
    usage="memory.current",
    limit="memory.max",
    peak="memory.peak",
    kills="memory.events",
    cache="inactive_file",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryGroup:
    """A directory of the memory controller: a group that somebody made."""

    path: Path
    files: _Files

    def limit_bytes(self) -> int | None:
        """Return its limit; None if it has none."""
        text = self._text(self.files.limit)
        limit = int(text) if text.isdecimal() else None
        # Version 1 writes "no limit" as a huge number.
        return None if limit is None or limit >= 2**60 else limit

    def used_bytes(self) -> int:
        """Return what is in use and not let go of when memory gets tight."""
        usage = self._text(self.files.usage)
        cache = _field(self._text("memory.stat"), self.files.cache)
        return max(0, int(usage or 0) - cache)

    def peak_bytes(self) -> int | None:
        """Return the most that was in use; None where the kernel does not say."""
        text = self._text(self.files.peak)
        return int(text) if text.isdecimal() else None

    def kills(self) -> int:
        """Return how many processes the kernel has killed for the limit."""
        return _field(self._text(self.files.kills), "oom_kill")

    def _text(self, name: str) -> str:
        try:
            return (self.path / name).read_text().strip()
        except OSError:
            # Not every kernel and not every group has every file.
            return ""


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

    """

    def __init__(self, group: MemoryGroup, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._group = group

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
        return self._group.path

    def wrap(self, argv: Sequence[str]) -> tuple[str, ...]:
        """Return a command that enters the group and then becomes this one."""
        procs = str(self.path / "cgroup.procs")
        return ("/bin/sh", "-c", f'{_ENTER} && exec "$@"', procs, *argv)

    def room_bytes(self) -> int:
        """Return how much more fits into it."""
        return max(0, self.limit_bytes - self._group.used_bytes())

    def peak_bytes(self) -> int | None:
        """Return the most that was in use; None where the kernel does not say."""
        return self._group.peak_bytes()

    def kills(self) -> int:
        """Return how many processes the kernel has killed for the limit."""
        return self._group.kills()

    def remove(self) -> None:
        """End what is left in it and remove it; removing twice is fine.

        Raises:
            DeadlineExceeded: If the kernel does not let go of it.

        """
        pause, deadline = threading.Event(), Deadline(_REMOVAL_S)
        while self.path.is_dir():
            _kill_all(self.path)
            try:
                self.path.rmdir()
            except OSError:
                # The dying keep it for a moment.
                if deadline.has_passed():
                    raise DeadlineExceeded(
                        waiting_for=f"end of the cgroup {self.path} (rmdir it)",
                        allowed_s=_REMOVAL_S,
                    ) from None
                pause.wait(_POLL_S)


def own_memory_groups(cgroup: str, mountinfo: str) -> tuple[MemoryGroup, ...]:
    """Return the memory group of a process and the groups around it, the inmost first.

    Args:
        cgroup: The text of ``/proc/<pid>/cgroup``.
        mountinfo: The text of ``/proc/<pid>/mountinfo``.

    """
    own = {}
    for line in cgroup.splitlines():
        number, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            own["cgroup"] = path
        elif number == "0":
            own["cgroup2"] = path
    groups: list[MemoryGroup] = []
    for file_system, root, mount in _mounts(mountinfo):
        if file_system in own:
            files = _V1 if file_system == "cgroup" else _V2
            inmost = _below(own[file_system], root)
            groups += [
                MemoryGroup(path=Path(mount) / inner, files=files)
                for inner in (inmost, *inmost.parents)
            ]
    return tuple(groups)


def _mounts(mountinfo: str) -> Iterator[tuple[str, str, str]]:
    """Return the file system, root and mount point of what may control memory."""
    for line in mountinfo.splitlines():
        place, _, what = line.partition(" - ")
        root, mount = place.split()[3:5]
        file_system, _source, options = what.split()[:3]
        # A hybrid system has both versions, and one of them has the controller.
        if file_system == "cgroup2" or (
            file_system == "cgroup" and "memory" in options.split(",")
        ):
            yield file_system, root, mount


def _below(path: str, root: str) -> PurePosixPath:
    """Return a group's path below a mount, which may show a part of the tree only."""
    if PurePosixPath(path).is_relative_to(root):
        return PurePosixPath(path).relative_to(root)
    return PurePosixPath()


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


def _field(text: str, name: str) -> int:
    """Return the number beside a name, one of each a line; 0 if it is not there."""
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0
