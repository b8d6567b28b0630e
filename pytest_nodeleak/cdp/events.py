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
    "WorkerAttached",
    "WorkerDetached",
    "WorkerMessage",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerAttached:
    """A session with a worker thread has begun (``NodeWorker.attachedToWorker``).

    Attributes:
        session_id: What commands know it by.
        title: Its number and name, e.g. ``"[worker 2] resizer"``.
        url: Of its script; empty if it was given source text.

    """

    session_id: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class WorkerDetached:
    """A session with a worker has ended (``NodeWorker.detachedFromWorker``)."""

    session_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerMessage:
    """A message of a worker's session (``NodeWorker.receivedMessageFromWorker``).

    Attributes:
        session_id: Of the worker.
        text: A message of the protocol, as a worker's session decodes it.

    """

    session_id: str
    text: str


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An event we have no use for."""

    method: str


WorkerEvent = WorkerAttached | WorkerDetached | WorkerMessage
Event = SnapshotChunk | ScriptParsed | Paused | WorkerEvent | UnknownEvent


def parse_event(method: str, params: Mapping[str, Any]) -> Event:
    """Decode an event; one we do not know becomes an :class:`UnknownEvent`."""
    match method, params:
        case "HeapProfiler.addHeapSnapshotChunk", {"chunk": str(chunk)}:
            return SnapshotChunk(chunk)
        case "Debugger.scriptParsed", {"scriptId": str(script_id), "url": str(url)}:
            map_url = params.get("sourceMapURL")
            return ScriptParsed(
                script_id=script_id,
                url=url,
                map_url=map_url if isinstance(map_url, str) else "",
            )
        case "Debugger.paused", {"callFrames": [*frames]}:
            # That it has stopped counts, also where a frame is none that we understand.
            return Paused(frames=tuple(filter(None, map(_paused_frame, frames))))
        case _:
            return _worker_event(method, params) or UnknownEvent(method)


def _worker_event(method: str, params: Mapping[str, Any]) -> WorkerEvent | None:
    match method, params:
        case (
            "NodeWorker.attachedToWorker",
            {
                "sessionId": str(session_id),
                "workerInfo": {"title": str(title), "url": str(url)},
            },
        ):
            return WorkerAttached(session_id=session_id, title=title, url=url)
        case "NodeWorker.detachedFromWorker", {"sessionId": str(session_id)}:
            return WorkerDetached(session_id)
        case (
            "NodeWorker.receivedMessageFromWorker",
            {"sessionId": str(session_id), "message": str(text)},
        ):
            return WorkerMessage(session_id=session_id, text=text)
        case _:
            return None


def _paused_frame(frame: object) -> PausedFrame | None:
    match frame:
        case {
            "functionName": str(function),
            "location": {"scriptId": str(script_id), "lineNumber": int(line)} as place,
        }:
            column = place.get("columnNumber")
            return PausedFrame(
                function=function,
                script_id=script_id,
                line=line + 1,
                column=column + 1 if isinstance(column, int) else 1,
            )
        case _:
            return None
