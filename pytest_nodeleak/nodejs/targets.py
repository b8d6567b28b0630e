"""The inspector of an app that was started elsewhere: its address, and what it lists."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pycurl

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import CannotAttach, DeadlineExceeded
from pytest_nodeleak.nodejs.inspector_address import HOW_TO_OPEN, InspectorAddress

__all__ = [
    "NoAnswer",
    "Target",
    "find_target",
    "list_targets",
    "parse_targets",
]

# Whatever it says, it must not lead us to another host.
_PATH = re.compile(r"/[\w./-]+")
_ID = re.compile(r"[\w-]{1,100}")
_LONGEST_TITLE = 200
_NO_INSPECTOR = "what answers there is no inspector of Node.js"
_OK = 200
# The list of one process has 700 bytes.
_LONGEST_LIST_BYTES = 200_000


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
    raise CannotAttach(address=str(address), problem=problem, remedy=HOW_TO_OPEN)


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
    return text if isinstance(text, NoAnswer) else parse_targets(text, where)


def parse_targets(text: str, where: str) -> tuple[Target, ...] | NoAnswer:
    """Read the list of an inspector.

    Args:
        text: JSON.
        where: The host and port that were asked.

    """
    try:
        return tuple(_target(one, where) for one in _list_of(json.loads(text)))
    except (ValueError, KeyError, TypeError, RecursionError):
        return NoAnswer(problem=_NO_INSPECTOR)


def _list_of(listed: object) -> Sequence[Mapping[str, Any]]:
    if not isinstance(listed, list):
        msg = "it is no list"
        raise TypeError(msg)
    return listed


def _target(listed: Mapping[str, Any], where: str) -> Target:
    # In a container the app knows itself by another address than we do.
    path = urlsplit(str(listed["webSocketDebuggerUrl"])).path
    target_id = str(listed["id"])
    # It may be printed, and be given to us again.
    if not _PATH.fullmatch(path) or not _ID.fullmatch(target_id):
        raise ValueError(path)
    return Target(
        target_id=target_id,
        kind=str(listed.get("type", "")),
        title=str(listed.get("title", ""))[:_LONGEST_TITLE],
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
        status = int(curl.getinfo(pycurl.RESPONSE_CODE))
    except DeadlineExceeded as exc:
        return NoAnswer(problem=str(exc), is_silent=True)
    except pycurl.error as exc:
        if len(answer) > _LONGEST_LIST_BYTES:
            return NoAnswer(problem=_NO_INSPECTOR)
        if exc.args[0] == pycurl.E_OPERATION_TIMEDOUT:
            within = f"within {timeout_ms / 1000:.0f} s"
            return NoAnswer(
                problem=f"no inspector answers there {within}", is_silent=True
            )
        return NoAnswer(problem=f"no inspector answers there ({curl.errstr()})")
    finally:
        curl.close()
    if status != _OK:
        return NoAnswer(problem=f"{_NO_INSPECTOR} (HTTP {status})")
    return answer.decode(errors="replace")
