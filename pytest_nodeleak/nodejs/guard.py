"""Ends an app whose pytest has gone without ending it.

SIGKILL, the kernel's out-of-memory killer, ``os._exit()`` (pytest-timeout's thread method)
and a crash of Python leave nobody who would: the app is in a session of its own and runs
on. A process beside pytest waits for that. The kernel's own means, a signal at a parent's
death, reaches one process only, and comes when the *thread* ends that has started it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

__all__ = ["Guard"]

_PROGRAM = Path(__file__).with_name("guard_process.py")


class Guard:
    """Watches over one app, for as long as it runs."""

    def __init__(
        self, leader_pid: int, *, mark: str, group: Path | None = None
    ) -> None:
        """Start watching.

        Args:
            leader_pid: The app's first process.
            mark: What its processes have in their environment.
            group: The directory of its memory cgroup, to be removed with it.

        """
        self._process: subprocess.Popen[bytes] | None = None
        words = (str(os.getpid()), str(leader_pid), mark, str(group or ""), *sys.path)
        # An app without a guard is tested as well; a Python inside of another program
        # does not know how to start one.
        with suppress(OSError):
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", _PROGRAM, *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # What is sent to pytest's group shall not end both.
                start_new_session=True,
            )

    def dismiss(self) -> None:
        """End the watch: the app has ended; twice is fine."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
