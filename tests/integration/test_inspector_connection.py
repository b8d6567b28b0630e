"""Whoever is at an inspector's address may send any bytes, and need not read ours."""

from __future__ import annotations

import base64
import hashlib
import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest
from faults.proxy import text_frame

from pytest_nodeleak.cdp import connection
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import collect_garbage, evaluate
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import DeadlineExceeded, InspectorClosed

Script = Callable[[socket.socket], None]
# RFC 6455, section 1.3.
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_PING = struct.pack("!BB", 0x89, 125) + b"x" * 125


@pytest.fixture
def speak() -> Iterator[Callable[[Script], str]]:
    """Start what shakes hands as WebSocket has it, and follows a script from then on."""

    def start(script: Script) -> str:
        server = socket.socket()
        # As little as there is: who does not read holds up the sender at once.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        server.bind(("127.0.0.1", 0))
        server.listen()
        stack.callback(server.close)
        thread = threading.Thread(target=_serve, args=(server, script))
        thread.start()
        stack.callback(thread.join)
        return f"ws://127.0.0.1:{server.getsockname()[1]}/0-0"

    with ExitStack() as stack:
        yield start


def _serve(server: socket.socket, script: Script) -> None:
    client, _ = server.accept()
    with client, suppress(OSError):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        (key,) = (
            line.partition(b": ")[2]
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"sec-websocket-key:")
        )
        accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())
        client.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        script(client)


def until_closed(client: socket.socket) -> None:
    while client.recv(65_536):
        pass


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x83\x00", "what came is no WebSocket: invalid opcode"),
        (b"\x81\x81\x00\x00\x00\x00x", "no WebSocket: incorrect masking"),
        (b"\xf1\x00", "no WebSocket: reserved bits must be 0"),
        (b"\x80\x01x", "no WebSocket: unexpected continuation frame"),
        (b"\x81\x02\xff\xfe", "no WebSocket: no UTF-8: invalid start byte"),
        (b"\x01\x01x\x81\x01x", "no WebSocket: expected a continuation frame"),
        (b"\x81\x7f" + (1 << 62).to_bytes(8), "no WebSocket: too much: "),
        (b"\x81\xff" + b"\xff" * 8, "no WebSocket: "),
        (b"\x88\x02\x03\xe9", "the other end has closed it \\(1001"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_what_is_no_websocket_is_told_in_words(
    speak: Callable[[Script], str], data: bytes, why: str
) -> None:
    def script(client: socket.socket) -> None:
        # Once we wait: what came before is told by sending.
        client.recv(1)
        client.sendall(data)
        until_closed(client)

    with (
        InspectorClient.open(speak(script), Deadline(5.0)) as client,
        pytest.raises(InspectorClosed, match=why),
    ):
        client.execute(collect_garbage(), Deadline(5.0))


def test_a_connection_that_is_cut_or_reset_is_told_in_words(
    speak: Callable[[Script], str],
) -> None:
    def reset(client: socket.socket) -> None:
        client.recv(1)
        off = struct.pack("ii", 1, 0)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, off)

    for script, why in ((lambda _: None, "it was cut"), (reset, "reset by peer")):
        with (
            InspectorClient.open(speak(script), Deadline(5.0)) as client,
            pytest.raises(InspectorClosed, match=why),
        ):
            client.execute(collect_garbage(), Deadline(5.0))


def test_who_reads_nothing_does_not_hold_us_up(
    speak: Callable[[Script], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_SEND_S", 1)
    is_over = threading.Event()
    deadline = Deadline(10.0)

    def ping(client: socket.socket) -> None:
        # Each wants an answer, which the library sends with its lock held.
        while not is_over.is_set():
            client.sendall(_PING * 500)

    def wait(_client: socket.socket) -> None:
        is_over.wait(10.0)

    for script in (ping, wait):
        with (
            InspectorClient.open(speak(script), Deadline(5.0)) as client,
            pytest.raises((InspectorClosed, DeadlineExceeded)),
        ):
            client.execute(evaluate("x" * 3_000_000), Deadline(1.0))
    is_over.set()
    assert not deadline.has_passed()


def test_a_flood_ends_at_the_deadline_and_is_not_logged(
    speak: Callable[[Script], str], caplog: pytest.LogCaptureFixture
) -> None:
    flood = text_frame('{"method": "A.b"}') * 5_000

    def script(client: socket.socket) -> None:
        while True:
            client.sendall(flood)

    with (
        caplog.at_level(logging.DEBUG),
        InspectorClient.open(speak(script), Deadline(5.0)) as client,
        pytest.raises(DeadlineExceeded),
    ):
        client.execute(collect_garbage(), Deadline(0.5))
    assert client.received > 1_000
    assert caplog.records == []
