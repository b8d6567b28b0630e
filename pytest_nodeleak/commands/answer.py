"""What a command has to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer as text and as data.

    Attributes:
        lines: The text.
        record: The data, for ``--json``.
        status: The exit status.

    """

    lines: Sequence[str]
    record: dict[str, Any]
    status: int = 0

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)
