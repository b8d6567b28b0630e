"""Reads what descriptors a process has open, from outside of it."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

import psutil

from pytest_nodeleak.nodejs.descriptor_types import Descriptor, Endpoint, classify

__all__ = ["read_descriptors"]


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
            links[int(entry.name)] = str(Path(entry.path).readlink())
        except FileNotFoundError:
            # It was closed while we looked.
            continue
    return links
