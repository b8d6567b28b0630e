"""The blocking inspector client: a session on a WebSocket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TypeVar

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import ClientConnection, connect

from pytest_nodeleak.cdp.events import Event
from pytest_nodeleak.cdp.messages import Command
from pytest_nodeleak.cdp.session import Failure, Session, Success
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import (
    CommandFailed,
    DeadlineExceeded,
    InspectorClosed,
)

__all__ = ["InspectorClient"]

T = TypeVar("T")

_CLOSE_S = 1.0


def _ignore_event(_event: Event) -> None:
    """Drop an event nobody asked for."""


class InspectorClient:
    """Executes commands one at a time, on a connection that is already open."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._session = Session()

    @classmethod
    @contextmanager
    def open(cls, url: str, deadline: Deadline) -> Iterator[InspectorClient]:
        """Connect to ``ws://127.0.0.1:port/uuid`` for the length of a ``with`` block.

        Raises:
            InspectorClosed: If the address refuses or is no inspector.

        """
        with _connect(url, deadline) as connection:
            yield cls(connection)

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
                        return command.parse(answer.result)
                    case Failure():
                        raise CommandFailed(
                            method=command.method,
                            code=answer.code,
                            message=answer.message,
                        )
                    case _:
                        on_event(answer)
        except ConnectionClosed as exc:
            raise InspectorClosed(during=command.method, reason=str(exc)) from exc
        finally:
            self._session.forget(command_id)

    def _receive(self, method: str, deadline: Deadline) -> str:
        waiting_for = f"answer to {method}"
        try:
            # Frames from V8 are text; bytes would be a foreign server's.
            message = self._connection.recv(timeout=deadline.check(waiting_for))
        except TimeoutError as exc:
            raise DeadlineExceeded(
                waiting_for=waiting_for, allowed_s=deadline.allowed_s
            ) from exc
        return message if isinstance(message, str) else message.decode(errors="replace")


@contextmanager
def _connect(url: str, deadline: Deadline) -> Iterator[ClientConnection]:
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(
                connect(
                    url,
                    # Node closes the inspector session when it gets a WebSocket ping,
                    # so the library's keep-alive would end every check after 20 s.
                    ping_interval=None,
                    # Snapshots are hundreds of MB on loopback: compressing costs more
                    # than it saves, and a size limit would refuse a chunk.
                    compression=None,
                    max_size=None,
                    # A proxy of the environment must never see the inspector.
                    proxy=None,
                    open_timeout=deadline.check("inspector connection"),
                    close_timeout=_CLOSE_S,
                )
            )
        except (OSError, ConnectionClosed, InvalidHandshake, InvalidURI) as exc:
            raise InspectorClosed(during="connecting", reason=str(exc)) from exc
        yield connection
