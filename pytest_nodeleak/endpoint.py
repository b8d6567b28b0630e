"""Where an app serves, and how it is spoken to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pycurl

__all__ = ["Endpoint", "Verify"]

# As in requests: yes, no, or a file of certificates to trust.
Verify: TypeAlias = bool | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """The address of an app.

    Attributes:
        base_url: Scheme, host and port, e.g. ``"http://127.0.0.1:41000"``; of a Unix
            socket ``"http://localhost"``.
        socket_path: The Unix socket; None for TCP.
        verify: Whether its certificate is checked, as ``requests`` has it: a text is a
            file of certificates to trust.
        knows_http2: Whether it speaks HTTP/2 without TLS, and nothing else.

    """

    base_url: str
    socket_path: str | None = None
    verify: Verify = True
    knows_http2: bool = False

    @classmethod
    def of_socket(cls, path: Path, *, verify: Verify = True) -> Endpoint:
        """Return the address of a Unix socket."""
        return cls(base_url="http://localhost", socket_path=str(path), verify=verify)

    @property
    def name(self) -> str:
        """How messages call it."""
        return self.socket_path or f"{self.base_url}/"

    def set_up(self, curl: pycurl.Curl) -> None:
        """Set what every request to it has in common."""
        curl.setopt(pycurl.NOSIGNAL, 1)
        # A proxy of the environment must not stand between us and the loopback.
        curl.setopt(pycurl.PROXY, "")
        if self.socket_path is not None:
            curl.setopt(pycurl.UNIX_SOCKET_PATH, self.socket_path)
        if self.knows_http2:
            curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
        if isinstance(self.verify, str):
            curl.setopt(pycurl.CAINFO, self.verify)
        elif not self.verify:
            curl.setopt(pycurl.SSL_VERIFYPEER, 0)
            curl.setopt(pycurl.SSL_VERIFYHOST, 0)
