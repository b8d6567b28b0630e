"""Where the inspector of an app that was started elsewhere listens."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from pytest_nodeleak.exceptions import CannotAttach
from pytest_nodeleak.nodejs.tree import Listener

__all__ = [
    "HOW_TO_OPEN",
    "InspectorAddress",
    "exposure_note",
    "is_loopback",
    "remote_warning",
]

_ADDRESS = re.compile(
    r"(?:(?:ws|http)://)?(?P<host>\[[0-9a-fA-F:.]+\]|[^\s:/@\[\]]+):(?P<port>\d{1,5})"
    r"(?:/(?P<target>[\w-]+))?/?"
)
_MOST_PORTS = 65_535
#: What to do where no inspector answers.
HOW_TO_OPEN = (
    "Start the app with --inspect=127.0.0.1:9229, in a container with"
    " --inspect=0.0.0.0:9229 and its port forwarded to the loopback only (docker run"
    " -p 127.0.0.1:9229:9229, kubectl port-forward POD 9229), and give that address"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectorAddress:
    """Where an inspector listens.

    Attributes:
        host: A name or an address, without the brackets of IPv6.
        port: Its port.
        target: The id of one of several targets; empty for the only one.

    """

    host: str
    port: int
    target: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``"127.0.0.1:9229"``, or what Node prints when it listens.

        Raises:
            ValueError: If it is none; it says what is expected.

        """
        match = _ADDRESS.fullmatch(text.strip())
        if match is None or not 0 < int(match["port"]) <= _MOST_PORTS:
            msg = "a host and a port such as '127.0.0.1:9229'"
            raise ValueError(msg)
        return cls(
            host=match["host"].strip("[]"),
            port=int(match["port"]),
            # A group that did not take part is None, whatever the stubs say.
            target=match["target"] or "",
        )

    @property
    def is_loopback(self) -> bool:
        """Whether nobody else can listen in; a name other than localhost may be anyone."""
        return self.host.lower() == "localhost" or is_loopback(self.host)

    def __str__(self) -> str:
        return f"{_in_url(self.host)}:{self.port}"

    def resolved(self) -> Iterator[InspectorAddress]:
        """Yield it with each address its name stands for: Node refuses other names.

        Raises:
            CannotAttach: If the name stands for nothing.

        """
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except OSError as exc:
            raise CannotAttach(
                address=str(self),
                problem=f"the name {self.host!r} stands for no address ({exc.strerror})",
                remedy=HOW_TO_OPEN,
            ) from exc
        for host in dict.fromkeys(str(one[4][0]) for one in found):
            if self.is_loopback and not is_loopback(host):
                # As a hosts file may have it; nobody has accepted that.
                raise CannotAttach(
                    address=str(self),
                    problem=f"the name {self.host!r} stands for {host}, which is not on"
                    " the loopback of this machine",
                    remedy="Give 127.0.0.1 or [::1] instead",
                )
            yield InspectorAddress(host=host, port=self.port, target=self.target)


def is_loopback(host: str) -> bool:
    """Tell whether an address is one that only this machine reaches; no name is."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # As a socket for both has it, and as Python knows it since 3.13.
    inner = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or bool(inner and inner.is_loopback)


def exposure_note(listeners: Iterable[Listener], inspector_url: str) -> str:
    """Say that an app's own flags open its inspector to others; empty if they do not."""
    port = urlsplit(inspector_url).port
    open_at = {
        one.address
        for one in listeners
        if one.port == port and not is_loopback(one.address)
    }
    if not open_at:
        return ""
    where = ", ".join(f"{_in_url(one)}:{port}" for one in sorted(open_at))
    return (
        f"the app's own flags open its inspector to the network ({where}): anybody who"
        " reaches that port can run any code in the app; leave --inspect out, or say"
        " --inspect=127.0.0.1:0"
    )


def remote_warning(address: InspectorAddress) -> str:
    """Say what it means to attach to another machine; empty for the loopback."""
    if address.is_loopback:
        return ""
    return (
        f"the inspector at {address} is reached over a network: anybody who reaches that"
        " port can run any code in the app, and heap snapshots with the app's data crossed"
        " the network unencrypted; a port forwarded by ssh or kubectl does not have that"
    )


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
