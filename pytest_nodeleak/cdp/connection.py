"""The WebSocket to an inspector, which may be anything that listens at an address."""

from __future__ import annotations

import logging
import math
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.protocol import State
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Data

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import InspectorClosed

__all__ = ["closed_during", "connected"]

_CLOSE_S = 1.0
_LOOK_S = 1.0
# An inspector reads beside the app's own thread, so who does not has gone.
_SEND_S = 3
# The source of a bundle, a long profile: V8 has no string of more characters. Whoever
# announces more would have us wait for it, and keep it.
_LARGEST_MESSAGE_BYTES = 1 << 29
# What is wrong with a connection is an error of ours; the library would log a traceback of
# its own beside it where much comes in the moment that we close.
_UNHEARD = logging.getLogger("pytest_nodeleak.cdp.connection")
_UNHEARD.disabled = True
_NOT_WEBSOCKET = {1002: "", 1007: "no UTF-8: ", 1009: "too much: "}


class _Connection(ClientConnection):
    """A connection that tells who waits when it has been given up.

    What breaks the protocol has the library say goodbye, and wait for the other end to hang
    up; a waiting reader is told only then.
    """

    def recv(  # type: ignore[override]
        self,
        timeout: float | None = None,
        decode: bool | None = None,  # noqa: FBT001  # the library's
    ) -> Data:
        deadline = Deadline(math.inf if timeout is None else timeout)
        while True:
            try:
                return super().recv(min(_LOOK_S, deadline.remaining_s()), decode)
            except TimeoutError:
                if self.protocol.state is not State.OPEN:
                    self.close()
                elif deadline.remaining_s() <= 0:
                    raise


@contextmanager
def connected(url: str, deadline: Deadline) -> Iterator[ClientConnection]:
    """Connect to ``ws://127.0.0.1:port/uuid`` for the length of a ``with`` block.

    Raises:
        InspectorClosed: If the address refuses or is no inspector.
        DeadlineExceeded: If no time is left.

    """
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(
                connect(
                    url,
                    # Node closes the inspector session when it gets a WebSocket ping,
                    # so the library's keep-alive would end every check after 20 s.
                    ping_interval=None,
                    # Snapshots are hundreds of MB on loopback: compressing costs more
                    # than it saves.
                    compression=None,
                    max_size=_LARGEST_MESSAGE_BYTES,
                    # A proxy of the environment must never see the inspector.
                    proxy=None,
                    logger=_UNHEARD,
                    open_timeout=deadline.check("inspector connection"),
                    close_timeout=_CLOSE_S,
                    create_connection=_Connection,
                )
            )
        except (OSError, ConnectionClosed, InvalidHandshake, InvalidURI) as exc:
            raise InspectorClosed(during="connecting", reason=str(exc)) from exc
        _limit_sending(connection.socket)
        yield connection


def _limit_sending(connection: socket.socket) -> None:
    """Have the system give up what the other end does not read.

    The library waits for ever, with a lock held that closing the connection needs too.
    """
    option = getattr(socket, "SO_SNDTIMEO", None)
    if option is not None:
        with suppress(OSError):
            seconds = struct.pack("@ll", _SEND_S, 0)
            connection.setsockopt(socket.SOL_SOCKET, option, seconds)


def closed_during(doing: str, closed: ConnectionClosed) -> InspectorClosed:
    """Return the error of ours for a connection that is gone.

    Args:
        doing: What was being done.
        closed: What the library says.

    """
    sent = closed.sent
    if sent is not None and sent.code in _NOT_WEBSOCKET:
        return InspectorClosed(
            during=doing,
            reason="what came is no WebSocket:"
            f" {_NOT_WEBSOCKET[sent.code]}{sent.reason}",
            remedy="something between the app and us changes what its inspector says, or it"
            " is none: attach to the inspector itself",
        )
    return InspectorClosed(during=doing, reason=_why(closed))


def _why(closed: ConnectionClosed) -> str:
    cause = closed.__cause__
    if isinstance(cause, BlockingIOError):
        return f"the other end has not read what we sent for {_SEND_S} s"
    if closed.rcvd is not None:
        return f"the other end has closed it ({closed.rcvd})"
    if isinstance(cause, OSError):
        return cause.strerror or str(cause)
    return "it was cut"
