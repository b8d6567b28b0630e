from __future__ import annotations

import pytest

from pytest_nodeleak.cdp.events import (
    Paused,
    PausedFrame,
    ScriptParsed,
    SnapshotChunk,
    UnknownEvent,
    WorkerAttached,
    WorkerDetached,
    WorkerMessage,
    parse_event,
)


def test_a_snapshot_comes_in_chunks() -> None:
    method = "HeapProfiler.addHeapSnapshotChunk"
    assert parse_event(method, {"chunk": "ab"}) == SnapshotChunk("ab")


@pytest.mark.parametrize("given", [{"sourceMapURL": ""}, {}], ids=["empty", "absent"])
def test_a_script_may_have_no_source_map(given: dict[str, str]) -> None:
    params = {"scriptId": "7", "url": "file:///app/a.js", **given}
    script = ScriptParsed(script_id="7", url="file:///app/a.js", map_url="")
    assert parse_event("Debugger.scriptParsed", params) == script


def test_a_script_tells_where_its_source_map_is() -> None:
    params = {"scriptId": "7", "url": "a.js", "sourceMapURL": "a.js.map", "hash": "0"}
    script = ScriptParsed(script_id="7", url="a.js", map_url="a.js.map")
    assert parse_event("Debugger.scriptParsed", params) == script


@pytest.mark.parametrize(
    "method", ["Debugger.scriptParsed", "HeapProfiler.reportHeapSnapshotProgress"]
)
def test_an_event_that_is_not_known_or_lacks_what_it_should_have_is_unknown(
    method: str,
) -> None:
    assert parse_event(method, {"done": 1}) == UnknownEvent(method)


def test_a_paused_app_tells_where_it_is() -> None:
    location = {"scriptId": "7", "lineNumber": 4, "columnNumber": 9}
    frame = {"functionName": "spin", "location": location, "scopeChain": []}
    params = {"callFrames": [frame], "reason": "other"}
    assert parse_event("Debugger.paused", params) == Paused(
        frames=(PausedFrame(function="spin", script_id="7", line=5, column=10),)
    )


@pytest.mark.parametrize(
    "frame",
    [
        None,
        7,
        {},
        {"functionName": "f"},
        {"functionName": "f", "location": []},
        {"functionName": "f", "location": {"scriptId": "7"}},
        {"functionName": None, "location": {"scriptId": "7", "lineNumber": 1}},
    ],
)
def test_an_app_that_is_paused_at_no_place_is_paused_all_the_same(
    frame: object,
) -> None:
    assert parse_event("Debugger.paused", {"callFrames": [frame]}) == Paused(frames=())


def test_a_source_map_that_is_no_text_is_none() -> None:
    params = {"scriptId": "7", "url": "a.js", "sourceMapURL": ["x"]}
    script = ScriptParsed(script_id="7", url="a.js", map_url="")
    assert parse_event("Debugger.scriptParsed", params) == script


def test_a_worker_comes_speaks_and_goes() -> None:
    info = {"workerId": "1", "type": "worker", "title": "[worker 2]", "url": "a.js"}
    attached = {"sessionId": "1", "workerInfo": info, "waitingForDebugger": False}
    message = {"sessionId": "1", "message": '{"id": 3}'}
    assert [
        parse_event("NodeWorker.attachedToWorker", attached),
        parse_event("NodeWorker.receivedMessageFromWorker", message),
        parse_event("NodeWorker.detachedFromWorker", {"sessionId": "1"}),
    ] == [
        WorkerAttached(session_id="1", title="[worker 2]", url="a.js"),
        WorkerMessage(session_id="1", text='{"id": 3}'),
        WorkerDetached("1"),
    ]
