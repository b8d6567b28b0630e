"""A protocol session without a socket: text in, replies and events out.

Three verbs: :meth:`Session.send` turns a command into text to send,
:meth:`Session.receive_text` turns text received into one :data:`Reply` or event, and
:meth:`Session.forget` drops a command nobody waits for any more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_nodeleak.cdp.events import Event, UnknownEvent, parse_event
from pytest_nodeleak.cdp.messages import Command

__all__ = ["Failure", "Reply", "Session", "Success"]

# V8's own are sentences.
_LONGEST_MESSAGE = 1000
_UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """The result of a command, still as JSON; ``command.parse`` decodes it."""

    command_id: int
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The error a command was answered with."""

    command_id: int
    code: int
    message: str


Reply = Success | Failure


class Session:
    """Numbers commands and sorts what comes back."""

    def __init__(self) -> None:
        self._last_id = 0
        self._pending: set[int] = set()

    def send(self, command: Command[object]) -> tuple[int, str]:
        """Register a command; return its id and the text to send."""
        self._last_id += 1
        self._pending.add(self._last_id)
        message = {
            "id": self._last_id,
            "method": command.method,
            "params": dict(command.params),
        }
        return self._last_id, json.dumps(message)

    def forget(self, command_id: int) -> None:
        """Stop expecting an answer; if it comes after all, it is an unknown event."""
        self._pending.discard(command_id)

    def receive_text(self, text: str) -> Reply | Event:
        """Decode one message.

        A message that is neither an answer to a pending command nor an event is an
        :class:`UnknownEvent`: a late answer must not be taken for another one.
        """
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return UnknownEvent("malformed JSON")
        if not isinstance(message, dict):
            return UnknownEvent("malformed message")
        if "method" in message:
            return _event(message["method"], message.get("params"))
        command_id = message.get("id")
        # To Python, true and 1.0 are the number 1 as well.
        if type(command_id) is not int or command_id not in self._pending:
            return UnknownEvent("late or foreign reply")
        self._pending.discard(command_id)
        if "error" in message:
            return _failure(command_id, _object(message["error"]))
        return Success(command_id=command_id, result=_object(message.get("result")))


def _event(method: object, params: object) -> Event:
    if not isinstance(method, str):
        return UnknownEvent("malformed message")
    return parse_event(method, _object(params))


def _failure(command_id: int, error: Mapping[str, Any]) -> Failure:
    code, message = error.get("code"), error.get("message")
    return Failure(
        command_id=command_id,
        code=code if isinstance(code, int) else 0,
        message=_sentence(message) if isinstance(message, str) else "",
    )


def _sentence(message: str) -> str:
    """Return an error's message fit for a line of a terminal."""
    words = " ".join(message[:_LONGEST_MESSAGE].split())
    return "".join(
        one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in words
    )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
