"""An app that dies while we look where it hangs did not hang; the rest needs a real one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosedError

from pytest_nodeleak.artifacts import Artifacts
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.exceptions import InspectorClosed
from pytest_nodeleak.stages.frozen import _finding, _is_paused


class DyingApp:
    """Answers some commands with nothing; then it is gone, or silent in native code."""

    def __init__(self, *, answers: int, is_gone: bool = True) -> None:
        self._answers = answers
        self._is_gone = is_gone
        self._asked = 0

    def send(self, message: str, /) -> None:
        self._asked = json.loads(message)["id"]

    def recv(self, timeout: float | None = None) -> str:
        del timeout
        if self._answers == 0:
            raise (ConnectionClosedError(None, None) if self._is_gone else TimeoutError)
        self._answers -= 1
        return json.dumps(
            {"id": self._asked, "result": {"usedSize": 0, "totalSize": 0}}
        )

    def close(self) -> None:
        pass


@pytest.mark.parametrize("answers", [0, 1])
def test_a_death_while_we_ask_for_a_debugger_is_no_silence(answers: int) -> None:
    with pytest.raises(InspectorClosed):
        _is_paused(InspectorClient(DyingApp(answers=answers)))


@pytest.mark.parametrize("answers", [0, 1, 2])
def test_a_death_while_we_look_where_it_hangs_is_no_hang(answers: int) -> None:
    client = InspectorClient(DyingApp(answers=answers))
    with pytest.raises(InspectorClosed):
        _finding(client, Artifacts(), Path("/app"))


def test_silence_in_native_code_is_a_hang_of_no_known_place() -> None:
    client = InspectorClient(DyingApp(answers=0, is_gone=False))
    assert not _is_paused(client)
    assert _finding(client, Artifacts(), Path("/app")).allocated_at == ()
