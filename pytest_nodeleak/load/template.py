"""Text with ``{n}``, ``{uuid}`` and ``{random}``, different for every request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from pytest_nodeleak.load.fresh import Digits, Fresh, Identifier, Number

__all__ = ["Pool", "Rendering", "Template"]

_PLACEHOLDER = re.compile(r"\{(n|uuid|random)\}")
_FRESH: dict[str, Fresh] = {
    "n": Number(),
    "uuid": Identifier(),
    "random": Digits(width=12),
}


@dataclass(frozen=True, slots=True, init=False)
class Template:
    """A text that is rendered once per request.

    All places of one name get the same value in one request.
    """

    _literals: tuple[str, ...]
    _fresh: tuple[Fresh, ...]

    def __init__(self, text: str) -> None:
        pieces = _PLACEHOLDER.split(text)
        object.__setattr__(self, "_literals", tuple(pieces[::2]))
        object.__setattr__(self, "_fresh", tuple(_FRESH[name] for name in pieces[1::2]))

    @classmethod
    def of(cls, literals: Iterable[str], fresh: Iterable[Fresh]) -> Self:
        """Return a text of literals, with something fresh between each two of them.

        Braces in these literals are braces.
        """
        template = cls("")
        object.__setattr__(template, "_literals", tuple(literals))
        object.__setattr__(template, "_fresh", tuple(fresh))
        return template

    @property
    def is_constant(self) -> bool:
        """Whether every request gets the same text."""
        return not self._fresh

    def render(self, n: int) -> str:
        """Return the text of request number ``n``.

        ``{uuid}`` and ``{random}`` are derived from ``n``, so that the path and the body
        of one request agree and a run can be repeated.
        """
        if not self._fresh:
            return self._literals[0]
        parts = [self._literals[0]]
        for fresh, literal in zip(self._fresh, self._literals[1:], strict=True):
            parts.append(fresh.at(n))
            parts.append(literal)
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class Pool:
    """Several texts that requests get in turn.

    Attributes:
        templates: At least one. Where path and body of a plan are pools, those of one
            position belong to each other.

    """

    templates: Sequence[Template]

    @property
    def is_constant(self) -> bool:
        """Whether every request gets the same text."""
        return len(self.templates) == 1 and self.templates[0].is_constant

    def render(self, n: int) -> str:
        """Return the text of request number ``n``."""
        return self.templates[n % len(self.templates)].render(n)


Rendering = Template | Pool
