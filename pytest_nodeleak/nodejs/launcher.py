"""Start an app, wait until it serves, end it."""

from __future__ import annotations

import copy
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import AppExited
from pytest_nodeleak.memory_kill import MemoryKill
from pytest_nodeleak.nodejs.binary import NodeBinary
from pytest_nodeleak.nodejs.command import AppSpec, prepare_invocation, starts_node
from pytest_nodeleak.nodejs.inspector_address import exposure_note
from pytest_nodeleak.nodejs.inspectors import has_closed
from pytest_nodeleak.nodejs.ports import free_port
from pytest_nodeleak.nodejs.processes import AppProcess, find_processes, port_clash
from pytest_nodeleak.nodejs.readiness import (
    FlagsLost,
    Service,
    Sought,
    wait_until_serving,
)
from pytest_nodeleak.nodejs.serving import Ended, ServingProcess
from pytest_nodeleak.nodejs.starting import StartedCommand, start
from pytest_nodeleak.probe import script_path

__all__ = ["RunningApp"]

_POLL_S = 0.02
# A worker opens its inspector before it runs a line of the app.
_WORKERS_S = 1.0
# V8 prints its native stack below its reason.
_LAST_LINES = 150


def _leave_waiting(_inspector_url: str) -> None:
    """Let a process wait for a debugger that is started apart."""


def _lost_port(exited: AppExited, port: int) -> bool:
    """Tell whether another program took the port before the app listened on it."""
    said = "\n".join(exited.output_tail)
    return "EADDRINUSE" in said and re.search(rf"\b{port}\b", said) is not None


class RunningApp:
    """An app that listens, answers and can be inspected.

    Attributes:
        endpoint: Where it serves.
        inspector_url: The WebSocket address of the inspector of the process that serves.
        pid: That process.
        tree: It with all that the app consists of.
        node: The binary it was started with.
        output: What it prints.
        memory_limit: Of all its processes together; None if it has none.
        serving: Watches over the process that serves.
        notes: What a reader should know of how it is observed.

    """

    def __init__(
        self, started: StartedCommand, service: Service, node: NodeBinary
    ) -> None:
        self._started = started
        self.tree = started.tree
        self.output = started.output
        self.memory_limit = started.memory_limit
        self.endpoint = service.endpoint
        self.inspector_url = service.inspector_url
        self.pid = service.pid
        self.node = node
        exposure = exposure_note(started.tree.listeners(), service.inspector_url)
        self.notes = tuple(filter(None, [exposure]))
        self.serving = ServingProcess(
            started.process,
            pid=service.pid,
            port=urlsplit(service.endpoint.base_url).port,
        )

    @classmethod
    def launch(
        cls,
        spec: AppSpec,
        node: NodeBinary,
        deadline: Deadline,
        *,
        resume: Callable[[str], None] = _leave_waiting,
    ) -> RunningApp:
        """Start the app and wait until its process tree listens and answers.

        Args:
            spec: How it is started.
            node: The binary.
            deadline: By when it must serve.
            resume: Called with the inspector's address of a process that waits for one
                at its first line.

        Raises:
            CommandNotFound: If there is nothing to start.
            AppExited: If the app ends before it serves.
            AppNotReady: If it does not serve in time.
            UntrustedCertificate: If its certificate is not trusted.

        """
        handed_down = False
        try:
            app = cls._launch(spec, node, deadline, resume, handed_down=False)
        except FlagsLost:
            handed_down = True
            app = cls._launch(spec, node, deadline, resume, handed_down=True)
        try:
            clash = port_clash(app.pid, Deadline(_WORKERS_S))
        except BaseException:
            app.stop()
            raise
        if clash is not None:
            app.stop()
            app = cls._launch(
                spec,
                node,
                deadline,
                resume,
                handed_down=handed_down,
                preload=script_path("inspector_ports.cjs"),
            )
        return app

    @classmethod
    def _launch(  # noqa: PLR0913  # as launch()
        cls,
        spec: AppSpec,
        node: NodeBinary,
        deadline: Deadline,
        resume: Callable[[str], None],
        *,
        handed_down: bool,
        preload: Path | None = None,
        is_second: bool = False,
    ) -> RunningApp:
        port = free_port() if spec.port is None else spec.port
        invocation = prepare_invocation(
            spec,
            node=node.path,
            port=port,
            environ=os.environ,
            handed_down=handed_down,
            preload=preload,
        )
        started = start(
            invocation,
            memory_limit_bytes=spec.memory_limit_bytes,
            max_open_files=spec.max_open_files,
        )
        try:
            service = wait_until_serving(
                started,
                Sought(port=port, any_port=spec.port is None, verify=spec.verify),
                resume=resume,
                deadline=deadline,
                can_restart=starts_node(spec) and not handed_down,
            )
        except AppExited as exited:
            started.end()
            if spec.port is not None or is_second or not _lost_port(exited, port):
                raise
            return cls._launch(
                spec,
                node,
                deadline,
                resume,
                handed_down=handed_down,
                preload=preload,
                is_second=True,
            )
        except BaseException:
            started.end()
            raise
        return cls(started, service, node)

    def processes(self, deadline: Deadline) -> tuple[AppProcess, ...]:
        """Return the process that serves and those of Node.js that it has started."""
        found = find_processes(self.pid, self.inspector_url, self.output, deadline)
        self.serving.note_inspectors(filter(None, (one.inspector_url for one in found)))
        return found

    def seen_as(self, process: AppProcess) -> RunningApp:
        """Return the app with another one of its processes as the one to be measured.

        It is ended as a whole, by the original.
        """
        if process.pid == self.pid or process.inspector_url is None:
            return self
        other = copy.copy(self)
        other.pid, other.inspector_url = process.pid, process.inspector_url
        other.serving = ServingProcess(
            self._started.process, pid=process.pid, port=None
        )
        return other

    @property
    def base_url(self) -> str:
        """Where it serves, e.g. ``"http://127.0.0.1:41000"``."""
        return self.endpoint.base_url

    @property
    def root_pid(self) -> int:
        """The process that was started, and has started all others."""
        return self.tree.leader_pid

    @property
    def node_version(self) -> str:
        """As its binary prints it."""
        return self.node.version

    def output_tail(self, count: int = 20) -> tuple[str, ...]:
        """Return the last lines it printed."""
        return self.output.tail(count)

    def note_workers(self) -> None:
        """Remember the app's Node.js processes: any may die under load."""
        self.serving.note_workers()

    def count_twins(self) -> int:
        """Return how many processes run the program of the one that serves."""
        return self.tree.count_twins(self.pid)

    def is_alive(self) -> bool:
        """Tell whether the app runs, and is not about to exit."""
        if not self.serving.is_running() or self.memory_kill() is not None:
            return False
        # A line that anybody may print: a child that exits, say.
        return not (self.output.is_ending and has_closed(self.inspector_url))

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
        self._started.end()
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
