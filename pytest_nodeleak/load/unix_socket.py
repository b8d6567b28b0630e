"""Lets ``requests`` talk to a Unix socket.

``requests-unixsocket2`` does so as well, with one kept connection for each socket; a
scenario that runs several times at once would open a new one for most requests.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from pytest_nodeleak.endpoint import Verify

__all__ = ["UnixAdapter"]


class _Connection(HTTPConnection):
    """One connection; the host is only what the ``Host`` header says."""

    def __init__(self, path: str, **kwargs: Any) -> None:  # noqa: ANN401  # urllib3's
        super().__init__("localhost", **kwargs)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket instead of the host."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _Pool(HTTPConnectionPool):
    """The connections that are kept."""

    def __init__(self, path: str, size: int) -> None:
        super().__init__("localhost", maxsize=size)
        self._path = path

    def _new_conn(self) -> _Connection:
        return _Connection(self._path, timeout=self.timeout.connect_timeout)


class UnixAdapter(HTTPAdapter):
    """Sends every request to one socket, whatever its URL says.

    Args:
        path: The socket.
        size: Connections that are kept.

    """

    def __init__(self, path: str, size: int) -> None:
        super().__init__()
        self._pool = _Pool(path, size)

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: Verify | None,
        proxies: Mapping[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> _Pool:
        """Return the pool of the socket."""
        del request, verify, proxies, cert
        return self._pool

    def request_url(
        self, request: PreparedRequest, proxies: Mapping[str, str] | None
    ) -> str:
        """Return the path alone: there is no proxy."""
        del proxies
        return request.path_url

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()
        super().close()
