"""Runs the probe's scripts on objects of the app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import Evaluation, RemoteObject, call_function_on
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import ScriptThrew
from pytest_nodeleak.probe import load_script

__all__ = ["apply_script", "remote_of", "value_of"]


def apply_script(
    client: InspectorClient,
    target: RemoteObject,
    script: str,
    deadline: Deadline,
    *,
    arguments: Sequence[RemoteObject | float | str | None] = (),
) -> Any:  # noqa: ANN401  # JSON
    """Call the function of a script with ``target`` as its ``this``; return its value.

    Raises:
        ScriptThrew: If it throws.

    """
    source = load_script(script)
    function = source[source.index("function (") :]
    command = call_function_on(target, function, arguments=tuple(arguments))
    return value_of(client.execute(command, deadline), script)


def remote_of(answer: Evaluation, script: str) -> RemoteObject:
    """Return the object a script returned.

    Raises:
        ScriptThrew: If it threw, or returned none.

    """
    if answer.thrown is not None:
        raise ScriptThrew(script=script, description=answer.thrown)
    if answer.remote is None:
        raise ScriptThrew(script=script, description="it returned no object")
    return answer.remote


def value_of(answer: Evaluation, script: str) -> Any:  # noqa: ANN401  # JSON
    """Return the value a script returned.

    Raises:
        ScriptThrew: If it threw.

    """
    if answer.thrown is not None:
        raise ScriptThrew(script=script, description=answer.thrown)
    return answer.value
