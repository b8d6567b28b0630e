"""Texts that are too long for where they go."""

from __future__ import annotations

from pytest_nodeleak.load.plan import join_targets, split_targets

__all__ = ["elide", "name_load"]

_ELLIPSIS = "…"
# More routes than that are told by their number.
_MOST_ROUTES = 4


def elide(text: str, width: int) -> str:
    """Cut the middle out of a text that is longer than ``width``, which is at least 1.

    Both ends of a route tell more than its middle does: its method and its last part.
    """
    if len(text) <= width:
        return text
    kept = width - len(_ELLIPSIS)
    head = (kept + 1) // 2
    return text[:head] + _ELLIPSIS + text[len(text) - (kept - head) :]


def name_load(target: str) -> str:
    """Name a load in a sentence: of a mix of many routes the first ones."""
    routes = split_targets(target)
    if len(routes) <= _MOST_ROUTES:
        return target
    shown = _MOST_ROUTES - 1
    return join_targets([*routes[:shown], f"{len(routes) - shown} more"])
