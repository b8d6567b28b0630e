"""Stands between a client and an inspector, and does to what passes what it is told.

It knows frames of WebSocket on the way back, so that it can put something between them or
change them; on the way there, bytes pass as they come.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias

__all__ = ["Link", "Proxy", "Trouble", "at_rate", "changing", "text_frame"]

_TEXT = 0x81
_HEADER_END = b"\r\n\r\n"


class Link:
    """One connection that goes through the proxy.

    Attributes:
        is_websocket: Whether frames go through it by now.

    """

    def __init__(self, near: socket.socket, far: socket.socket, proxy: Proxy) -> None:
        self.near = near
        self.far = far
        self.proxy = proxy
        self.is_websocket = False
        self._writing = threading.Lock()

    def send(self, data: bytes) -> None:
        """Send something to the client, whole."""
        with self._writing:
            self.near.sendall(data)

    def end(self) -> None:
        """Close it, as who has nothing more to say."""
        for one in (self.near, self.far):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """Close it, as who has never heard of it."""
        off = struct.pack("ii", 1, 0)
        with suppress(OSError):
            self.near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, off)
            self.near.close()
        with suppress(OSError):
            self.far.shutdown(socket.SHUT_RDWR)

    def to_app(self) -> None:
        """Let pass what the client says."""
        with suppress(OSError):
            while data := self.near.recv(65_536):
                if not self.proxy.is_silent(self):
                    self.far.sendall(data)
            self.far.shutdown(socket.SHUT_WR)

    def to_client(self) -> None:
        """Let pass what the app says, frame by frame, as the trouble has it."""
        with suppress(OSError, ValueError), self.far.makefile("rb") as file:
            head = _head_of(file)
            self.proxy.answer(self, head)
            self.is_websocket = b" 101 " in head.split(b"\r\n")[0]
            if self.is_websocket:
                self.proxy.begin(self)
            for piece in _frames_of(file) if self.is_websocket else _pieces_of(file):
                if not self.proxy.is_silent(self):
                    self.proxy.pass_on(self, piece)
        self.end()


Trouble: TypeAlias = Callable[[Link, bytes], None]


class Proxy:
    """Listens on a port of the loopback and connects to another one.

    Args:
        port: Where it listens; 0 for any.
        to: Where it leads to.

    """

    def __init__(self, port: int, to: tuple[str, int]) -> None:
        self._to = to
        self._server = socket.create_server(("127.0.0.1", port))
        self.port = self._server.getsockname()[1]
        self._links: list[Link] = []
        self._silent: set[Link] = set()
        self._is_silent = False
        self._trouble: Trouble | None = None
        self._answer: bytes | None = None
        self._on_begin: Callable[[Link], None] | None = None
        self._threads: list[threading.Thread] = []
        self._run(self._accept)

    def frames(self, trouble: Trouble) -> None:
        """Have every frame that comes from now on go through this."""
        self._trouble = trouble

    def for_each(self, do: Callable[[Link], None]) -> None:
        """Do something to every connection of WebSocket, and to those that come."""
        self._on_begin = do
        for link in self._links:
            if link.is_websocket:
                self._run(partial(do, link))

    def http(self, answer: bytes) -> None:
        """Answer every request from now on by this, unless it is for a WebSocket."""
        self._answer = answer

    def fall_silent(self, *, for_good: bool) -> None:
        """Let nothing pass any more, and close nothing.

        Args:
            for_good: Whether that holds for connections that come, too.

        """
        self._silent = set(self._links)
        self._is_silent = for_good

    def end_all(self, end: Callable[[Link], None], *, for_good: bool) -> None:
        """End all connections; for good, so that nobody answers there any more."""
        if for_good:
            self.close()
        for link in self._links:
            end(link)

    def close(self) -> None:
        """Listen no more."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def is_silent(self, link: Link) -> bool:
        """Tell whether nothing passes through a connection any more."""
        return self._is_silent or link in self._silent

    def begin(self, link: Link) -> None:
        """Take note that frames go through a connection from now on."""
        if self._on_begin is not None:
            do = self._on_begin
            self._run(lambda: do(link))

    def answer(self, link: Link, head: bytes) -> None:
        """Send the head of an answer, or another answer in its place."""
        if self.is_silent(link):
            return
        if self._answer is None or b" 101 " in head:
            link.send(head)
            return
        link.send(self._answer)
        link.end()

    def pass_on(self, link: Link, piece: bytes) -> None:
        """Send on what the app has said."""
        if self._trouble is None or not link.is_websocket:
            link.send(piece)
        else:
            self._trouble(link, piece)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                far = socket.create_connection(self._to)
            except OSError:
                near.close()
                continue
            link = Link(near, far, self)
            self._links.append(link)
            self._run(link.to_app)
            self._run(link.to_client)

    def _run(self, work: Callable[[], None]) -> None:
        def run() -> None:
            # Whoever has gone need not be told.
            with suppress(OSError):
                work()

        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()


def text_frame(text: str) -> bytes:
    """Return a text as a frame."""
    return _frame(_TEXT, text.encode("utf-8", "surrogatepass"))


def changing(change: Callable[[Any], Any]) -> Trouble:
    """Return the trouble of messages that are changed; None leaves one out."""

    def trouble(link: Link, frame: bytes) -> None:
        if frame[0] != _TEXT:
            link.send(frame)
            return
        changed = change(json.loads(_payload_of(frame)))
        if changed is not None:
            link.send(text_frame(json.dumps(changed)))

    return trouble


def at_rate(bytes_per_s: int) -> Trouble:
    """Return the trouble of a line that carries so much."""

    def trouble(link: Link, frame: bytes) -> None:
        step = max(1, bytes_per_s // 10)
        for at in range(0, len(frame), step):
            link.send(frame[at : at + step])
            time.sleep(0.1 * min(1.0, len(frame[at : at + step]) / step))

    return trouble


def _frame(first: int, payload: bytes) -> bytes:
    length = len(payload)
    if length < 126:
        return struct.pack("!BB", first, length) + payload
    if length < 1 << 16:
        return struct.pack("!BBH", first, 126, length) + payload
    return struct.pack("!BBQ", first, 127, length) + payload


def _payload_of(frame: bytes) -> bytes:
    return frame[2 + {126: 2, 127: 8}.get(frame[1], 0) :]


def _head_of(file: Any) -> bytes:  # noqa: ANN401  # a file of a socket
    head = b""
    while not head.endswith(_HEADER_END):
        line = file.readline()
        if not line:
            break
        head += line
    return head


def _pieces_of(file: Any) -> Iterator[bytes]:  # noqa: ANN401
    while piece := file.read1(65_536):
        yield piece


def _frames_of(file: Any) -> Iterator[bytes]:  # noqa: ANN401
    while len(header := file.read(2)) == 2:
        extra = file.read({126: 2, 127: 8}.get(header[1], 0))
        length = int.from_bytes(extra) if extra else header[1]
        yield header + extra + file.read(length)
