"""A retaining path as a picture: what leads to the holder, the holder, and its entries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_nodeleak.report.schema import Record

__all__ = ["PathPicture", "Step", "picture_path"]

_WITH_PLACE = re.compile(r"(?P<name>.+) \((?P<place>[^()]+:\d+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step on the way; the place is empty unless it is a function with a known one."""

    name: str
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPicture:
    """A path.

    Attributes:
        before: From the root to the holder.
        after: From the holder to what piles up, without these.

    """

    before: tuple[Step, ...]
    after: tuple[Step, ...]


def picture_path(finding: Record) -> PathPicture | None:
    """Return a finding's path, divided at its holder; None where nothing holds it."""
    holder, path = finding["holder"], finding["path"]
    if holder is None:
        return None
    at = _position(path, holder)
    # The entries are drawn by what piles up.
    return PathPicture(
        before=tuple(map(_step, path[:at])),
        after=tuple(
            _step(one)
            for one in path[at + 1 : -1]
            if one not in {holder["class"], holder["name"]}
        ),
    )


def _position(path: Sequence[str], holder: Record) -> int:
    """Return where the holder is; the last but one if it has another name there."""
    for name in (holder["name"], holder["class"]):
        found = [number for number, step in enumerate(path) if step == name]
        if found:
            return found[-1]
    return max(0, len(path) - 1)


def _step(text: str) -> Step:
    match = _WITH_PLACE.fullmatch(text)
    return Step(name=match["name"], place=match["place"]) if match else Step(name=text)
