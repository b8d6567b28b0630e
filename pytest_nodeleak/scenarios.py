"""Clients that are more than a request and its answer, ready to be hammered with.

::

    from pytest_nodeleak.scenarios import WebSocket

    def test_chat(node_app):
        node_app.hammer(WebSocket("/chat", messages=["hello {n}"])).assert_bounded()

Each call is one client: it connects, does its part and is gone. ``{n}``, ``{uuid}`` and
``{random}`` are filled in as in routes.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse

import requests
from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from pytest_nodeleak.load.connection import open_http, open_socket, tls_of
from pytest_nodeleak.load.plan import is_expected
from pytest_nodeleak.load.scenario import BoundSession
from pytest_nodeleak.load.template import Template
from pytest_nodeleak.units import parse_bytes, parse_duration_s

__all__ = ["AbortedUpload", "EventStream", "NewConnection", "SlowReader", "WebSocket"]

_PIECE_BYTES = 64 * 1024
_SLOW_PIECE_BYTES = 4096
_BAD_STATUS = 400


@dataclass(frozen=True)
class WebSocket:
    """A client that opens a WebSocket, talks and leaves.

    Attributes:
        path: Where.
        messages: What it sends, one after the other.
        replies: How many messages it waits for after each of its own.
        greetings: How many it waits for before it says anything.
        says_goodbye: Whether it closes as the protocol has it; if not, its connection
            breaks, as that of a phone without reception.
        headers: More headers of the request that opens it.

    """

    path: str
    messages: Sequence[str] = ()
    replies: int = 1
    greetings: int = 0
    says_goodbye: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"WebSocket {self.path}"

    def __call__(self, http: BoundSession) -> None:
        """Be one such client.

        Raises:
            requests.RequestException: If the app does not play its part.

        """
        with _failing_as_requests_do(http), self._open(http) as connection:
            self._listen(connection, http, self.greetings)
            for message in self.messages:
                connection.send(Template(message).render(http.number))
                self._listen(connection, http, self.replies)
            if not self.says_goodbye:
                # No frame that says goodbye, and whoever reads is woken at once.
                connection.socket.shutdown(socket.SHUT_RDWR)

    def _listen(
        self, connection: ClientConnection, http: BoundSession, messages: int
    ) -> None:
        for _ in range(messages):
            connection.recv(timeout=http.timeout_s)

    def _open(self, http: BoundSession) -> ClientConnection:
        path = Template(self.path).render(http.number)
        timeout_s, tls = http.timeout_s, tls_of(http.endpoint)
        return connect(
            http.endpoint.base_url.replace("http", "ws", 1) + path,
            sock=open_socket(http.endpoint, timeout_s),
            ssl=tls,
            open_timeout=timeout_s,
            close_timeout=timeout_s,
            additional_headers=dict(self.headers),
            proxy=None,
        )


@dataclass(frozen=True)
class EventStream:
    """A client that listens to server-sent events for a while and leaves.

    Attributes:
        path: Where.
        events: After how many events it leaves.

    """

    path: str
    events: int = 1

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"EventStream {self.path}"

    def __call__(self, http: BoundSession) -> None:
        """Be one such client.

        Raises:
            requests.RequestException: If the app does not play its part.

        """
        with _exchange(http) as connection:
            answer = _ask(connection, http, self.path, accept="text/event-stream")
            if answer.status >= _BAD_STATUS:
                # As it was expected to.
                return
            for _ in range(self.events):
                if not _has_event(answer):
                    msg = (
                        f"GET {self.path}: the stream ended before {self.events} events"
                    )
                    raise requests.ConnectionError(msg)


@dataclass(frozen=True)
class AbortedUpload:
    """A client that goes away in the middle of its upload.

    Attributes:
        path: Where.
        size: Of the whole body, e.g. ``"1 MB"``.
        sent: The share of it that is sent.
        method: ``"POST"`` or another one with a body.

    """

    path: str
    size: str = "256 KiB"
    sent: float = 0.5
    method: str = "POST"

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"AbortedUpload {self.path}"

    def __call__(self, http: BoundSession) -> None:
        """Be one such client.

        Raises:
            requests.RequestException: If the app is not there.

        """
        size_bytes = int(parse_bytes(self.size))
        with _exchange(http) as connection:
            connection.putrequest(self.method, Template(self.path).render(http.number))
            connection.putheader("Content-Type", "application/octet-stream")
            connection.putheader("Content-Length", str(size_bytes))
            connection.endheaders()
            # An app may refuse early and hang up first.
            with suppress(BrokenPipeError, ConnectionResetError):
                for at in range(0, int(size_bytes * self.sent), _PIECE_BYTES):
                    left = int(size_bytes * self.sent) - at
                    connection.send(bytes(min(left, _PIECE_BYTES)))


@dataclass(frozen=True)
class SlowReader:
    """A client that takes its time to read the answer and hangs up before its end.

    Attributes:
        path: Where.
        lasts: How long it reads, e.g. ``"200 ms"``.
        pause: Between pieces of at most 4 KiB.

    """

    path: str
    lasts: str = "100 ms"
    pause: str = "20 ms"

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"SlowReader {self.path}"

    def __call__(self, http: BoundSession) -> None:
        """Be one such client.

        Raises:
            requests.RequestException: If the app does not play its part.

        """
        pause_s = parse_duration_s(self.pause)
        with _exchange(http) as connection:
            answer = _ask(connection, http, self.path)
            until = time.monotonic() + parse_duration_s(self.lasts)
            # What is there already will do: a stream may take its time for more.
            while time.monotonic() < until and answer.read1(_SLOW_PIECE_BYTES):
                time.sleep(pause_s)


@dataclass(frozen=True)
class NewConnection:
    """A client with a connection of its own for its one request.

    Attributes:
        path: Where.
        method: Of the request.

    """

    path: str
    method: str = "GET"

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"NewConnection {self.path}"

    def __call__(self, http: BoundSession) -> None:
        """Be one such client.

        Raises:
            requests.RequestException: If the app does not play its part.

        """
        with _exchange(http) as connection:
            _ask(connection, http, self.path, method=self.method).read()


def _has_event(answer: HTTPResponse) -> bool:
    """Read on to the end of the next event; False if the stream ends before."""
    has_data = False
    while line := answer.readline():
        # An event has data and ends with an empty line; what keeps it alive has none.
        has_data |= line.startswith(b"data")
        if has_data and not line.strip():
            return True
    return False


def _ask(
    connection: HTTPConnection,
    http: BoundSession,
    path: str,
    *,
    method: str = "GET",
    accept: str = "*/*",
) -> HTTPResponse:
    """Send a request; return its answer with the body unread."""
    target = Template(path).render(http.number)
    connection.request(method, target, headers={"Accept": accept})
    answer = connection.getresponse()
    http.last_status = answer.status
    if not is_expected(answer.status, http.expect_status):
        msg = f"{method} {target} answered {answer.status}"
        raise requests.HTTPError(msg)
    return answer


@contextmanager
def _exchange(http: BoundSession) -> Iterator[HTTPConnection]:
    """Open a connection that is closed after the client's part, whatever is under way."""
    with _failing_as_requests_do(http):
        connection = open_http(http.endpoint, http.timeout_s)
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def _failing_as_requests_do(http: BoundSession) -> Iterator[None]:
    """Raise what a scenario may raise for an app that does not answer as expected."""
    try:
        yield
    except InvalidStatus as exc:
        http.last_status = exc.response.status_code
        if not http.expect_status or http.last_status not in http.expect_status:
            raise requests.HTTPError(str(exc)) from exc
    except InvalidHandshake as exc:
        raise requests.HTTPError(str(exc)) from exc
    except (OSError, HTTPException, WebSocketException) as exc:
        if isinstance(exc, requests.RequestException):
            raise
        raise requests.ConnectionError(str(exc) or type(exc).__name__) from exc
