"""What the descriptors of a process are: told by what the kernel says of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Descriptor", "DescriptorType", "Endpoint", "classify", "count_types"]


class DescriptorType(StrEnum):
    """The types that leak in different ways; the values are part of the JSON record."""

    FILE = "file"
    OUTBOUND = "outbound connection"
    INBOUND = "inbound connection"
    SERVER = "listening socket"
    UDP = "UDP socket"
    PIPE = "pipe"
    SOCKET = "unconnected socket"
    WATCHER = "file watcher"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What is known of a socket beyond that it is one.

    Attributes:
        is_unix: Whether it is a Unix domain socket; Node's pipes to its children are.
        is_datagram: Whether it is UDP, if it is not.
        is_listening: Whether it accepts connections.
        port: Its own port; 0 without one.
        peer: The other side, such as ``"127.0.0.1:5432"``; empty without one.

    """

    is_unix: bool = False
    is_datagram: bool = False
    is_listening: bool = False
    port: int = 0
    peer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """One open descriptor.

    Attributes:
        type: What it is.
        target: The path of a file, the other side of a connection; else empty.

    """

    type: DescriptorType
    target: str = ""


# As Linux names what has no path.
_WATCHER = "anon_inode:inotify"
_DELETED = " (deleted)"


def classify(
    links: Mapping[int, str], endpoints: Mapping[int, Endpoint]
) -> tuple[Descriptor, ...]:
    """Tell what each descriptor is.

    Args:
        links: What each number is a link to, as ``/proc/<pid>/fd`` has it.
        endpoints: What is known of those that are sockets.

    """
    own_ports = {one.port for one in endpoints.values() if one.is_listening}
    return tuple(
        _of_socket(endpoints[number], own_ports)
        if number in endpoints
        else _of_link(link)
        for number, link in links.items()
    )


def _of_socket(endpoint: Endpoint, own_ports: Collection[int]) -> Descriptor:
    if endpoint.is_listening:
        return Descriptor(type=DescriptorType.SERVER)
    if endpoint.is_unix:
        return Descriptor(type=DescriptorType.PIPE)
    if endpoint.is_datagram:
        return Descriptor(type=DescriptorType.UDP)
    if not endpoint.peer:
        return Descriptor(type=DescriptorType.SOCKET)
    is_inbound = endpoint.port in own_ports
    direction = DescriptorType.INBOUND if is_inbound else DescriptorType.OUTBOUND
    return Descriptor(type=direction, target=endpoint.peer)


def _of_link(link: str) -> Descriptor:
    if link.startswith("/"):
        return Descriptor(type=DescriptorType.FILE, target=link.removesuffix(_DELETED))
    if link.startswith("socket:"):
        return Descriptor(type=DescriptorType.SOCKET)
    if link.startswith("pipe:"):
        return Descriptor(type=DescriptorType.PIPE)
    is_watcher = link == _WATCHER
    return Descriptor(
        type=DescriptorType.WATCHER if is_watcher else DescriptorType.OTHER
    )


def count_types(descriptors: Sequence[Descriptor]) -> dict[DescriptorType, int]:
    """Return how many there are of each type, the most frequent first."""
    return dict(Counter(one.type for one in descriptors).most_common())
