"""The Node.js processes an app consists of, and the inspector of each.

A cluster's primary listens and its workers answer; a parent may hand its requests on to
children that it forked. All of them are descendants of the process that serves.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psutil

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.nodejs.output import AppOutput
from pytest_nodeleak.nodejs.tree import is_node, is_running

__all__ = ["AppProcess", "find_processes", "port_clash"]

_LOOK_S = 0.1
# Workers that are just being started come to their inspector in this time.
_SETTLING_S = 3.0
_ANSWER_S = 1.0
# What node:cluster gives to a worker, and takes out of its environment at once.
_CLUSTER_ID = "NODE_UNIQUE_ID"
_NONE = (None, None)
_WORKER_PORT = re.compile(r"--inspect-port=(?:\S+:)?(?P<port>[1-9]\d*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppProcess:
    """One process of an app.

    Attributes:
        pid: Its id.
        name: Such as ``"worker 2 of 4"``.
        inspector_url: The WebSocket address of its inspector; None if it has none.
        serves: Whether it answers requests itself; a cluster's primary does not.
        is_front: Whether requests come to it from outside, not from another process of
            the app.

    """

    pid: int
    name: str
    inspector_url: str | None
    serves: bool
    is_front: bool

    @property
    def label(self) -> str:
        """Its name with its id."""
        return f"{self.name} (pid {self.pid})"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A process as one look has seen it."""

    process: psutil.Process
    cluster_id: int | None
    ports: frozenset[int]
    inspector_url: str | None


def find_processes(
    pid: int, inspector_url: str, output: AppOutput, deadline: Deadline
) -> tuple[AppProcess, ...]:
    """Return the process that serves and its descendants that run Node.js.

    Waits a moment for some that are just being started.

    Args:
        pid: The process that serves: a cluster's primary, where there is one.
        inspector_url: Its inspector.
        output: What the app prints, banners of inspectors too.
        deadline: Of the waiting.

    """
    settling, pause = deadline.at_most(_SETTLING_S), threading.Event()
    before: set[int] | None = None
    while True:
        seen = [_look(one, output) for one in _node_descendants(pid)]
        alive = [one for one in seen if one is not None]
        pids = {one.process.pid for one in alive}
        has_settled = pids == (before if pids else set())
        if settling.has_passed() or (has_settled and all(map(_is_reachable, alive))):
            return tuple(_named(pid, inspector_url, alive))
        before = pids
        pause.wait(_LOOK_S)


def port_clash(pid: int, deadline: Deadline) -> int | None:
    """Return the inspector's port that a worker was given and did not get, if any.

    node:cluster counts up from the primary's port, whoever has the next one: be it for a
    connection of his own. The worker runs on without an inspector then.

    Args:
        pid: The primary.
        deadline: How long to wait for workers that are just being started.

    """
    pause = threading.Event()
    while (missing := _missing_ports(pid)) and not deadline.has_passed():
        pause.wait(_LOOK_S)
    return min(missing, default=None)


def _missing_ports(pid: int) -> set[int]:
    """Return the inspectors' ports of workers that do not listen there."""
    missing = set()
    for process in _node_descendants(pid):
        try:
            told = _WORKER_PORT.search(" ".join(process.cmdline()))
            own = {one.laddr.port for one in _listening(process)}
        except psutil.Error:
            # It has just ended.
            continue
        if told and int(told["port"]) not in own:
            missing.add(int(told["port"]))
    return missing


def _listening(process: psutil.Process) -> list[Any]:
    return [
        one
        for one in process.net_connections(kind="tcp")
        if one.status == psutil.CONN_LISTEN and one.laddr
    ]


def _node_descendants(pid: int) -> list[psutil.Process]:
    try:
        children = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [one for one in children if is_node(one) and is_running(one)]


def _look(process: psutil.Process, output: AppOutput) -> _Seen | None:
    try:
        ports = {one.laddr.port: one.laddr.ip for one in _listening(process)}
        given = process.environ().get(_CLUSTER_ID, "")
    except psutil.Error:
        # It has just ended, or is not ours to look at.
        return None
    port, url = _inspector_among(ports, output.inspector_urls())
    return _Seen(
        process=process,
        cluster_id=int(given) if given.isdigit() else None,
        ports=frozenset(ports) - {port},
        inspector_url=url,
    )


def _is_reachable(seen: _Seen) -> bool:
    return seen.inspector_url is not None


def _inspector_among(
    ports: Mapping[int, str], banners: Mapping[int, str]
) -> tuple[int | None, str | None]:
    """Return the port that is an inspector's, and its address.

    The banner of a worker whose output goes elsewhere (``silent: true``) is not seen, and
    what is printed as one need not be true: it tells whom to ask first.
    """
    for port in sorted(ports, key=lambda port: port not in banners):
        url = _ask_inspector(ports[port], port)
        if url is not None:
            return port, url
    return next(((port, banners[port]) for port in ports if port in banners), _NONE)


def _ask_inspector(ip: str, port: int) -> str | None:
    """Ask a port for the WebSocket address of an inspector; None if it is none."""
    connection = http.client.HTTPConnection(ip, port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/json/list")
        answer = json.loads(connection.getresponse().read())
        url = answer[0]["webSocketDebuggerUrl"]
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        # Something else of the app's listens there, or nobody any more.
        return None
    finally:
        connection.close()
    return str(url)


def _named(pid: int, inspector_url: str, others: list[_Seen]) -> Iterator[AppProcess]:
    workers = sorted(
        (one for one in others if one.cluster_id is not None),
        key=lambda one: one.cluster_id or 0,
    )
    children = sorted(
        (one for one in others if one.cluster_id is None),
        key=lambda one: one.process.pid,
    )
    has_workers = bool(workers)
    yield AppProcess(
        pid=pid,
        name="primary" if has_workers else "parent",
        inspector_url=inspector_url,
        serves=not has_workers,
        is_front=not has_workers,
    )
    for noun, group in (("worker", workers), ("child", children)):
        for number, one in enumerate(group, start=1):
            yield AppProcess(
                pid=one.process.pid,
                name=f"{noun} {number} of {len(group)}",
                inspector_url=one.inspector_url,
                serves=noun == "worker" or bool(one.ports),
                is_front=noun == "worker",
            )
