"""Faults of the connection to the inspector of an app that was started elsewhere.

The app is a child of the pytest that attaches to it, so that it goes with it, and a proxy
in that pytest is the way to its inspector.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faults.fault import Fault, Scene, Seen, tells_what_was_proven
from faults.proxy import Link, Proxy, at_rate, changing, text_frame
from faults.stages import Stage

from pytest_nodeleak.nodejs.binary import find_node

__all__ = ["FAULTS"]

_PORTS = "ports.json"
_PYPROJECT = """\
[tool.pytest.ini_options]
nodeleak_attach = "127.0.0.1:{inspector}"
nodeleak_base_url = "http://127.0.0.1:{app}"
filterwarnings = ["error"]
"""
_READY_S = 20.0
# After the app was found, and until the connection is closed.
_CHECKED = (
    *(Stage.SCREEN, Stage.SNAPSHOT, Stage.IDENTIFY),
    *(Stage.CONFIRM, Stage.ATTRIBUTE),
)
_HUGE = 50_000_000
# What is waited for until the time is up gets little of it, and enough to come that far.
_SHORT_S = 8.0
_LATER_S = dict.fromkeys(
    (Stage.SNAPSHOT, Stage.IDENTIFY, Stage.CONFIRM, Stage.ATTRIBUTE), 25.0
)
_EVENT = {"method": "Runtime.consoleAPICalled", "params": {"args": ["x" * 80]}}
_proxies: list[Proxy] = []


def _arrange(directory: Path) -> None:
    ports = {"inspector": _free_port(), "app": _free_port()}
    (directory / _PORTS).write_text(json.dumps(ports))
    (directory / "pyproject.toml").write_text(_PYPROJECT.format(**ports))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _configure(config: pytest.Config) -> None:
    directory = config.rootpath
    ports = json.loads((directory / _PORTS).read_text())
    node = find_node(None, os.environ)
    app = subprocess.Popen(
        [node.path, "--inspect=127.0.0.1:0", "app.cjs"],
        cwd=directory,
        env={**os.environ, "PORT": str(ports["app"])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )

    assert app.stderr is not None
    told = app.stderr

    def end() -> None:
        app.kill()
        app.wait()
        told.close()

    config.add_cleanup(end)
    banner = re.search(r"ws://127\.0\.0\.1:(\d+)/", told.readline())
    assert banner is not None
    _wait_for(ports["app"])
    _proxies.append(Proxy(ports["inspector"], ("127.0.0.1", int(banner[1]))))


def _wait_for(port: int) -> None:
    until = time.monotonic() + _READY_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.02)
        else:
            return


def _fault(
    name: str,
    what: str,
    do: Callable[[Proxy], None],
    **others: Any,  # noqa: ANN401  # as a fault has them
) -> Fault:
    def strike(_scene: Scene) -> None:
        do(_proxies[-1])

    return Fault(
        name=name,
        what=what,
        stages=others.pop("stages", _CHECKED),
        strike=strike,
        configure=_configure,
        arrange=_arrange,
        command="",
        **others,
    )


def _sending(data: bytes, *, times: int, pause_s: float) -> Callable[[Proxy], None]:
    """Return what sends something nobody has asked for, between the frames of the app."""

    def flood(link: Link) -> None:
        for _ in range(times):
            link.send(data)
            time.sleep(pause_s)

    return lambda proxy: proxy.for_each(flood)


def _with_errors(message: dict[str, Any]) -> dict[str, Any]:
    if "id" not in message:
        return message
    error = {"code": -32000, "message": "Internal error\x1b[31m"}
    return {"id": message["id"], "error": error}


def _with_nothing(message: dict[str, Any]) -> dict[str, Any]:
    return {"id": message["id"], "result": {}} if "id" in message else message


def _with_texts(message: Any) -> Any:  # noqa: ANN401  # JSON
    """Make texts of all numbers but ids."""
    if isinstance(message, dict):
        return {
            key: value if key == "id" else _with_texts(value)
            for key, value in message.items()
        }
    if isinstance(message, list):
        return [_with_texts(one) for one in message]
    is_number = isinstance(message, int | float) and not isinstance(message, bool)
    return "many" if is_number else message


def _without_a_chunk() -> Callable[[dict[str, Any]], dict[str, Any] | None]:
    lost: list[object] = []

    def change(message: dict[str, Any]) -> dict[str, Any] | None:
        if message.get("method") == "HeapProfiler.addHeapSnapshotChunk" and not lost:
            lost.append(message)
            return None
        return message

    return change


def _garbage_between(link: Link, frame: bytes) -> None:
    for text in _GARBAGE:
        link.send(text_frame(text))
    link.send(frame)


def _answering(body: bytes, status: str = "200 OK") -> Callable[[Proxy], None]:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return lambda proxy: proxy.http(head + body)


def _few_bytes(most: int) -> Callable[[Seen], None]:
    def check(seen: Seen) -> None:
        assert seen.peak_bytes < most

    return check


_GARBAGE = (
    "not JSON",
    "[]",
    "null",
    "[" * 20_000,
    '{"id": 99999999, "result": {}}',
    '{"id": true, "error": 1}',
    '{"method": "Debugger.paused", "params": {"callFrames": [7]}}',
    '{"method": ["x"], "params": 3}',
    '{"method": "HeapProfiler.addHeapSnapshotChunk", "params": {"chunk": 5}}',
)
# Its kind is one of those that are reserved.
_FOREIGN_FRAME = b"\x83\x00"

_CRASHES = (
    "Node.js 20 and 22 at times crash (SIGSEGV) if that happens while they write a"
    " snapshot; the verdict is `crashed` then."
)

FAULTS = (
    _fault(
        "connection closed",
        "What forwards the inspector's port closes the connection; a new one can be made."
        f" {_CRASHES}",
        lambda proxy: proxy.end_all(Link.end, for_good=False),
        # In a snapshot the outcome is Node.js's affair.
        sample=(Stage.CONFIRM,),
        check=tells_what_was_proven,
    ),
    _fault(
        "connection reset",
        "The connection is reset (RST), as after a restart of what forwards the port."
        f" {_CRASHES}",
        lambda proxy: proxy.end_all(Link.reset, for_good=False),
        stages=(Stage.SCREEN, Stage.SNAPSHOT),
        sample=(Stage.SCREEN,),
    ),
    _fault(
        "port cut",
        "What forwards the port ends: the connection closes and no other can be made.",
        lambda proxy: proxy.end_all(Link.end, for_good=True),
        stages=(Stage.START, Stage.SCREEN, Stage.SNAPSHOT, Stage.CONFIRM),
        sample=(Stage.START,),
    ),
    _fault(
        "connection silent",
        "Nothing comes any more and nothing is closed, as when a NAT has forgotten the"
        " connection; new connections work.",
        lambda proxy: proxy.fall_silent(for_good=False),
        budget_s=_SHORT_S,
        budgets_s=_LATER_S,
    ),
    _fault(
        "port silent",
        "Nothing comes any more, on new connections neither: a cable was pulled.",
        lambda proxy: proxy.fall_silent(for_good=True),
        args=("--nodeleak-ready-timeout", "5"),
        budget_s=_SHORT_S,
        budgets_s=_LATER_S,
        stages=(Stage.START, Stage.SCREEN, Stage.CONFIRM),
        sample=(Stage.START,),
    ),
    _fault(
        "slow line",
        "The connection carries 20 kB per second.",
        lambda proxy: proxy.frames(at_rate(20_000)),
        budget_s=_SHORT_S,
        budgets_s=_LATER_S,
        stages=(Stage.SCREEN, Stage.SNAPSHOT, Stage.CONFIRM),
    ),
    _fault(
        "flood of events",
        "Some thousands of events per second come that nobody has asked for.",
        _sending(text_frame(json.dumps(_EVENT)) * 50, times=200, pause_s=0.01),
        stages=(Stage.SCREEN, Stage.CONFIRM),
        sample=(Stage.SCREEN,),
    ),
    _fault(
        "huge events",
        "Ten events of 50 MB come.",
        _sending(
            text_frame(json.dumps({"method": "A.b", "params": {"x": "y" * _HUGE}})),
            times=10,
            pause_s=0.0,
        ),
        stages=(Stage.SCREEN, Stage.CONFIRM),
        check=_few_bytes(700_000_000),
    ),
    _fault(
        "foreign frame",
        "Between two messages comes a frame that WebSocket does not have.",
        _sending(_FOREIGN_FRAME, times=1, pause_s=0.0),
        stages=(Stage.SCREEN,),
        sample=(Stage.SCREEN,),
    ),
    _fault(
        "garbage messages",
        "Before each message come others: no JSON, JSON that is no object, answers to"
        " questions nobody has asked, events that lack what they should have.",
        lambda proxy: proxy.frames(_garbage_between),
        stages=(Stage.START, Stage.CONFIRM),
    ),
    _fault(
        "errors",
        "Every command is answered by an error.",
        lambda proxy: proxy.frames(changing(_with_errors)),
        stages=(Stage.START, Stage.SCREEN, Stage.CONFIRM),
        sample=(Stage.START,),
    ),
    _fault(
        "empty answers",
        "Answers lack all that they should have.",
        lambda proxy: proxy.frames(changing(_with_nothing)),
        stages=(Stage.START, Stage.SCREEN, Stage.CONFIRM),
    ),
    _fault(
        "wrong types",
        "All numbers in answers are texts.",
        lambda proxy: proxy.frames(changing(_with_texts)),
        stages=(Stage.START, Stage.SCREEN, Stage.CONFIRM),
    ),
    _fault(
        "lost chunk",
        "A part of a heap snapshot is lost on the way.",
        lambda proxy: proxy.frames(changing(_without_a_chunk())),
        stages=(Stage.SNAPSHOT,),
        sample=(Stage.SNAPSHOT,),
    ),
    *(
        _fault(name, what, answer, stages=(Stage.START,), sample=(Stage.START,))
        for name, what, answer in (
            (
                "list of garbage",
                "The inspector's list of targets is no list.",
                _answering(b"[" * 20_000),
            ),
            (
                "HTTP 500",
                "The inspector answers with an error of HTTP.",
                _answering(b"Internal Server Error", "500 Internal Server Error"),
            ),
        )
    ),
)
