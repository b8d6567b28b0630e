"""How a check goes, as one line: from events to text, with no clock and no terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from pytest_nodeleak.progress import (
    CheckBegun,
    Ended,
    HeapRead,
    LoadEnded,
    ProgressEvent,
    RoundBegun,
    SnapshotBegun,
    SnapshotEnded,
    StageBegun,
    Starting,
)
from pytest_nodeleak.report.culprit import printable
from pytest_nodeleak.report.elide import elide
from pytest_nodeleak.report.levels import heap_curve

__all__ = ["Live", "LiveLine", "advance", "live_line"]

_BETWEEN = "  "
_NARROWEST_TARGET = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What is known of what is going on.

    Attributes:
        what: The target of the check, or what is being started.
        allowed_s: Its budget in seconds.
        stage: What is being done; empty where ``what`` says it.
        step: How far that is, e.g. ``"3/8"``.
        snapshots: How many were begun.
        requests_per_s: The rate of the last load; None before the first.
        heap_bytes: The readings so far.

    """

    what: str
    allowed_s: float
    stage: str = ""
    step: str = ""
    snapshots: int = 0
    requests_per_s: float | None = None
    heap_bytes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLine:
    """The line in its two parts, so that they can be told apart by colour.

    Attributes:
        target: What is being checked; empty where there is no room for it.
        rest: How it goes.

    """

    target: str
    rest: str

    def __str__(self) -> str:
        return _BETWEEN.join(filter(None, [self.target, self.rest]))


def advance(live: Live | None, event: ProgressEvent) -> Live | None:
    """Return what is known after an event; None where nothing is going on."""
    match event:
        case Starting(what=what, allowed_s=allowed_s):
            return Live(what=what, allowed_s=allowed_s)
        case CheckBegun(target=target, allowed_s=allowed_s):
            return Live(what=target, allowed_s=allowed_s, stage="connecting")
        case Ended():
            return None
        case _:
            return None if live is None else _go_on(live, event)


def _go_on(
    live: Live,
    event: StageBegun
    | RoundBegun
    | SnapshotBegun
    | SnapshotEnded
    | LoadEnded
    | HeapRead,
) -> Live:
    match event:
        case StageBegun(name=name):
            return replace(live, stage=name, step="")
        case RoundBegun(number=number, most=most):
            return replace(live, step=f"{number}/{most}")
        case SnapshotBegun():
            snapshots = live.snapshots + 1
            return replace(live, snapshots=snapshots, step=f"snapshot {snapshots}")
        case SnapshotEnded():
            return replace(live, step="")
        case LoadEnded(requests_per_s=requests_per_s):
            return replace(live, requests_per_s=requests_per_s)
        case HeapRead(used_bytes=used_bytes):
            return replace(live, heap_bytes=(*live.heap_bytes, used_bytes))
        case _:
            assert_never(event)


def live_line(live: Live, *, elapsed_s: float, width: int) -> LiveLine:
    """Return the line, of this many characters at most.

    What is least missed is left out first: the rate, then the heap's curve; a target
    that is too long loses its middle.

    Args:
        live: What is going on.
        elapsed_s: Seconds since it began.
        width: Of the terminal.

    """
    target = printable(live.what)
    left = f"{max(0.0, live.allowed_s - elapsed_s):.0f} s left"
    doing = f"{live.stage} {live.step}".rstrip()
    rest = ""
    for details in _details(live):
        rest = _BETWEEN.join(filter(None, [doing, *details, left]))
        room = width - len(rest) - len(_BETWEEN)
        if room >= min(len(target), _NARROWEST_TARGET):
            return LiveLine(target=elide(target, room), rest=rest)
    return LiveLine(target="", rest=elide(rest, max(1, width)))


def _details(live: Live) -> Iterator[list[str]]:
    """Yield what else can be said, ever less of it."""
    rate, heap = live.requests_per_s, live.heap_bytes
    speed = [] if rate is None else [f"{rate:,.{0 if rate >= 10 else 1}f} req/s"]
    curve = [heap_curve(heap)] if heap else []
    yield [*speed, *curve]
    yield curve
    yield []
