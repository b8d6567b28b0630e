"""The blocking inspector client: a session on a WebSocket."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Protocol, TypeVar

from websockets.exceptions import ConnectionClosed

from pytest_nodeleak.cdp.answers import reading_answer
from pytest_nodeleak.cdp.connection import closed_during, connected
from pytest_nodeleak.cdp.events import Event
from pytest_nodeleak.cdp.messages import Command
from pytest_nodeleak.cdp.session import Failure, Session, Success
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import (
    CommandFailed,
    DeadlineExceeded,
)

__all__ = ["InspectorClient", "Wire"]

T = TypeVar("T")


def _ignore_event(_event: Event) -> None:
    """Drop an event nobody asked for."""


def _acknowledge_nothing() -> None:
    """Leave it to the system when it acknowledges what has come."""


class Wire(Protocol):
    """What carries the messages of a session."""

    def send(self, message: str, /) -> None:
        """Send a message."""

    def recv(self, timeout: float | None = None) -> str | bytes:
        """Wait for a message, so many seconds.

        Raises:
            TimeoutError: If none comes.

        """

    def close(self) -> None:
        """End the session."""


class InspectorClient:
    """Executes commands one at a time, on a connection that is already open.

    Attributes:
        received: How many messages have come.

    """

    def __init__(
        self, connection: Wire, *, acknowledge: Callable[[], None] | None = None
    ) -> None:
        """Take a connection.

        Args:
            connection: An open one.
            acknowledge: Has the system acknowledge at once what comes next.

        """
        self.received = 0
        self._heard_s = time.monotonic()
        self._connection = connection
        self._acknowledge = acknowledge or _acknowledge_nothing
        self._session = Session()
        self._listener: Callable[[Event], None] = _ignore_event

    @property
    def silent_s(self) -> float:
        """How long no message has come, asked for or not."""
        return time.monotonic() - self._heard_s

    @classmethod
    @contextmanager
    def open(cls, url: str, deadline: Deadline) -> Iterator[InspectorClient]:
        """Connect to ``ws://127.0.0.1:port/uuid`` for the length of a ``with`` block.

        Raises:
            InspectorClosed: If the address refuses or is no inspector.

        """
        with connected(url, deadline) as connection:
            yield cls(
                connection, acknowledge=partial(_acknowledge_at_once, connection.socket)
            )

    def disconnect(self) -> None:
        """End the session: an app that wants to exit waits for that."""
        # Closing a connection that broke raises; it is closed all the same.
        with suppress(ConnectionClosed):
            self._connection.close()

    def execute(
        self,
        command: Command[T],
        deadline: Deadline,
        *,
        on_event: Callable[[Event], None] = _ignore_event,
    ) -> T:
        """Send a command, hand over the events that come meanwhile, return the answer.

        Raises:
            CommandFailed: If V8 answers with an error.
            AnswerMalformed: If the answer is none to this command.
            DeadlineExceeded: If no answer comes in time.
            InspectorClosed: If the connection is gone.

        """
        command_id, text = self._session.send(command)
        try:
            deadline.check(f"answer to {command.method}")
            self._connection.send(text)
            while True:
                message = self._receive(command.method, deadline)
                answer = self._session.receive_text(message)
                match answer:
                    case Success():
                        with reading_answer(command.method):
                            return command.parse(answer.result)
                    case Failure():
                        raise CommandFailed(
                            method=command.method,
                            code=answer.code,
                            message=answer.message,
                        )
                    case _:
                        self._listener(answer)
                        on_event(answer)
        except ConnectionClosed as exc:
            raise closed_during(command.method, exc) from exc
        finally:
            self._session.forget(command_id)

    def listen(self, listener: Callable[[Event], None] | None) -> None:
        """Hand over all events from now on, whatever is executed; to nobody if None."""
        self._listener = listener or _ignore_event

    def post(self, command: Command[None]) -> None:
        """Send a command that nobody waits for an answer to.

        Raises:
            InspectorClosed: If the connection is gone.

        """
        command_id, text = self._session.send(command)
        self._session.forget(command_id)
        try:
            self._connection.send(text)
        except ConnectionClosed as exc:
            raise closed_during(command.method, exc) from exc

    def pump(self, timeout_s: float) -> None:
        """Wait for one message, and hand it to the listener if it is an event.

        Raises:
            TimeoutError: If none comes in time.
            InspectorClosed: If the connection is gone.

        """
        # Node writes the answer to a message for a worker and what the worker says apart:
        # without this the second waits 40 ms for the first to be acknowledged.
        self._acknowledge()
        try:
            message = self._connection.recv(timeout=timeout_s)
        except ConnectionClosed as exc:
            raise closed_during("waiting", exc) from exc
        event = self._session.receive_text(self._text(message))
        if not isinstance(event, Success | Failure):
            self._listener(event)

    def _receive(self, method: str, deadline: Deadline) -> str:
        waiting_for = f"answer to {method}"
        try:
            message = self._connection.recv(timeout=deadline.check(waiting_for))
        except TimeoutError as exc:
            raise DeadlineExceeded(
                waiting_for=waiting_for, allowed_s=deadline.allowed_s
            ) from exc
        return self._text(message)

    def _text(self, message: str | bytes) -> str:
        self.received += 1
        self._heard_s = time.monotonic()
        # Frames from V8 are text; bytes would be a foreign server's.
        return message if isinstance(message, str) else message.decode(errors="replace")


def _acknowledge_at_once(connection: socket.socket) -> None:
    option = getattr(socket, "TCP_QUICKACK", None)
    if option is not None:
        # A connection that broke says so when it is read.
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, option, 1)
