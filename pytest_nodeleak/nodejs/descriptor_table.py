"""Reads what descriptors a process has open."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import psutil

from pytest_nodeleak.nodejs.descriptor_types import Descriptor, Endpoint, classify

__all__ = ["parse_tables", "read_descriptors"]

# Where the kernel's tables have them, and how it writes the state of a listener.
_INET_INODE, _UNIX_INODE, _LISTEN = 9, 6, "0A"


def read_descriptors(pid: int) -> tuple[Descriptor, ...] | None:
    """Return the open descriptors of a process; None where we may not look.

    Off Linux only files and sockets are known.
    """
    try:
        process = psutil.Process(pid)
        endpoints = _endpoints(process)
        return classify(_links(process, endpoints), endpoints)
    except (psutil.Error, OSError):
        return None


def _endpoints(process: psutil.Process) -> dict[int, Endpoint]:
    return {
        one.fd: Endpoint(
            is_unix=one.family not in {socket.AF_INET, socket.AF_INET6},
            is_datagram=one.type == socket.SOCK_DGRAM,
            is_listening=one.status == psutil.CONN_LISTEN,
            port=getattr(one.laddr, "port", 0),
            peer=_peer(one.raddr),
        )
        for one in process.net_connections(kind="all")
    }


def _peer(address: object) -> str:
    """Return host and port; a Unix socket has a path, or nothing."""
    port = getattr(address, "port", None)
    return "" if port is None else f"{getattr(address, 'ip', '')}:{port}"


def _links(
    process: psutil.Process, endpoints: Mapping[int, Endpoint]
) -> dict[int, str]:
    directory = Path("/proc") / str(process.pid) / "fd"
    if not directory.is_dir():
        files = {one.fd: one.path for one in process.open_files()}
        return {**files, **dict.fromkeys(endpoints, "socket:")}
    links = {}
    for entry in os.scandir(directory):
        try:
            # Thousands of sockets: a Path of each takes longer than all the rest.
            links[int(entry.name)] = os.readlink(entry.path)  # noqa: PTH115
        except FileNotFoundError:
            # It was closed while we looked.
            continue
    return links


def parse_tables(
    links: Mapping[int, str], nets: Mapping[str, Sequence[str]]
) -> tuple[Descriptor, ...]:
    """Return what is open, from what Linux shows a process of itself.

    Args:
        links: What each number is a link to, as ``/proc/self/fd`` has it.
        nets: Lines of ``/proc/self/net/tcp``, ``tcp6``, ``udp``, ``udp6`` and ``unix``.

    """
    by_inode = {
        inode: endpoint
        for table, lines in nets.items()
        for inode, endpoint in map(partial(_parse_line, table), lines)
    }
    endpoints = {
        fd: by_inode[inode]
        for fd, link in links.items()
        if (inode := link.removeprefix("socket:[").removesuffix("]")) in by_inode
    }
    return classify(links, endpoints)


def _parse_line(table: str, line: str) -> tuple[str, Endpoint]:
    """Return the inode of a socket and what the kernel's line says of it."""
    words = line.split()
    if table == "unix":
        return words[_UNIX_INODE], Endpoint(is_unix=True)
    own, peer, state = words[1:4]
    endpoint = Endpoint(
        is_datagram=table.startswith("udp"),
        is_listening=state == _LISTEN and not table.startswith("udp"),
        port=int(own.rpartition(":")[2], 16),
        peer=_parse_address(peer),
    )
    return words[_INET_INODE], endpoint


def _parse_address(text: str) -> str:
    """Return host and port; empty for none."""
    host, _, port = text.partition(":")
    if int(port, 16) == 0:
        return ""
    # Each word is as it lies in the memory of a little-endian machine.
    packed = b"".join(
        bytes.fromhex(host[at : at + 8])[::-1] for at in range(0, len(host), 8)
    )
    return f"{ip_address(packed)}:{int(port, 16)}"
