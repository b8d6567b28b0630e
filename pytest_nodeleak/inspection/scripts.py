"""Runs the probe's scripts on objects of the app."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pytest_nodeleak.cdp.answers import reading_answer
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import Evaluation, RemoteObject, call_function_on
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import ScriptThrew
from pytest_nodeleak.probe import load_script

__all__ = ["apply_script", "remote_of", "unread", "value_of"]

T = TypeVar("T")


def apply_script(  # noqa: PLR0913  # as one calls a function, and reads what it returns
    client: InspectorClient,
    target: RemoteObject,
    script: str,
    deadline: Deadline,
    read: Callable[[Any], T],
    *,
    arguments: Sequence[RemoteObject | float | str | None] = (),
) -> T:
    """Call the function of a script with ``target`` as its ``this``; return its value.

    Args:
        client: The inspector.
        target: An object of the app.
        script: The script's name.
        deadline: Of the exchange.
        read: Reads the JSON that it returns.
        arguments: Of the call.

    Raises:
        ScriptThrew: If it throws.
        AnswerMalformed: If it returns something else than it does in an app that has left
            Node's own functions as they are.

    """
    source = load_script(script)
    function = source[source.index("function (") :]
    command = call_function_on(target, function, arguments=tuple(arguments))
    return value_of(client.execute(command, deadline), script, read)


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


def value_of(answer: Evaluation, script: str, read: Callable[[Any], T]) -> T:
    """Return the value a script returned, as ``read`` reads it.

    Raises:
        ScriptThrew: If it threw.
        AnswerMalformed: If it cannot be read.

    """
    if answer.thrown is not None:
        raise ScriptThrew(script=script, description=answer.thrown)
    with reading_answer(f"the measuring script {script!r}"):
        return read(answer.value)


def unread(_value: object) -> None:
    """Read nothing: what a script returns does not matter."""
