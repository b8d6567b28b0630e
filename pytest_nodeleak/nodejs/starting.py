"""A command that was started, with what it prints and the memory it may take."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import replace

from pytest_nodeleak.exceptions import CommandNotFound
from pytest_nodeleak.nodejs.command import Invocation
from pytest_nodeleak.nodejs.guard import Guard
from pytest_nodeleak.nodejs.memory_limit import MemoryLimit, impose_limit
from pytest_nodeleak.nodejs.open_files import limit_open_files
from pytest_nodeleak.nodejs.output import AppOutput
from pytest_nodeleak.nodejs.tree import MARK, ProcessTree

__all__ = ["StartedCommand", "start"]

_REAPED_S = 1.0


class StartedCommand:
    """A process with all that it starts, whether it serves already or not.

    Attributes:
        process: The one that was started.
        tree: It with all its descendants.
        output: What they print.
        memory_limit: Of all of them together; None if they have none.

    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        output: AppOutput,
        memory_limit: MemoryLimit | None,
        *,
        mark: str,
    ) -> None:
        self.process = process
        self.tree = ProcessTree(process.pid, mark)
        self.output = output
        self.memory_limit = memory_limit
        self._guard: Guard | None = None

    def guard(self) -> None:
        """Have it ended too if pytest comes to its end without ending it."""
        limit = self.memory_limit
        group = limit.group if limit else None
        self._guard = Guard(self.tree.leader_pid, mark=self.tree.mark, group=group)

    def end(self) -> None:
        """End every process; ending twice is fine."""
        try:
            self._end_tree()
        finally:
            # One that the kernel cannot end just now is not waited for: nobody can.
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_REAPED_S)
            if self.memory_limit is not None:
                self.memory_limit.lift()
        # It stays where something was in the way: it will end what is left then.
        if self._guard is not None:
            self._guard.dismiss()

    def _end_tree(self) -> None:
        try:
            self.tree.end()
        except OSError:
            # No descriptor is left to look for all of them. This needs none.
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
            raise


def start(
    invocation: Invocation,
    *,
    memory_limit_bytes: int | None = None,
    max_open_files: int | None = None,
) -> StartedCommand:
    """Start a command in a session of its own and read what it prints.

    Raises:
        CommandNotFound: If there is nothing to start.

    """
    limit = None if memory_limit_bytes is None else impose_limit(memory_limit_bytes)
    mark = secrets.token_hex(8)
    marked = replace(invocation, env={**invocation.env, MARK: mark})
    try:
        process = _start(marked, limit, max_open_files)
    except BaseException:
        if limit is not None:
            limit.lift()
        raise
    output = AppOutput()
    started = StartedCommand(process, output, limit, mark=mark)
    try:
        started.guard()
        if limit is not None:
            limit.follow(started.tree)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                output.follow(pipe)
    except BaseException:
        started.end()
        raise
    return started


def _start(
    invocation: Invocation, limit: MemoryLimit | None, max_open_files: int | None
) -> subprocess.Popen[bytes]:
    command = " ".join(invocation.argv)
    if not invocation.cwd.is_dir():
        raise CommandNotFound(
            command=command,
            cwd=str(invocation.cwd),
            problem="the directory does not exist",
        )
    argv = invocation.argv
    try:
        if limit is not None or max_open_files is not None:
            argv = (_executable(invocation), *argv[1:])
        if max_open_files is not None:
            argv = limit_open_files(argv, max_open_files)
        if limit is not None:
            argv = limit.wrap(argv)
        return subprocess.Popen(
            argv,
            cwd=invocation.cwd,
            env=dict(invocation.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # What there is is read at once, and no more is waited for.
            bufsize=0,
            # Its own session: the tree can be found whole, and Ctrl-C reaches us first.
            start_new_session=True,
        )
    except OSError as exc:
        raise CommandNotFound(
            command=command, cwd=str(invocation.cwd), problem=str(exc)
        ) from exc


def _executable(invocation: Invocation) -> str:
    """Find what is started: a shell in between would find out too late for an error."""
    name = invocation.argv[0]
    where = invocation.cwd / name if os.sep in name else name
    found = shutil.which(where, path=invocation.env.get("PATH"))
    if found is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    return found
