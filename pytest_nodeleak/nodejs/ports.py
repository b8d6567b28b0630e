"""A free port for an app, and whether one answers as an app does."""

from __future__ import annotations

import socket
from collections.abc import Iterable

import requests

from pytest_nodeleak.deadline import Deadline

__all__ = ["answering", "free_port"]

_ANSWER_TIMEOUT_S = 2.0
# What Node's inspector says to plain HTTP; such a port is not the app's.
_INSPECTOR_REPLY = b"WebSockets request was expected"


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answering(base_urls: Iterable[str], deadline: Deadline) -> str | None:
    """Return the first address that answers HTTP; None if none does."""
    return next((url for url in base_urls if _answers(url, deadline)), None)


def _answers(base_url: str, deadline: Deadline) -> bool:
    with requests.Session() as http:
        http.trust_env = False
        try:
            response = http.get(
                base_url,
                timeout=min(_ANSWER_TIMEOUT_S, deadline.remaining_s() or 0.001),
                allow_redirects=False,
            )
        except requests.RequestException:
            return False
    return _INSPECTOR_REPLY not in response.content
