"""Start an app, wait until it serves, end it."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import AppExited, AppNotReady, CommandNotFound
from pytest_nodeleak.memory_kill import MemoryKill
from pytest_nodeleak.nodejs.binary import NodeBinary
from pytest_nodeleak.nodejs.command import AppSpec, Invocation, prepare_invocation
from pytest_nodeleak.nodejs.memory_limit import MemoryLimit, impose_limit
from pytest_nodeleak.nodejs.open_files import limit_open_files
from pytest_nodeleak.nodejs.output import AppOutput
from pytest_nodeleak.nodejs.ports import answering, free_port
from pytest_nodeleak.nodejs.serving import Ended, ServingProcess
from pytest_nodeleak.nodejs.tree import Listener, ProcessTree

__all__ = ["RunningApp"]

_POLL_S = 0.02
# A kill is counted before its process is gone.
_DYING_S = 0.5
# V8 prints its native stack below its reason.
_LAST_LINES = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    """The process that serves, and how to reach it."""

    pid: int
    base_url: str
    inspector_url: str


class RunningApp:
    """An app that listens, answers and can be inspected.

    Attributes:
        base_url: Where it serves, e.g. ``"http://127.0.0.1:41000"``.
        inspector_url: The WebSocket address of the inspector of the process that serves.
        pid: That process.
        tree: It with all that the app consists of.
        node: The binary it was started with.
        output: What it prints.
        memory_limit: Of all its processes together; None if it has none.
        serving: Watches over the process that serves.

    """

    def __init__(
        self,
        *,
        process: subprocess.Popen[bytes],
        output: AppOutput,
        service: _Service,
        node: NodeBinary,
        memory_limit: MemoryLimit | None,
    ) -> None:
        self._process = process
        self.tree = ProcessTree(process.pid)
        self.output = output
        self.base_url = service.base_url
        self.inspector_url = service.inspector_url
        self.pid = service.pid
        self.node = node
        self.memory_limit = memory_limit
        self.serving = ServingProcess(
            process, pid=service.pid, port=urlsplit(service.base_url).port or 80
        )

    @classmethod
    def launch(cls, spec: AppSpec, node: NodeBinary, deadline: Deadline) -> RunningApp:
        """Start the app and wait until its process tree listens and answers.

        Raises:
            CommandNotFound: If there is nothing to start.
            AppExited: If the app ends before it serves.
            AppNotReady: If it does not serve in time.

        """
        invocation = prepare_invocation(
            spec, node=node.path, port=free_port(), environ=os.environ
        )
        output = AppOutput()
        size_bytes = spec.memory_limit_bytes
        limit = None if size_bytes is None else impose_limit(size_bytes)
        process: subprocess.Popen[bytes] | None = None
        try:
            process = _start(invocation, limit, spec.max_open_files)
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    output.follow(pipe)
            service = _wait_until_serving(process, output, invocation, limit, deadline)
        except BaseException:
            _end(process, limit)
            raise
        return cls(
            process=process,
            output=output,
            service=service,
            node=node,
            memory_limit=limit,
        )

    def is_alive(self) -> bool:
        """Tell whether the app runs, and is not about to exit."""
        return (
            self.serving.is_running()
            and not self.output.is_ending
            and self.memory_kill() is None
        )

    def may_answer(self, silent_s: float) -> bool:
        """Tell whether a request that was sent so long ago may still be answered."""
        return self.is_alive() and self.serving.may_answer(silent_s)

    def is_alive_after(self, deadline: Deadline) -> bool:
        """Tell whether it runs to the deadline; returns earlier if it does not."""
        pause = threading.Event()
        while (alive := self.is_alive()) and not deadline.has_passed():
            pause.wait(_POLL_S)
        return alive

    def memory_kill(self) -> MemoryKill | None:
        """Return the kill of any of its processes for the memory limit, if it has one."""
        return self.memory_limit.kill() if self.memory_limit else None

    def raise_if_exited(
        self,
        *,
        stage: str,
        requests_answered: int = 0,
        grace_s: float = 0.0,
        lost_answers: bool = False,
    ) -> None:
        """Raise :class:`AppExited` if the app, or what serves of it, has ended.

        Args:
            stage: What we were doing.
            requests_answered: How far the load had come.
            grace_s: How long to wait for the end of an app that broke a connection:
                that is noticed before the process is gone.
            lost_answers: Whether connections broke; then a worker that is gone counts.

        """
        ended = self.serving.wait_for_end(Deadline(grace_s), lost_answers=lost_answers)
        kill = self.memory_kill()
        if ended is None and kill is None:
            return
        # Of the memory limit a process may have died that nobody watches.
        ended = ended or Ended(returncode=None)
        self.output.wait_closed(1.0 if ended.returncode is not None else 0.0)
        raise AppExited(
            returncode=ended.returncode,
            stage=stage,
            output_tail=self.output.tail(_LAST_LINES),
            requests=requests_answered,
            memory_kill=kill,
            hidden_by=ended.hidden_by,
            restarted_as=ended.restarted_as,
        )

    def stop(self) -> None:
        """End the whole process tree; stopping twice is fine."""
        _end(self._process, self.memory_limit)
        self.output.wait_closed(1.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


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
        process = subprocess.Popen(
            argv,
            cwd=invocation.cwd,
            env=dict(invocation.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Its own session: the tree can be found whole, and Ctrl-C reaches us first.
            start_new_session=True,
        )
    except OSError as exc:
        raise CommandNotFound(
            command=command, cwd=str(invocation.cwd), problem=str(exc)
        ) from exc
    if limit is not None:
        limit.follow(ProcessTree(process.pid))
    return process


def _executable(invocation: Invocation) -> str:
    """Find what is started: a shell in between would find out too late for an error."""
    name = invocation.argv[0]
    where = invocation.cwd / name if os.sep in name else name
    found = shutil.which(where, path=invocation.env.get("PATH"))
    if found is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    return found


def _await_end(process: subprocess.Popen[bytes], timeout_s: float) -> int | None:
    """Return the exit code; None if the process still runs after that time."""
    try:
        return process.wait(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        return None


def _end(process: subprocess.Popen[bytes] | None, limit: MemoryLimit | None) -> None:
    try:
        if process is not None:
            ProcessTree(process.pid).end()
            process.wait()
    finally:
        if limit is not None:
            limit.lift()


def _wait_until_serving(
    process: subprocess.Popen[bytes],
    output: AppOutput,
    invocation: Invocation,
    limit: MemoryLimit | None,
    deadline: Deadline,
) -> _Service:
    tree = ProcessTree(process.pid)
    pause = threading.Event()
    waited_for = f"a listening port (PORT={invocation.env['PORT']})"
    while not deadline.has_passed():
        kill = limit.kill() if limit else None
        if process.poll() is not None or kill is not None:
            output.wait_closed(1.0)
            raise AppExited(
                returncode=_await_end(process, _DYING_S),
                stage="starting",
                output_tail=output.tail(),
                memory_kill=kill,
            )
        listeners = tree.listeners()
        inspectors = output.inspector_urls()
        own = [found for found in listeners if found.port not in inspectors]
        for listener in own:
            waited_for = f"an HTTP answer from {listener.base_url}/"
            base_url = answering(listener.base_urls, deadline)
            if base_url is None:
                continue
            url = _inspector_of(listener.pid, listeners, inspectors)
            if url is not None:
                return _Service(pid=listener.pid, base_url=base_url, inspector_url=url)
            waited_for = f"the inspector of process {listener.pid}"
        pause.wait(_POLL_S)
    raise AppNotReady(
        waited_s=deadline.elapsed_s(), waited_for=waited_for, output_tail=output.tail()
    )


def _inspector_of(
    pid: int, listeners: list[Listener], inspectors: dict[int, str]
) -> str | None:
    for listener in listeners:
        if listener.pid == pid and listener.port in inspectors:
            return inspectors[listener.port]
    return None
