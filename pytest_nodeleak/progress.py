"""What a check tells about itself while it runs, to whoever wants to show it.

The stages tell events; they know neither who listens nor how it is shown. Telling one costs
a function call, and some fifty are told per check.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

__all__ = [
    "SILENT",
    "CheckBegun",
    "Ended",
    "HeapRead",
    "LoadEnded",
    "Progress",
    "ProgressEvent",
    "RoundBegun",
    "SnapshotBegun",
    "SnapshotEnded",
    "StageBegun",
    "Starting",
    "following",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Starting:
    """An app is being started, or attached to.

    Attributes:
        what: E.g. ``"starting node server.js"``.
        allowed_s: Seconds until it must answer.

    """

    what: str
    allowed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckBegun:
    """A check begins.

    Attributes:
        target: The routes or the scenario.
        allowed_s: Its budget in seconds.

    """

    target: str
    allowed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StageBegun:
    """A stage of the check begins, e.g. ``"screen"``."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundBegun:
    """A round of load begins.

    Attributes:
        number: From 1.
        most: How many there are unless the first ones say enough.

    """

    number: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotBegun:
    """V8 begins to write a heap snapshot, during which the app stands still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotEnded:
    """The snapshot has been read, or could not be taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadEnded:
    """A load has been answered, at this rate."""

    requests_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeapRead:
    """The app has settled and its heap was read: used bytes without code."""

    used_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What was begun last is over, one way or the other."""


ProgressEvent: TypeAlias = (
    Starting
    | CheckBegun
    | StageBegun
    | RoundBegun
    | SnapshotBegun
    | SnapshotEnded
    | LoadEnded
    | HeapRead
    | Ended
)


class Progress(Protocol):
    """Whoever wants to know how a check goes."""

    def tell(self, event: ProgressEvent) -> None:
        """Take an event; it must neither block nor raise."""


class _Silent:
    def tell(self, event: ProgressEvent) -> None:
        pass


SILENT: Progress = _Silent()


@contextmanager
def following(progress: Progress, begun: Starting | CheckBegun) -> Iterator[None]:
    """Tell that something begins, and its end whichever way it comes."""
    progress.tell(begun)
    try:
        yield
    finally:
        progress.tell(Ended())
