"""A connection to an app that a scenario may treat as badly as a client would."""

from __future__ import annotations

import socket
import ssl
from functools import cache
from http.client import HTTPConnection
from urllib.parse import urlsplit

from pytest_nodeleak.endpoint import Endpoint

__all__ = ["open_http", "open_socket", "tls_of"]


def open_socket(endpoint: Endpoint, timeout_s: float) -> socket.socket:
    """Connect to an app, without TLS.

    Raises:
        OSError: If it refuses.

    """
    if endpoint.socket_path is not None:
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connected.settimeout(timeout_s)
            connected.connect(endpoint.socket_path)
        except OSError:
            connected.close()
            raise
        return connected
    address = urlsplit(endpoint.base_url)
    where = (address.hostname or "127.0.0.1", address.port or 80)
    return socket.create_connection(where, timeout=timeout_s)


@cache
def tls_of(endpoint: Endpoint) -> ssl.SSLContext | None:
    """Return how its certificate is checked; None if it has none."""
    if not endpoint.base_url.startswith("https://"):
        return None
    context = ssl.create_default_context()
    if isinstance(endpoint.verify, str):
        context.load_verify_locations(endpoint.verify)
    elif not endpoint.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def open_http(endpoint: Endpoint, timeout_s: float) -> HTTPConnection:
    """Connect to an app for one exchange, whose every step is the caller's.

    Raises:
        OSError: If it refuses, or is not trusted.

    """
    address = urlsplit(endpoint.base_url)
    connection = HTTPConnection(address.netloc, timeout=timeout_s)
    # All certificates of the system are read for it, once.
    context = tls_of(endpoint)
    connected = open_socket(endpoint, timeout_s)
    if context is not None:
        try:
            connected = context.wrap_socket(connected, server_hostname=address.hostname)
        except OSError:
            connected.close()
            raise
    connection.sock = connected
    return connection
