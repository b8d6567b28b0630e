"""Where an app serves, and how it is spoken to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

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
