"""A leak of a known size, planted in a running app to see whether it is found."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import evaluate
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import InspectorError, InvalidSetting, ScriptThrew
from pytest_nodeleak.nodejs.observed import ObservedApp
from pytest_nodeleak.probe import load_script

__all__ = ["planted"]

_REPLY_S = 10.0
_SCRIPT = "plant"


@contextmanager
def planted(
    app: ObservedApp, *, objects_per_request: float, size_bytes: int
) -> Iterator[None]:
    """Let an app keep objects for the requests it serves while the block lasts.

    Args:
        app: Serves with ``node:http`` or ``node:https``.
        objects_per_request: 0.01 keeps one for each hundredth request.
        size_bytes: Of each; 8 keeps a number in a list, which is no object at all.

    Raises:
        InvalidSetting: If rate or size is not above 0.
        ScriptThrew: If it cannot be planted in this app.

    """
    for name, value in (
        ("objects_per_request=", objects_per_request),
        ("size_bytes=", size_bytes),
    ):
        if not value > 0:
            raise InvalidSetting(
                name=name, value=value, source="plant()", expected="a number above 0"
            )
    key = f"nodeleak.plant.{uuid.uuid4()}"
    source = load_script(_SCRIPT)
    function = source[source.index("function (") :]
    arguments = json.dumps([objects_per_request, size_bytes, key])
    _run(app, f"({function})(...{arguments})")
    try:
        yield
    finally:
        try:
            _run(app, f"globalThis[Symbol.for({json.dumps(key)})]?.()")
        except InspectorError:
            # A dead app has let go of everything; one that lives must not keep the leak.
            if app.is_alive():
                raise


def _run(app: ObservedApp, script: str) -> None:
    deadline = Deadline(_REPLY_S)
    with InspectorClient.open(app.inspector_url, deadline) as client:
        answer = client.execute(evaluate(f"{script}; undefined"), deadline)
    if answer.thrown is not None:
        raise ScriptThrew(script=_SCRIPT, description=answer.thrown)
