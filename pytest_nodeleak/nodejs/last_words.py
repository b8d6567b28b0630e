"""What the probe wrote down about the end of an app: see ``probe/last_words.js``.

It knows what the app's output cannot tell: whether an error was thrown or a promise was
rejected with it, and that the app ended itself, and where.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from pytest_nodeleak.nodejs.last_output import PrintedError, StackFrame, parse_error

__all__ = ["EscapedError", "Exit", "LastWords", "parse_last_words"]

_REJECTION = "unhandledRejection"
_EXIT_FUNCTIONS = {"process.exit", "process.reallyExit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EscapedError:
    """An error that nobody caught.

    Attributes:
        at_s: When, by a clock that is never set: only differences mean anything.
        error: The error.

    """

    at_s: float
    error: PrintedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """Node came to its end in an orderly way: no signal, no abort.

    Attributes:
        at_s: When, by a clock that is never set: only differences mean anything.
        code: The exit code.
        called_by: Who called ``process.exit()``, innermost function first; None if
            nobody did.

    """

    at_s: float
    code: int
    called_by: tuple[StackFrame, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWords:
    """Everything the probe wrote, in the order it happened."""

    errors: tuple[EscapedError, ...] = ()
    exit: Exit | None = None


def parse_last_words(text: str) -> LastWords:
    """Parse the probe's file; a line that was cut off by the end is left out.

    So is any other that the probe does not write: the app may write there as well.
    """
    errors: list[EscapedError] = []
    last: Exit | None = None
    for line in text.splitlines():
        try:
            words = _words(json.loads(line))
        except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError):
            continue
        if isinstance(words, Exit):
            last = words
        else:
            errors.append(words)
    return LastWords(errors=tuple(errors), exit=last)


def _words(told: dict[str, Any]) -> EscapedError | Exit:
    at_s = float(told["at"]) / 1000
    if "exit" in told:
        code, stack = int(told["exit"]), str(told["stack"])
        return Exit(at_s=at_s, code=code, called_by=_caller(stack))
    return EscapedError(at_s=at_s, error=_error(told))


def _error(words: dict[str, Any]) -> PrintedError:
    text = str(words["error"])
    error = PrintedError(name="", message=text)
    if words["isError"]:
        error = parse_error(text, code=str(words["code"]))
    is_rejection = error.is_rejection or words["origin"] == _REJECTION
    return replace(error, is_rejection=is_rejection)


def _caller(stack: str) -> tuple[StackFrame, ...] | None:
    frames = parse_error(stack).frames
    for position, frame in enumerate(frames):
        if frame.is_internal and frame.function in _EXIT_FUNCTIONS:
            return frames[position + 1 :]
    return None
