"""Texts that are too long for where they go."""

from __future__ import annotations

__all__ = ["elide"]

_ELLIPSIS = "…"


def elide(text: str, width: int) -> str:
    """Cut the middle out of a text that is longer than ``width``, which is at least 1.

    Both ends of a route tell more than its middle does: its method and its last part.
    """
    if len(text) <= width:
        return text
    kept = width - len(_ELLIPSIS)
    head = (kept + 1) // 2
    return text[:head] + _ELLIPSIS + text[len(text) - (kept - head) :]
