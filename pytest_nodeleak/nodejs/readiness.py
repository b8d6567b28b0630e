"""Wait until an app serves and can be inspected, however it was started."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endpoint import Endpoint, Verify
from pytest_nodeleak.exceptions import AppExited, AppNotReady
from pytest_nodeleak.nodejs.inspectors import Inspectors
from pytest_nodeleak.nodejs.ports import answering
from pytest_nodeleak.nodejs.starting import StartedCommand
from pytest_nodeleak.nodejs.tree import Listener, is_node, is_stopped

__all__ = ["FlagsLost", "Service", "Sought", "wait_until_serving"]

_POLL_S = 0.02
# A kill is counted before its process is gone.
_DYING_S = 0.5
# The banner of an inspector is read by another thread.
_BANNER_S = 1.0
# Of an app on several ports, PORT's may be the last one to listen.
_OTHER_PORT_S = 0.3
# An app that listens on a port does so by then, or what answers here is it.
_TCP_S = 0.5
_PERMISSION = {"--permission", "--experimental-permission"}
_WAITING_FLAGS = ("--inspect-brk", "--inspect-wait")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The process that serves, and how to reach it."""

    pid: int
    endpoint: Endpoint
    inspector_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Where an app is expected.

    Attributes:
        port: The one it was told; of several that answer it is preferred.
        any_port: Whether it may serve on another one, or on a Unix socket.
        verify: Whether its certificate is checked, should it have one.

    """

    port: int
    any_port: bool = True
    verify: Verify = True


class FlagsLost(Exception):
    """The process that serves did not get our flags, and may if started otherwise."""


def wait_until_serving(
    app: StartedCommand,
    sought: Sought,
    *,
    resume: Callable[[str], None],
    deadline: Deadline,
    can_restart: bool,
) -> Service:
    """Wait until a process of the app listens, answers and can be inspected.

    Args:
        app: What was started.
        sought: Where it is expected.
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
        UntrustedCertificate: If it has one that is not trusted.

    """
    look, pause = _Look(app, sought, resume), threading.Event()
    while not (deadline.has_passed() or look.is_hopeless):
        _raise_if_ended(app)
        service = look.find(deadline)
        if service is not None:
            return service
        if look.uninspectable is not None and not look.is_hopeless:
            if can_restart:
                raise FlagsLost
            look.wake(look.uninspectable)
        pause.wait(_POLL_S)
    stopped = next((one.pid for one in app.tree.members() if is_stopped(one)), None)
    raise AppNotReady(
        waited_s=deadline.elapsed_s(),
        waited_for=look.waited_for
        if stopped is None
        else f"{look.waited_for}; process {stopped} is stopped, by a signal or a debugger",
        output_tail=app.output.tail(),
    )


class _Look:
    """What one wait has seen so far, and what it misses."""

    def __init__(
        self,
        app: StartedCommand,
        sought: Sought,
        resume: Callable[[str], None],
    ) -> None:
        self._app = app
        self._sought = sought
        self._resume = resume
        self._inspectors = Inspectors()
        self._since_start = Deadline(_TCP_S)
        self._resumed: set[str] = set()
        self._woken: set[int] = set()
        self._since_answer: Deadline | None = None
        self.uninspectable: int | None = None
        self.is_hopeless = False
        self.waited_for = f"a listening port (PORT={sought.port})"

    def find(self, deadline: Deadline) -> Service | None:
        """Look once; None if the app is not ready, or another port may be better."""
        listeners = self._app.tree.listeners()
        inspectors = self._inspectors.among(
            [one.port for one in listeners], self._app.output.inspector_urls()
        )
        self._resume_waiting(listeners, inspectors)
        own = [one for one in listeners if one.port not in inspectors]
        for pid, port, addresses in self._candidates(own):
            endpoint = self._answering(addresses, deadline)
            if endpoint is None:
                continue
            self._since_answer = since = self._since_answer or Deadline(_BANNER_S)
            if port != self._sought.port and since.elapsed_s() < _OTHER_PORT_S:
                return None
            url = _inspector_of(pid, listeners, inspectors)
            if url is not None:
                return Service(pid=pid, endpoint=endpoint, inspector_url=url)
            self.waited_for = f"the inspector of process {pid}"
            if since.has_passed():
                self._give_up_on(pid)
            return None
        return None

    def _candidates(
        self, listeners: list[Listener]
    ) -> Iterator[tuple[int, int | None, list[Endpoint]]]:
        """Yield what may be the app: its process, its port, ways to reach it."""
        sought = self._sought
        for one in sorted(listeners, key=lambda one: one.port != sought.port):
            if sought.any_port or one.port == sought.port:
                urls = one.base_urls
                ways = [Endpoint(base_url=url, verify=sought.verify) for url in urls]
                yield one.pid, one.port, ways
        # Others than the app have Unix sockets too, and may not expect HTTP.
        if sought.any_port and not listeners and self._since_start.has_passed():
            for pid, path in self._app.tree.unix_sockets():
                yield pid, None, [Endpoint.of_socket(path, verify=sought.verify)]

    def _answering(
        self, addresses: list[Endpoint], deadline: Deadline
    ) -> Endpoint | None:
        """Return the first that answers, with what is spoken there."""
        for address in addresses:
            self.waited_for = f"an HTTP answer from {address.name}"
            found = answering(address, deadline)
            if found is not None:
                return found
        return None

    def _give_up_on(self, pid: int) -> None:
        """Note a process that answers without an inspector, and why it never has one."""
        self.uninspectable = pid
        reason = _why_never(pid)
        if reason:
            self.waited_for += f", {reason}"
            self.is_hopeless = True

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
    returncode = _await_end(app.process)
    # What has failed, or was killed, has not left its children there on purpose.
    left = [one.pid for one in app.tree.everyone()] if returncode == 0 else []
    raise AppExited(
        returncode=returncode,
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


def _why_never(pid: int) -> str:
    """Say why a process will never open its inspector; empty if it may."""
    try:
        process = psutil.Process(pid)
        if not is_node(process):
            return f"which runs {process.name()} and not Node.js"
    except psutil.NoSuchProcess:
        return ""
    if _PERMISSION & {*_flags_of(process)}:
        return (
            "which Node.js does not open under --permission: add --allow-inspector"
            " (Node.js 25 and later) or leave --permission out"
        )
    return ""


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
