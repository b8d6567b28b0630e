"""Descriptors that requests leave open: of which type, and who opened them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.evidence.findings import Excerpt, Frame
from pytest_nodeleak.nodejs.descriptor_types import Descriptor, DescriptorType

__all__ = [
    "Descriptors",
    "Opener",
    "Opening",
    "Openings",
    "count_outgoing",
    "is_full",
    "opens",
]

# Node keeps one in reserve to refuse connections with, and some are closed meanwhile.
_FULL_SHARE = 0.02
_FEWEST_FREE = 2
_OPENS: Mapping[str, frozenset[DescriptorType]] = {
    "connect()": frozenset(
        {DescriptorType.OUTBOUND, DescriptorType.SOCKET, DescriptorType.PIPE}
    ),
    "listen()": frozenset({DescriptorType.SERVER}),
    "bind()": frozenset({DescriptorType.UDP}),
    "spawn()": frozenset({DescriptorType.PIPE}),
    "fs.watch()": frozenset({DescriptorType.WATCHER}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One place that opens descriptors, as it was seen in a window of load.

    Attributes:
        call: What it was opened with, e.g. ``"fs.openSync()"``.
        frames: The app's functions, innermost first.
        calls: How often.
        left_open: How many of these stayed open.

    """

    call: str
    frames: tuple[ProfileFrame, ...]
    calls: int
    left_open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """What one window of load opened.

    Attributes:
        requests: Of the window.
        grown: Descriptors that stayed, by type; only types that grew.
        openings: The places.

    """

    requests: int
    grown: Mapping[DescriptorType, int]
    openings: tuple[Opening, ...]


def opens(opening: Opening, types: Sequence[DescriptorType]) -> bool:
    """Tell whether what a place opens is of one of these types."""
    return not _OPENS.get(opening.call, {DescriptorType.FILE}).isdisjoint(types)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """A place that leaves descriptors open, explained.

    Attributes:
        call: What it opens them with.
        frames: Where, innermost function first.
        per_request: How many it leaves open.
        excerpts: The source around the innermost function, where it can be read.

    """

    call: str
    frames: tuple[Frame, ...]
    per_request: float
    excerpts: tuple[Excerpt, ...] = ()

    def __str__(self) -> str:
        return f"{' <- '.join(str(frame) for frame in self.frames)} by {self.call}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptors:
    """What is known of the descriptors of an app.

    Attributes:
        open: How many there are of each type, the most frequent first.
        per_request: How many of each a request leaves open; empty where not seen.
        openers: The places that open what stays, the worst first.

    """

    open: Mapping[DescriptorType, int] = field(default_factory=dict)
    per_request: Mapping[DescriptorType, float] = field(default_factory=dict)
    openers: tuple[Opener, ...] = ()


def count_outgoing(descriptors: Sequence[Descriptor]) -> int:
    """Count those that the app opened itself: not the connections that came to it."""
    return sum(one.type is not DescriptorType.INBOUND for one in descriptors)


def is_full(count: int | None, limit: int | None) -> bool:
    """Tell whether so many open descriptors are all that a process may have."""
    if count is None or limit is None:
        return False
    return count >= limit - max(_FEWEST_FREE, _FULL_SHARE * limit)
