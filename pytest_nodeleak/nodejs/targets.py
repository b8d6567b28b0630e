"""The inspector of an app that was started elsewhere: its address, and what it lists."""

from __future__ import annotations

import ipaddress
import json
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import pycurl

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import CannotAttach, DeadlineExceeded

__all__ = [
    "InspectorAddress",
    "NoAnswer",
    "Target",
    "find_target",
    "list_targets",
    "remote_warning",
]

_ADDRESS = re.compile(
    r"(?:(?:ws|http)://)?(?P<host>\[[0-9a-fA-F:.]+\]|[^\s:/@\[\]]+):(?P<port>\d{1,5})"
    r"(?:/(?P<target>[\w-]+))?/?"
)
# Whatever it says, it must not lead us to another host.
_PATH = re.compile(r"/[\w./-]+")
_MOST_PORTS = 65_535
# The list of one process has 700 bytes.
_LONGEST_LIST_BYTES = 200_000
_REMEDY = (
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
        if self.host.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

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
                remedy=_REMEDY,
            ) from exc
        for host in dict.fromkeys(str(one[4][0]) for one in found):
            yield InspectorAddress(host=host, port=self.port, target=self.target)


def remote_warning(address: InspectorAddress) -> str:
    """Say what it means to attach to another machine; empty for the loopback."""
    if address.is_loopback:
        return ""
    return (
        f"the inspector at {address} is reached over a network: anybody who reaches that"
        " port can run any code in the app, and heap snapshots with the app's data crossed"
        " the network unencrypted; a port forwarded by ssh or kubectl does not have that"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One that an inspector lists: a process, or a thread of it.

    Attributes:
        target_id: As Node names it; another one after each start.
        kind: ``"node"`` for a process.
        title: What it runs.
        url: Its WebSocket address, by the host that was asked.

    """

    target_id: str
    kind: str
    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """An inspector did not list its targets.

    Attributes:
        problem: Why, in words.
        is_silent: Whether it was just too slow.

    """

    problem: str
    is_silent: bool = False


def find_target(address: InspectorAddress, deadline: Deadline) -> Target:
    """Return the one that is to be measured.

    Raises:
        CannotAttach: If there is none, or if there are several and none is named.

    """
    problem = ""
    for one in address.resolved():
        listed = list_targets(one, deadline)
        if not isinstance(listed, NoAnswer):
            return _choose(address, listed)
        problem = problem or listed.problem
    raise CannotAttach(address=str(address), problem=problem, remedy=_REMEDY)


def _choose(address: InspectorAddress, listed: Sequence[Target]) -> Target:
    if address.target:
        listed = [one for one in listed if one.target_id == address.target]
    processes = [one for one in listed if one.kind == "node"]
    for several in (listed, processes):
        if len(several) == 1:
            return several[0]
    if not listed:
        what = f"no target {address.target}" if address.target else "no target"
        raise CannotAttach(
            address=str(address),
            problem=f"its inspector lists {what}",
            remedy="Was the app started again? Each start has another id",
        )
    # Titles are the app's own: control characters in them must not reach a terminal.
    names = "\n".join(f"  {address}/{one.target_id}  {one.title!r}" for one in listed)
    raise CannotAttach(
        address=str(address),
        problem=f"its inspector lists {len(listed)} targets",
        remedy=f"Say which one is to be measured:\n{names}",
    )


def list_targets(
    address: InspectorAddress, deadline: Deadline
) -> tuple[Target, ...] | NoAnswer:
    """Ask an inspector for its targets; a busy app answers as well."""
    where = str(address)
    text = _get(f"http://{where}/json/list", deadline)
    if isinstance(text, NoAnswer):
        return text
    try:
        listed = json.loads(text)
        return tuple(_target(one, where) for one in listed)
    except (ValueError, KeyError, TypeError):
        return NoAnswer(problem="what answers there is no inspector of Node.js")


def _target(listed: Mapping[str, Any], where: str) -> Target:
    # In a container the app knows itself by another address than we do.
    path = urlsplit(str(listed["webSocketDebuggerUrl"])).path
    if not _PATH.fullmatch(path):
        raise ValueError(path)
    return Target(
        target_id=str(listed["id"]),
        kind=str(listed.get("type", "")),
        title=str(listed.get("title", "")),
        url=f"ws://{where}{path}",
    )


def _get(url: str, deadline: Deadline) -> str | NoAnswer:
    answer = bytearray()

    def keep(data: bytes) -> int:
        answer.extend(data)
        return len(data) if len(answer) <= _LONGEST_LIST_BYTES else -1

    curl = pycurl.Curl()
    try:
        timeout_ms = max(1, int(deadline.check("the inspector's answer") * 1000))
        curl.setopt(pycurl.URL, url)
        curl.setopt(pycurl.NOSIGNAL, 1)
        # A proxy of the environment must never see the inspector.
        curl.setopt(pycurl.PROXY, "")
        curl.setopt(pycurl.WRITEFUNCTION, keep)
        curl.setopt(pycurl.TIMEOUT_MS, timeout_ms)
        curl.perform()
    except DeadlineExceeded as exc:
        return NoAnswer(problem=str(exc), is_silent=True)
    except pycurl.error as exc:
        return NoAnswer(
            problem=f"no inspector answers there ({curl.errstr()})",
            is_silent=exc.args[0] == pycurl.E_OPERATION_TIMEDOUT,
        )
    finally:
        curl.close()
    return answer.decode(errors="replace")


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
