"""The memory cgroups of a process, read from the files that the kernel shows.

Version 1 and 2 name their files differently and are otherwise alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

__all__ = ["MemoryGroup", "groups_of", "own_memory_groups"]


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

    def room_bytes(self, limit_bytes: int) -> int:
        """Return how much more fits into it, with this as its limit."""
        return max(0, limit_bytes - self.used_bytes())

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


def groups_of(pid: int | str) -> tuple[MemoryGroup, ...]:
    """Return the memory cgroups a process is in, the inmost first; none off Linux."""
    directory = Path("/proc") / str(pid)
    try:
        return own_memory_groups(
            (directory / "cgroup").read_text(), (directory / "mountinfo").read_text()
        )
    except OSError:
        return ()


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


def _field(text: str, name: str) -> int:
    """Return the number beside a name, one of each a line; 0 if it is not there."""
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0
