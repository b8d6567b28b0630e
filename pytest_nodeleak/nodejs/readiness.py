"""Wait until an app serves and can be inspected, however it was started."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import AppExited, AppNotReady
from pytest_nodeleak.nodejs.ports import answering
from pytest_nodeleak.nodejs.starting import StartedCommand
from pytest_nodeleak.nodejs.tree import Listener, is_node

__all__ = ["FlagsLost", "Service", "wait_until_serving"]

_POLL_S = 0.02
# A kill is counted before its process is gone.
_DYING_S = 0.5
# The banner of an inspector is read by another thread.
_BANNER_S = 1.0
# Of an app on several ports, PORT's may be the last one to listen.
_OTHER_PORT_S = 0.3
_WAITING_FLAGS = ("--inspect-brk", "--inspect-wait")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The process that serves, and how to reach it."""

    pid: int
    base_url: str
    inspector_url: str


class FlagsLost(Exception):
    """The process that serves did not get our flags, and may if started otherwise."""


def wait_until_serving(
    app: StartedCommand,
    *,
    port: int,
    resume: Callable[[str], None],
    deadline: Deadline,
    can_restart: bool,
) -> Service:
    """Wait until a process of the app listens, answers and can be inspected.

    Args:
        app: What was started.
        port: The one it was told; of several that answer it is preferred.
        resume: Called with the inspector's address of a process that waits for one at
            its first line.
        deadline: Of the whole.
        can_restart: Whether the app may be started in another way if its flags do not
            reach the process that serves. Where not, that process is asked to open its
            inspector.

    Raises:
        FlagsLost: If the app is to be started in another way.
        AppExited: If the app ends before it serves.
        AppNotReady: If it does not serve in time.

    """
    look, pause = _Look(app, port, resume), threading.Event()
    while not deadline.has_passed():
        _raise_if_ended(app)
        service = look.find(deadline)
        if service is not None:
            return service
        if look.uninspectable is not None:
            if can_restart:
                raise FlagsLost
            look.wake(look.uninspectable)
        pause.wait(_POLL_S)
    raise AppNotReady(
        waited_s=deadline.elapsed_s(),
        waited_for=look.waited_for,
        output_tail=app.output.tail(),
    )


class _Look:
    """What one wait has seen so far, and what it misses."""

    def __init__(
        self, app: StartedCommand, port: int, resume: Callable[[str], None]
    ) -> None:
        self._app = app
        self._port = port
        self._resume = resume
        self._resumed: set[str] = set()
        self._woken: set[int] = set()
        self._since_answer: Deadline | None = None
        self.uninspectable: int | None = None
        self.waited_for = f"a listening port (PORT={port})"

    def find(self, deadline: Deadline) -> Service | None:
        """Look once; None if the app is not ready, or another port may be better."""
        listeners = self._app.tree.listeners()
        inspectors = self._app.output.inspector_urls()
        self._resume_waiting(listeners, inspectors)
        own = [one for one in listeners if one.port not in inspectors]
        for listener in sorted(own, key=lambda one: one.port != self._port):
            self.waited_for = f"an HTTP answer from {listener.base_url}/"
            base_url = answering(listener.base_urls, deadline)
            if base_url is None:
                continue
            self._since_answer = since = self._since_answer or Deadline(_BANNER_S)
            if listener.port != self._port and since.elapsed_s() < _OTHER_PORT_S:
                return None
            url = _inspector_of(listener.pid, listeners, inspectors)
            if url is not None:
                return Service(pid=listener.pid, base_url=base_url, inspector_url=url)
            self.waited_for = _missing_inspector(listener.pid)
            self.uninspectable = listener.pid if since.has_passed() else None
            return None
        return None

    def wake(self, pid: int) -> None:
        """Ask a process to open its inspector: its flags were replaced on the way.

        ``"start": "NODE_OPTIONS=... node server.js"`` does so.
        """
        if pid in self._woken:
            return
        self._woken.add(pid)
        try:
            process = psutil.Process(pid)
            # Any other program would die of the signal.
            if is_node(process):
                process.send_signal(signal.SIGUSR1)
        except psutil.NoSuchProcess:
            return

    def _resume_waiting(
        self, listeners: list[Listener], inspectors: dict[int, str]
    ) -> None:
        for listener in listeners:
            url = inspectors.get(listener.port)
            if url is None or url in self._resumed:
                continue
            self._resumed.add(url)
            if _waits(listener.pid):
                self._resume(url)


def _raise_if_ended(app: StartedCommand) -> None:
    kill = app.memory_limit.kill() if app.memory_limit else None
    if app.process.poll() is None and kill is None:
        return
    app.output.wait_closed(1.0)
    left = [process.pid for process in app.tree.members()]
    raise AppExited(
        returncode=_await_end(app.process),
        stage="starting",
        output_tail=app.output.tail(),
        memory_kill=kill,
        in_background=left[0] if left and kill is None else None,
    )


def _await_end(process: subprocess.Popen[bytes]) -> int | None:
    """Return the exit code; None if the process still runs after a moment."""
    try:
        return process.wait(timeout=_DYING_S)
    except subprocess.TimeoutExpired:
        return None


def _inspector_of(
    pid: int, listeners: list[Listener], inspectors: dict[int, str]
) -> str | None:
    for listener in listeners:
        if listener.pid == pid and listener.port in inspectors:
            return inspectors[listener.port]
    return None


def _missing_inspector(pid: int) -> str:
    """Say what is missing of a process that answers, and why it may be."""
    missing = f"the inspector of process {pid}"
    try:
        process = psutil.Process(pid)
        if not is_node(process):
            return f"{missing}, which runs {process.name()} and not Node.js"
    except psutil.NoSuchProcess:
        return missing
    if any(word.endswith("-permission") for word in _flags_of(process)):
        return (
            f"{missing}, which Node.js does not open under --permission: add"
            " --allow-inspector (Node.js 25 and later) or leave --permission out"
        )
    return missing


def _waits(pid: int) -> bool:
    """Tell whether a process was told to wait for a debugger before it runs."""
    try:
        words = _flags_of(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False
    return any(word.startswith(_WAITING_FLAGS) for word in words)


def _flags_of(process: psutil.Process) -> list[str]:
    """Return the words a process was started with, those of ``NODE_OPTIONS`` as well."""
    try:
        options = process.environ().get("NODE_OPTIONS", "")
        return [*options.split(), *process.cmdline()]
    except psutil.Error:
        # It has just ended.
        return []
