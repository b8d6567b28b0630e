from __future__ import annotations

import json
from typing import cast

import pytest
from websockets.sync.client import ClientConnection

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.culprits.loaded import load_scripts
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import CommandFailed, DeadlineExceeded
from pytest_nodeleak.sources.stacks import Stack

STACK = Stack(
    frames=(ProfileFrame(function="load", url="/app/a.js", line=1, column=1),),
    weight=1.0,
)


class Transport:
    """Answers each command with nothing but what is scripted for its method."""

    def __init__(self, **scripted: str) -> None:
        self.sent: list[str] = []
        self._scripted = scripted
        self._waiting: list[str] = []

    def send(self, text: str) -> None:
        command = json.loads(text)
        self.sent.append(command["method"])
        name = command["method"].removeprefix("Debugger.")
        if name == "enable":
            parsed = {"scriptId": "7", "url": "/app/a.js"}
            event = {"method": "Debugger.scriptParsed", "params": parsed}
            self._waiting.append(json.dumps(event))
        answer = self._scripted.get(name, '"result": {}')
        if answer:
            self._waiting.append(f'{{"id": {command["id"]}, {answer}}}')

    def recv(self, timeout: float) -> str:
        del timeout
        if not self._waiting:
            raise TimeoutError
        return self._waiting.pop(0)


def load(transport: Transport, deadline: Deadline) -> dict[str, str]:
    client = InspectorClient(cast("ClientConnection", transport))
    loaded = load_scripts(client, deadline, suspects=(), stacks=[STACK])
    return {name: script.text for name, script in loaded.items()}


def test_scripts_are_loaded_and_the_debugger_is_disabled_again() -> None:
    transport = Transport(getScriptSource='"result": {"scriptSource": "load()"}')
    assert load(transport, Deadline(5.0)) == {"/app/a.js": "load()"}
    assert transport.sent[-1] == "Debugger.disable"


def test_a_script_that_v8_refuses_leaves_no_debugger_behind() -> None:
    transport = Transport(getScriptSource='"error": {"code": 1, "message": "gone"}')
    with pytest.raises(CommandFailed, match="gone"):
        load(transport, Deadline(5.0))
    assert transport.sent[-1] == "Debugger.disable"


def test_the_debugger_is_disabled_even_when_the_time_is_up() -> None:
    now = iter([0.0, 0.0, 1.0])
    deadline = Deadline(5.0, clock=lambda: next(now, 6.0))
    transport = Transport(enable="")
    with pytest.raises(DeadlineExceeded, match=r"Debugger\.enable"):
        load(transport, deadline)
    assert transport.sent == ["Debugger.enable", "Debugger.disable"]
