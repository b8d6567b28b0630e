"""Answers that are read, and are not what Node.js answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pytest_nodeleak.exceptions import AnswerMalformed

__all__ = ["reading_answer", "whole"]

# What Python raises for a value that lacks something, or is of another type or range.
_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
# It may quote the answer, which may be of any length.
_LONGEST_PROBLEM = 200


@contextmanager
def reading_answer(of: str) -> Iterator[None]:
    """Read JSON that came from an app, for the length of a ``with`` block.

    Only for reading: what sends or waits has errors of its own.

    Args:
        of: What was asked.

    Raises:
        AnswerMalformed: If it lacks something, or holds something else than expected.

    """
    try:
        yield
    except _UNREADABLE as exc:
        raise AnswerMalformed(of=of, problem=_problem(exc)) from exc


def whole(number: float) -> int:
    """Return a number of JavaScript's as an integer.

    JSON can spell larger ones than it has, which no arithmetic of floats survives.

    Raises:
        ArithmeticError: If it is too large, or infinite.
        TypeError: If it is none.
        ValueError: Likewise.

    """
    return int(float(number))


def _problem(exc: Exception) -> str:
    text = str(exc)[:_LONGEST_PROBLEM]
    return f"it lacks {text}" if isinstance(exc, LookupError) else text
