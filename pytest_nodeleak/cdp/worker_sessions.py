"""Sessions of the inspector with worker threads, each a client of its own."""

from __future__ import annotations

from collections import deque
from contextlib import suppress

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.events import (
    Event,
    WorkerAttached,
    WorkerDetached,
    WorkerMessage,
)
from pytest_nodeleak.cdp.workers import disable_workers, enable_workers, send_to_worker
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import (
    DeadlineExceeded,
    InspectorClosed,
    InspectorError,
)

__all__ = ["WorkerSessions"]

_CLOSE_S = 2.0


class WorkerSessions:
    """The sessions with all workers of an app, inside that with its main thread.

    Attributes:
        attached: The workers that were found when the sessions began.

    """

    def __init__(self, main: InspectorClient) -> None:
        self.attached: tuple[WorkerAttached, ...] = ()
        self._main = main
        self._wires: dict[str, _WorkerWire] = {}

    def open(self, deadline: Deadline) -> None:
        """Begin a session with every worker there is.

        Raises:
            InspectorError: If the app does not answer as expected.
            DeadlineExceeded: If it does not answer in time.

        """
        found: list[WorkerAttached] = []

        def note(event: Event) -> None:
            if isinstance(event, WorkerAttached):
                found.append(event)
                self._wires[event.session_id] = _WorkerWire(
                    self._main, event.session_id
                )
            self._sort(event)

        self._main.listen(note)
        self._main.execute(enable_workers(), deadline)
        # Those that start from now on have sessions too, but nobody talks to them.
        self._main.listen(self._sort)
        self.attached = tuple(found)

    def client(self, worker: WorkerAttached) -> InspectorClient:
        """Return the client of an attached worker.

        What it executes raises InspectorClosed when the worker has ended.
        """
        return InspectorClient(self._wires[worker.session_id])

    def close(self) -> None:
        """End all sessions; an app that is gone has none any more."""
        with suppress(InspectorError, DeadlineExceeded):
            self._main.execute(disable_workers(), Deadline(_CLOSE_S))
        self._main.listen(None)
        self._wires.clear()

    def _sort(self, event: Event) -> None:
        """Take note of what an event says to one of the clients."""
        match event:
            case WorkerMessage(session_id=session_id, text=text):
                wire = self._wires.get(session_id)
                if wire is not None:
                    wire.arrived.append(text)
            case WorkerDetached(session_id=session_id):
                wire = self._wires.get(session_id)
                if wire is not None:
                    wire.has_ended = True
            case _:
                pass


class _WorkerWire:
    """Carries the messages of one worker; looks like a connection to its client.

    Attributes:
        arrived: Messages from the worker that were not received yet.
        has_ended: Whether the worker is gone.

    """

    def __init__(self, main: InspectorClient, session_id: str) -> None:
        self.arrived: deque[str] = deque()
        self.has_ended = False
        self._main = main
        self._session_id = session_id

    def send(self, message: str) -> None:
        if not self.has_ended:
            self._main.post(send_to_worker(self._session_id, message))

    def recv(self, timeout: float | None = None) -> str:
        deadline = Deadline(timeout or 0.0)
        while not self.arrived:
            if self.has_ended:
                raise InspectorClosed(
                    during="work in a worker thread", reason="the thread has ended"
                )
            if deadline.has_passed():
                raise TimeoutError
            self._main.pump(deadline.remaining_s())
        return self.arrived.popleft()

    def close(self) -> None:
        """Do nothing: sessions end together."""
