"""The stages of a check at which a fault strikes, and what tells that one is reached."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from enum import Enum

from pytest_nodeleak.progress import (
    CheckBegun,
    Ended,
    ProgressEvent,
    RoundBegun,
    SnapshotEnded,
    StageBegun,
    Starting,
)

__all__ = ["Stage", "StageWatcher"]


class Stage(Enum):
    """When a fault strikes; the text is the heading of its column.

    Attributes:
        meaning: For the page.

    """

    START = "start", "while the app starts"
    SCREEN = "screen", "in the second round of load"
    SNAPSHOT = "snapshot", "when the first part of a heap snapshot has arrived"
    IDENTIFY = "identify", "under the load between two snapshots"
    CONFIRM = "confirm", "under the load that a suspect is watched under"
    ATTRIBUTE = "attribute", "under the load that is profiled"
    END = "end", "when all is measured"
    REPORT = "report", "when the tests are over and files are written"

    def __init__(self, title: str, meaning: str) -> None:
        self.title = title
        self.meaning = meaning


_BY_NAME = {"confirm": Stage.CONFIRM, "attribute": Stage.ATTRIBUTE}
_BY_EVENT: Mapping[type[ProgressEvent], Stage] = {
    Starting: Stage.START,
    SnapshotEnded: Stage.IDENTIFY,
}


class StageWatcher:
    """Follows a check, and does something once: when it has come to a stage.

    Where it is a stage with load, that is before the load is sent.
    """

    def __init__(self, stage: Stage, strike: Callable[[], None]) -> None:
        self._stage = stage
        self._strike = strike
        self._doing = ""
        self._has_begun = False
        self._is_over = threading.Lock()

    def tell(self, event: ProgressEvent) -> None:
        """Take an event of the check, as ``Progress`` wants it."""
        if isinstance(event, CheckBegun):
            self._has_begun = True
        elif isinstance(event, StageBegun):
            self._doing = event.name
        if self._stage is self._reached(event):
            self.reach(self._stage)

    def reach(self, stage: Stage) -> None:
        """Strike if this is the stage, and nothing has struck before."""
        if stage is self._stage and self._is_over.acquire(blocking=False):
            self._strike()

    def _reached(self, event: ProgressEvent) -> Stage | None:
        match event:
            case RoundBegun(number=2) if self._doing == "screen":
                return Stage.SCREEN
            case StageBegun(name=name):
                return _BY_NAME.get(name)
            case Ended():
                return Stage.END if self._has_begun else None
            case _:
                return _BY_EVENT.get(type(event))
