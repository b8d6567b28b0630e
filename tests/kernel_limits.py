"""Whether a memory cgroup can be made here: asked of the kernel, past the code under test.

Tests that take whatever limit they get would pass if the kernel's had silently gone.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

__all__ = ["kernel_lets_us_limit"]

_LIMIT_FILES = ("memory.limit_in_bytes", "memory.max")


def kernel_lets_us_limit() -> bool:
    """Return whether a bare ``mkdir`` makes a group that limits and takes processes."""
    return any(map(_can_limit_below, _own_groups()))


def _own_groups() -> Iterator[Path]:
    """Return our groups where systems mount them, the inmost first."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        # Not Linux.
        return
    for line in lines:
        _number, controllers, inner = line.split(":", 2)
        if controllers in {"", "memory"}:
            mount = Path("/sys/fs/cgroup", controllers)
            inmost = mount / inner.lstrip("/")
            yield from (
                group
                for group in (inmost, *inmost.parents)
                if group.is_relative_to(mount)
            )


def _can_limit_below(parent: Path) -> bool:
    group = parent / f"test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        return False
    try:
        (limit,) = [group / name for name in _LIMIT_FILES if (group / name).exists()]
        limit.write_text(str(2**28))
        command = ["/bin/sh", "-c", 'echo $$ > "$0"', str(group / "cgroup.procs")]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except (OSError, ValueError):
        # A directory without the controller's files limits nothing.
        return False
    finally:
        group.rmdir()
