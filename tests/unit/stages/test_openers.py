"""What is left in an app whose openers could not be looked for."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, NoReturn, cast

import pytest

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import DeadlineExceeded
from pytest_nodeleak.inspection.sampler import Sampler
from pytest_nodeleak.stages.openers import find_openers


class Inspector:
    """Has objects for whatever is evaluated, and notes what it is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def send(self, message: str, /) -> None:
        self.told.append(json.loads(message))

    def recv(self, timeout: float | None = None) -> str:
        del timeout
        last = self.told[-1]
        value = {"type": "object", "objectId": "probe", "value": []}
        return json.dumps({"id": last["id"], "result": {"result": value}})

    def close(self) -> None:
        pass


def too_late(*_: object) -> NoReturn:
    raise DeadlineExceeded(waiting_for="an answer", allowed_s=2.0)


def test_a_probe_that_cannot_be_handed_on_is_stopped_and_let_go_of() -> None:
    inspector = Inspector()
    with pytest.raises(DeadlineExceeded):
        find_openers(
            InspectorClient(inspector),
            cast("Sampler", SimpleNamespace(stop_too=too_late)),
            send=lambda: 1,
            read=list,
            reply_deadline=lambda: Deadline(5.0),
        )
    assert [
        one["params"].get("functionDeclaration") or one["method"]
        for one in inspector.told[-2:]
    ] == ["function () { return this.stop(); }", "Runtime.releaseObjectGroup"]
