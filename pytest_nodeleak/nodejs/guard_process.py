"""The program of a guard: waits for the end of pytest, then ends an app. Started by path.

While it waits nothing of ours is imported, nor any package: it takes 10 ms to start and
3 MB to stay.
"""

from __future__ import annotations

import os
import select
import sys
import time
from pathlib import Path

__all__: list[str] = []

_POLL_S = 0.5


def _wait_for_end(pytest_pid: int) -> None:
    """Return when pytest has ended, however; its threads do not matter."""
    try:
        descriptor = os.pidfd_open(pytest_pid)
    except (AttributeError, OSError):
        # No Linux, or one that forbids it; or pytest is gone already.
        descriptor = None
    if descriptor is None or os.getppid() != pytest_pid:
        while os.getppid() == pytest_pid:
            time.sleep(_POLL_S)
        return
    ended = select.poll()
    ended.register(descriptor, select.POLLIN)
    ended.poll()


def _began(stat: Path) -> str:
    """Return when a process began, as its kernel counts; empty if there is none."""
    try:
        # The name, which may have anything in it, is in brackets.
        return stat.read_text(errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def main(pytest_pid: str, leader_pid: str, mark: str, group: str, *path: str) -> None:
    """Wait, then end the app as pytest would have.

    Args:
        pytest_pid: Who has started us.
        leader_pid: The process that the app's others descend from.
        mark: What the app's processes have in their environment.
        group: The directory of its memory cgroup; empty if it has none.
        path: Where pytest finds modules.

    """
    leader = Path("/proc", leader_pid, "stat")
    began = _began(leader)
    _wait_for_end(int(pytest_pid))
    if _began(leader) not in {began, ""}:
        # The app was ended long ago, and another program has its number.
        return
    sys.path[:] = path
    from pytest_nodeleak.nodejs.cgroup import remove_group  # noqa: PLC0415
    from pytest_nodeleak.nodejs.tree import ProcessTree  # noqa: PLC0415

    ProcessTree(int(leader_pid), mark).end()
    if group:
        remove_group(Path(group))


if __name__ == "__main__":
    main(*sys.argv[1:])
