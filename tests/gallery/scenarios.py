"""Load that plain requests cannot make: clients that connect, are greeted and leave."""

from __future__ import annotations

from websockets.sync.client import ClientConnection, connect

from pytest_nodeleak.load.scenario import BoundSession

__all__ = [
    "follow_fixed_scores",
    "follow_scores",
    "listen_to_the_fixed_ticker",
    "listen_to_the_ticker",
]

_ANSWER_S = 10.0


def listen_to_the_ticker(http: BoundSession) -> None:
    """Connect with ws, be welcomed, disconnect."""
    _be_welcomed(http, "/")


def listen_to_the_fixed_ticker(http: BoundSession) -> None:
    """Do the same where the app forgets its clients."""
    _be_welcomed(http, "/fixed")


def follow_scores(http: BoundSession) -> None:
    """Connect with Socket.IO, be welcomed, disconnect."""
    _join(http, "/scores")


def follow_fixed_scores(http: BoundSession) -> None:
    """Do the same where the app stops listening."""
    _join(http, "/fixed")


def _connect(http: BoundSession, path: str) -> ClientConnection:
    return connect(http.base_url.replace("http", "ws") + path, proxy=None)


def _be_welcomed(http: BoundSession, path: str) -> None:
    with _connect(http, path) as client:
        assert client.recv(timeout=_ANSWER_S) == '{"type":"welcome"}'


def _join(http: BoundSession, namespace: str) -> None:
    # Engine.IO 4: packet 0 opens, 4 is a message; Socket.IO 5: 40 connects to a
    # namespace, 42 is an event in it, 41 leaves it.
    with _connect(http, "/socket.io/?EIO=4&transport=websocket") as client:
        assert str(client.recv(timeout=_ANSWER_S)).startswith("0{")
        client.send(f"40{namespace},")
        assert str(client.recv(timeout=_ANSWER_S)).startswith(f"40{namespace},")
        welcome = client.recv(timeout=_ANSWER_S)
        assert welcome == f'42{namespace},["welcome",{{"games":3}}]'
        client.send(f"41{namespace},")
