"""The process that serves, and the parent that may hide its death.

A supervisor, a cluster's master or a loop in a shell starts a process that died again;
the port answers, and only a few requests are lost. The death is what a check is about.
"""

from __future__ import annotations

import shlex
import subprocess
import threading
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.nodejs.inspectors import has_closed
from pytest_nodeleak.nodejs.tree import ProcessTree, is_node, is_running

__all__ = ["Ended", "ServingProcess"]

_POLL_S = 0.02
# A parent ends, or starts its child again, well within this.
_PARENT_S = 3.0
# A cluster's master accepts connections that a dead worker will never answer.
_HOPELESS_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The app is gone, or a process of it is.

    Attributes:
        returncode: As ``subprocess`` gives it; None if only the parent was told.
        hidden_by: The command of the parent that lives on; empty if none does.
        restarted_as: The process that serves in its place; None if none does.

    """

    returncode: int | None
    hidden_by: str = ""
    restarted_as: int | None = None


class ServingProcess:
    """Watches over the process that serves, which may be deep in the app's tree.

    Args:
        leader: The process that was started.
        pid: The process that serves.
        port: Where; None on a Unix socket, and of a worker, whose parent listens.

    """

    def __init__(
        self, leader: subprocess.Popen[bytes], *, pid: int, port: int | None
    ) -> None:
        self._leader = leader
        self._tree = ProcessTree(leader.pid)
        self._serving = _find(pid)
        self._pid = pid
        self._port = port
        self._workers: list[psutil.Process] = []
        self._inspector_urls: tuple[str, ...] = ()

    def is_running(self) -> bool:
        """Tell whether it runs, and the process that was started does."""
        return self._leader.poll() is None and _runs(self._serving)

    def note_workers(self) -> None:
        """Remember the app's Node.js processes: any may die under load."""
        self._workers = [one for one in self._tree.descendants() if is_node(one)]

    def note_inspectors(self, urls: Iterable[str]) -> None:
        """Remember the inspectors of the app's processes: each closes before its end."""
        self._inspector_urls = tuple(urls)

    def may_answer(self, silent_s: float) -> bool:
        """Tell whether a request may be answered after so long a silence."""
        if silent_s < _HOPELESS_S:
            return True
        # A worker that exits waits for whoever is connected to its inspector: for us.
        return all(map(is_running, self._workers)) and not any(
            map(has_closed, self._inspector_urls)
        )

    def wait_for_end(self, deadline: Deadline, *, lost_answers: bool) -> Ended | None:
        """Wait until the process has ended, or one of the workers.

        Args:
            deadline: How long; at least one look is taken.
            lost_answers: Whether connections broke: a worker may end for other reasons.

        Returns:
            None if it has not.

        """
        gone = self._wait_for_one(deadline, lost_answers=lost_answers)
        if gone is None:
            return None
        restarted_as = self._await_parent(gone)
        returncode = self._leader.poll()
        if returncode is not None:
            return Ended(returncode=returncode)
        return Ended(
            returncode=None,
            hidden_by=_command_of(self._leader.pid),
            restarted_as=restarted_as,
        )

    def _wait_for_one(self, deadline: Deadline, *, lost_answers: bool) -> int | None:
        """Return the process that has ended; None if none has in time."""
        pause = threading.Event()
        while True:
            if not self.is_running():
                return self._pid
            lost = (one.pid for one in self._workers if not is_running(one))
            worker = next(lost, None) if lost_answers else None
            if worker is not None or deadline.has_passed():
                return worker
            pause.wait(_POLL_S)

    def _await_parent(self, gone: int) -> int | None:
        """Wait for what the parent does: end as well, or start another process."""
        deadline, pause = Deadline(_PARENT_S), threading.Event()
        known = {gone, *(worker.pid for worker in self._workers)}
        while self._leader.poll() is None and not deadline.has_passed():
            # Of a cluster the master listens, so there a new worker tells it.
            serving = (
                {one.pid for one in self._tree.listeners() if one.port == self._port}
                if gone == self._pid and self._port is not None
                else {one.pid for one in self._tree.descendants() if is_node(one)}
            )
            if new := serving - known:
                return min(new)
            pause.wait(_POLL_S)
        return None


def _find(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        # It did not outlive its first answer.
        return None


def _runs(process: psutil.Process | None) -> bool:
    return process is not None and is_running(process)


def _command_of(pid: int) -> str:
    try:
        return shlex.join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return "its parent"
