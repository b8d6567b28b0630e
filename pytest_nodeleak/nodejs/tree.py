"""The app's processes, all of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from pytest_nodeleak.deadline import Deadline

__all__ = [
    "MARK",
    "Listener",
    "ProcessTree",
    "is_node",
    "is_running",
    "is_stopped",
    "pid_is_running",
]

# In the environment of an app, which all inherit that it starts.
MARK = "NODELEAK_APP"

_GRACE_S = 2.0
_KILL_WAIT_S = 5.0
_POLL_S = 0.01
_NODE_NAMES = ("node", "MainThread")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A TCP port that a process of the tree listens on."""

    pid: int
    address: str
    port: int

    @property
    def base_url(self) -> str:
        """The address under which a client on this machine reaches it."""
        if self.address in {"0.0.0.0", "::"}:  # noqa: S104  # compared, not bound
            return f"http://127.0.0.1:{self.port}"
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"http://{host}:{self.port}"

    @property
    def base_urls(self) -> tuple[str, ...]:
        """All such addresses: ``::`` may or may not include IPv4, as the app chose."""
        if self.address == "::":
            return self.base_url, f"http://[::1]:{self.port}"
        return (self.base_url,)


class ProcessTree:
    """A process that leads its own session, with everything it started.

    A grandchild whose parent died belongs to no one's children any more, but still to
    the session; so membership is by session or by descent. A daemon has left both, but
    was perhaps seen before it did, and has inherited its environment.

    Args:
        leader_pid: The process that was started.
        mark: The value of :data:`MARK` in its environment; empty if it has none.

    """

    def __init__(self, leader_pid: int, mark: str = "") -> None:
        self.leader_pid = leader_pid
        self.mark = mark
        self._seen: set[psutil.Process] = set()

    def members(self) -> list[psutil.Process]:
        """Return the living processes of the tree, but daemons that were never seen."""
        self._seen.update(self.descendants())
        for process in psutil.process_iter():
            try:
                if os.getsid(process.pid) == self.leader_pid:
                    self._seen.add(process)
            except (ProcessLookupError, PermissionError):
                continue
        return [process for process in [*self._seen] if is_running(process)]

    def everyone(self) -> list[psutil.Process]:
        """Return the living processes of the tree, and all daemons that it has left.

        Takes longer: every process of the machine is looked into.
        """
        if self.mark:
            self._seen.update(filter(self._has_mark, psutil.process_iter()))
        return self.members()

    def _has_mark(self, process: psutil.Process) -> bool:
        try:
            return bool(process.environ().get(MARK) == self.mark)
        except psutil.Error:
            # It has just ended, or is another user's.
            return False

    def descendants(self) -> Iterator[psutil.Process]:
        """Yield the leader and what it started, as far as parents tell."""
        try:
            leader = psutil.Process(self.leader_pid)
            yield leader
            yield from leader.children(recursive=True)
        except psutil.NoSuchProcess:
            return

    def count_twins(self, pid: int) -> int:
        """Count the processes that run the same program on the same arguments as one.

        A cluster's primary and its workers do. Flags may differ, as the inspector's port.
        """
        programs = {one.pid: _program(one) for one in self.members()}
        own = programs.get(pid)
        return max(1, sum(one == own for one in programs.values()))

    def listeners(self) -> list[Listener]:
        """Return the TCP ports the tree listens on."""
        found = []
        for process in self.members():
            try:
                connections = process.net_connections(kind="tcp")
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
            found += [
                Listener(
                    pid=process.pid,
                    address=connection.laddr.ip,
                    port=connection.laddr.port,
                )
                for connection in connections
                if connection.status == psutil.CONN_LISTEN and connection.laddr
            ]
        return found

    def unix_sockets(self) -> list[tuple[int, Path]]:
        """Return the Unix sockets of the tree's processes that have a name."""
        found: dict[Path, int] = {}
        for process in self.members():
            try:
                names = [str(one.laddr) for one in process.net_connections("unix")]
                # As it was bound: perhaps relative to where the process runs.
                named = [Path(process.cwd(), name) for name in names if name]
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
            # What it accepted has the same name.
            found |= {path: process.pid for path in named if path.is_socket()}
        return [(pid, path) for path, pid in found.items()]

    def kill(self) -> None:
        """Kill every process at once, as the kernel does, and do not wait."""
        for process in self.members():
            _signal(process, force=True)

    def end(self) -> None:
        """End every process: politely, then by force; returns when none is left."""
        try:
            _end_politely(self.everyone())
        finally:
            # After one more Ctrl-C as well: it does not ask for more patience.
            self._end_by_force()

    def _end_by_force(self) -> None:
        pause, deadline = threading.Event(), Deadline(_KILL_WAIT_S)
        # A dying process may have started another one: look until all are gone.
        while not deadline.has_passed():
            survivors = self.everyone()
            if not survivors:
                return
            for process in survivors:
                _signal(process, force=True)
            pause.wait(_POLL_S)


def _end_politely(members: Sequence[psutil.Process]) -> None:
    for process in members:
        _signal(process, force=False)
    pause, grace = threading.Event(), Deadline(_GRACE_S)
    # Not psutil.wait_procs: it waits for zombies, which a container may keep.
    while any(map(is_running, members)) and not grace.has_passed():
        pause.wait(_POLL_S)


def is_running(process: psutil.Process) -> bool:
    """Tell whether a process runs, and is not a zombie that waits for its parent."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def is_stopped(process: psutil.Process) -> bool:
    """Tell whether a signal or a system debugger has stopped a process."""
    try:
        return process.status() in {psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP}
    except psutil.Error:
        # It has just ended.
        return False


def pid_is_running(pid: int) -> bool:
    """Tell whether a process of this id runs, and is not a zombie."""
    try:
        return is_running(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False


def is_node(process: psutil.Process) -> bool:
    """Tell whether a process runs Node.js."""
    try:
        return process.name().startswith(_NODE_NAMES)
    except psutil.Error:
        # It has just ended.
        return False


def _program(process: psutil.Process) -> list[str]:
    try:
        words = process.cmdline()
        # A worker is started with its script's whole path.
        return [Path(word).name for word in words if not word.startswith("-")]
    except psutil.Error:
        # It has just ended.
        return []


def _signal(process: psutil.Process, *, force: bool) -> None:
    try:
        if force:
            process.kill()
        else:
            process.terminate()
    except psutil.NoSuchProcess:
        return
