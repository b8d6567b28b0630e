"""The app's processes, all of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

from pytest_nodeleak.deadline import Deadline

__all__ = ["Listener", "ProcessTree"]

_GRACE_S = 2.0
_KILL_WAIT_S = 5.0


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


class ProcessTree:
    """A process that leads its own session, with everything it started.

    A grandchild whose parent died belongs to no one's children any more, but still to
    the session; so membership is by session or by descent.
    """

    def __init__(self, leader_pid: int) -> None:
        self.leader_pid = leader_pid

    def members(self) -> list[psutil.Process]:
        """Return the living processes of the tree."""
        found = {process.pid: process for process in self._descendants()}
        for process in psutil.process_iter():
            try:
                if os.getsid(process.pid) == self.leader_pid:
                    found[process.pid] = process
            except (ProcessLookupError, PermissionError):
                continue
        return [process for process in found.values() if _is_alive(process)]

    def _descendants(self) -> Iterator[psutil.Process]:
        try:
            leader = psutil.Process(self.leader_pid)
            yield leader
            yield from leader.children(recursive=True)
        except psutil.NoSuchProcess:
            return

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

    def end(self) -> None:
        """End every process: politely, then by force; returns when none is left."""
        members = self.members()
        for process in members:
            _signal(process, force=False)
        _, survivors = psutil.wait_procs(members, timeout=_GRACE_S)
        deadline = Deadline(_KILL_WAIT_S)
        # A dying process may have started another one: look again until all are gone.
        while (survivors := self.members()) and not deadline.has_passed():
            for process in survivors:
                _signal(process, force=True)
            psutil.wait_procs(survivors, timeout=deadline.remaining_s())


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _signal(process: psutil.Process, *, force: bool) -> None:
    try:
        if force:
            process.kill()
        else:
            process.terminate()
    except psutil.NoSuchProcess:
        return
