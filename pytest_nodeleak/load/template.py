"""Text with ``{n}``, ``{uuid}`` and ``{random}``, different for every request."""

from __future__ import annotations

import random
import re
import uuid
from dataclasses import dataclass

__all__ = ["Template"]

_PLACEHOLDER = re.compile(r"\{(n|uuid|random)\}")


@dataclass(frozen=True, slots=True, init=False)
class Template:
    """A text that is rendered once per request.

    All places of one name get the same value in one request.
    """

    _literals: tuple[str, ...]
    _names: tuple[str, ...]

    def __init__(self, text: str) -> None:
        pieces = _PLACEHOLDER.split(text)
        object.__setattr__(self, "_literals", tuple(pieces[::2]))
        object.__setattr__(self, "_names", tuple(pieces[1::2]))

    @property
    def is_constant(self) -> bool:
        """Whether every request gets the same text."""
        return not self._names

    def render(self, n: int) -> str:
        """Return the text of request number ``n``.

        ``{uuid}`` and ``{random}`` are derived from ``n``, so that the path and the body
        of one request agree and a run can be repeated.
        """
        if not self._names:
            return self._literals[0]
        parts = [self._literals[0]]
        for name, literal in zip(self._names, self._literals[1:], strict=True):
            parts.append(_value(name, n))
            parts.append(literal)
        return "".join(parts)


def _value(name: str, n: int) -> str:
    if name == "n":
        return str(n)
    bits = random.Random(n).getrandbits(128)  # noqa: S311  # unique, not secret
    if name == "uuid":
        return str(uuid.UUID(int=bits, version=4))
    return f"{bits & 0xFFFFFFFFFFFF:012x}"
