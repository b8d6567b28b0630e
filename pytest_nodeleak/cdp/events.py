"""The events we understand, as typed values. Wire names stay inside this module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "Event",
    "Paused",
    "PausedFrame",
    "ScriptParsed",
    "SnapshotChunk",
    "UnknownEvent",
    "parse_event",
]


@dataclass(frozen=True, slots=True)
class SnapshotChunk:
    """A piece of a heap snapshot (``HeapProfiler.addHeapSnapshotChunk``)."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptParsed:
    """A script that V8 has (``Debugger.scriptParsed``).

    Attributes:
        script_id: What commands know it by.
        url: Its name.
        map_url: The URL of its source map as its text has it; empty if there is none.

    """

    script_id: str
    url: str
    map_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedFrame:
    """A function on the stack of an app that is paused.

    Attributes:
        function: Its name.
        script_id: As in :class:`ScriptParsed`.
        line: Where it is; 1-based.
        column: 1-based.

    """

    function: str
    script_id: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """The debugger has stopped the app (``Debugger.paused``).

    Attributes:
        frames: The functions on the stack, innermost first.

    """

    frames: tuple[PausedFrame, ...]


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An event we have no use for."""

    method: str


Event = SnapshotChunk | ScriptParsed | Paused | UnknownEvent


def parse_event(method: str, params: Mapping[str, Any]) -> Event:
    """Decode an event; one we do not know becomes an :class:`UnknownEvent`."""
    match method, params:
        case "HeapProfiler.addHeapSnapshotChunk", {"chunk": str(chunk)}:
            return SnapshotChunk(chunk)
        case "Debugger.scriptParsed", {"scriptId": str(script_id), "url": str(url)}:
            map_url = params.get("sourceMapURL") or ""
            return ScriptParsed(script_id=script_id, url=url, map_url=str(map_url))
        case "Debugger.paused", {"callFrames": [*frames]}:
            return Paused(frames=tuple(map(_paused_frame, frames)))
        case _:
            return UnknownEvent(method)


def _paused_frame(frame: Mapping[str, Any]) -> PausedFrame:
    location = frame["location"]
    return PausedFrame(
        function=frame["functionName"],
        script_id=location["scriptId"],
        line=location["lineNumber"] + 1,
        column=location.get("columnNumber", 0) + 1,
    )
