"""What answers at an inspector's address may say anything, in any order."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from fuzzing import ODD_VALUES, fuzzed, mutated_documents, mutated_texts
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosedError

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.cpu_profiler import stop_cpu_profile
from pytest_nodeleak.cdp.debugger import set_breakpoint_on_call
from pytest_nodeleak.cdp.events import Event
from pytest_nodeleak.cdp.messages import (
    Command,
    RemoteObject,
    collect_garbage,
    evaluate,
    get_heap_object_id,
    get_heap_usage,
    get_sampling_profile,
    get_script_source,
    query_objects,
)
from pytest_nodeleak.cdp.session import Failure, Session, Success
from pytest_nodeleak.cdp.worker_sessions import WorkerSessions
from pytest_nodeleak.culprits.blocks import find_blocks
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.evidence.gc_pauses import pool_pauses
from pytest_nodeleak.evidence.loop_delay import pool_delays
from pytest_nodeleak.exceptions import (
    AnswerMalformed,
    DeadlineExceeded,
    InspectorError,
    NodeLeakError,
)
from pytest_nodeleak.inspection.live import LiveObjects
from pytest_nodeleak.inspection.sampler import Sampler
from pytest_nodeleak.stages.attribute import _live_stacks

_OBJECT = RemoteObject(object_id="7", class_name="Object")
_CALL_FRAME = {
    "functionName": "load",
    "scriptId": "9",
    "url": "file:///app/server.js",
    "lineNumber": 4,
    "columnNumber": 11,
}
_CPU_PROFILE = {
    "nodes": [
        {"id": 1, "callFrame": _CALL_FRAME, "children": [2, 3]},
        {"id": 2, "callFrame": _CALL_FRAME, "positionTicks": [{"line": 5, "ticks": 3}]},
        {"id": 3, "callFrame": _CALL_FRAME | {"functionName": "(idle)"}},
    ],
    "startTime": 1_000_000,
    "endTime": 1_000_900,
    "samples": [2, 3, 2, 2],
    "timeDeltas": [200, 200, 300, 200],
}
_HEAP_NODE = {"callFrame": _CALL_FRAME, "selfSize": 48, "id": 2, "children": []}
_RESULTS: dict[str, object] = {
    "result": {"type": "object", "objectId": "5", "className": "Object"},
    "objects": {"type": "object", "objectId": "6"},
    "profile": {**_CPU_PROFILE, "head": {**_HEAP_NODE, "children": [_HEAP_NODE] * 2}},
    "usedSize": 4_000_000,
    "heapSnapshotObjectId": "17",
    "breakpointId": "1:2:3",
    "scriptSource": "const kept = [];",
    "exceptionDetails": {"text": "Uncaught", "exception": {"description": "Error: no"}},
}
_COMMANDS: tuple[Command[object], ...] = (
    collect_garbage(),
    evaluate("1"),
    get_heap_object_id(_OBJECT),
    get_heap_usage(),
    get_sampling_profile(),
    get_script_source("9"),
    query_objects(_OBJECT, group="g"),
    set_breakpoint_on_call(_OBJECT, condition="true"),
    stop_cpu_profile(),
)
# All that any script of the probe tells, so that each finds what it looks for.
_TOLD: dict[str, object] = {
    **dict.fromkeys(("heapUsed", "code", "external", "arrayBuffers"), 9000000),
    **dict.fromkeys(("rss", "heapTotal", "heapLimit", "shared"), 9000000),
    **dict.fromkeys(("fds", "threads", "contexts", "objects", "listeners"), 40),
    **dict.fromkeys(("count", "idle", "delayMs", "fdLimit", "heapSizeLimit"), 10),
    "memoryLimit": None,
    "memoryLeft": 9_000_000,
    "resources": {"Timeout": 1, "TCPSocketWrap": 2},
    "spaces": {"old_space": [1, 2], "new_space": [3, 4]},
    "byEvent": {"Server request": 1},
    "percentiles": [[0, 0.1], [50, 0.5], [99, 2.0], [100, 2.5]],
    "pauses": [["minor", 0.4], ["major", 3.0]],
    "repeats": False,
    "nodeOptions": "--max-old-space-size=64",
    "flags": ["--inspect"],
    "directory": "/app",
    "links": [[3, "socket:[7]"], [4, "/tmp/x"], [5, "pipe:[9]"]],
    "nets": {
        "tcp": ["0: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0 0 0 7 1"],
        "unix": ["f: 2 0 0 1 1 9 /run/x"],
    },
}
_EVENTS: tuple[dict[str, object], ...] = (
    {"method": "HeapProfiler.addHeapSnapshotChunk", "params": {"chunk": '{"snap'}},
    {
        "method": "Debugger.scriptParsed",
        "params": {"scriptId": "9", "url": "file:///app/a.js", "sourceMapURL": "a.map"},
    },
    {
        "method": "Debugger.paused",
        "params": {
            "callFrames": [
                {
                    "functionName": "spin",
                    "location": {"scriptId": "9", "lineNumber": 4, "columnNumber": 1},
                }
            ]
        },
    },
    {
        "method": "NodeWorker.attachedToWorker",
        "params": {"sessionId": "1", "workerInfo": {"title": "[w]", "url": "w.js"}},
    },
    {"method": "NodeWorker.detachedFromWorker", "params": {"sessionId": "1"}},
    {
        "method": "NodeWorker.receivedMessageFromWorker",
        "params": {"sessionId": "1", "message": '{"id": 1, "result": {}}'},
    },
)


class Liar:
    """A connection on which anything may come, and something does until it is silent."""

    def __init__(self, answer: Callable[[dict[str, Any]], list[str | bytes]]) -> None:
        self._answer = answer
        self._waiting: deque[str | bytes] = deque()

    def send(self, message: str, /) -> None:
        self._waiting += self._answer(json.loads(message))

    def recv(self, timeout: float | None = None) -> str | bytes:
        del timeout
        if not self._waiting:
            raise TimeoutError
        return self._waiting.popleft()

    def close(self) -> None:
        raise ConnectionClosedError(None, None)


@st.composite
def _messages(draw: st.DrawFn, ids: st.SearchStrategy[object]) -> str:
    """Draw a message: an answer, an event, or garbage."""
    kind = draw(st.integers(0, 9))
    message: object
    if kind < 5:
        key = draw(st.sampled_from(["result", "error", "method", "params"]))
        odd = st.sampled_from(ODD_VALUES) | st.just({"code": -32000, "message": "no"})
        message = {
            "id": draw(ids),
            "result": draw(mutated_documents(_RESULTS)),
            key: draw(odd if key != "result" else st.just(_RESULTS)),
        }
    elif kind < 8:
        message = draw(mutated_documents(draw(st.sampled_from(_EVENTS))))
    else:
        message = draw(st.sampled_from(ODD_VALUES))
    text = json.dumps(message)
    return draw(mutated_texts(text)) if kind in {4, 7} else text


@given(data=st.data(), steps=st.lists(st.integers(0, 9), max_size=20))
@fuzzed(100)
def test_a_session_takes_anything_in_any_order(
    data: st.DataObject, steps: list[int]
) -> None:
    session, waiting = Session(), set[int]()
    message = _messages(st.integers(-1, 8) | st.sampled_from(ODD_VALUES))
    for step in steps:
        if step == 0:
            waiting.add(session.send(data.draw(st.sampled_from(_COMMANDS)))[0])
        elif step == 1 and waiting:
            session.forget(waiting.pop())
        else:
            received = session.receive_text(data.draw(message))
            if isinstance(received, Success | Failure):
                # Of those that are waited for, and each once.
                waiting.remove(received.command_id)


@given(data=st.data(), command=st.sampled_from(_COMMANDS))
@fuzzed(150)
def test_a_command_ends_with_a_typed_answer_or_an_error_of_ours(
    data: st.DataObject, command: Command[object]
) -> None:
    def answer(asked: dict[str, Any]) -> list[str | bytes]:
        ids = st.just(asked["id"]) | st.integers(-1, 3)
        said: list[str | bytes] = []
        for text in data.draw(st.lists(_messages(ids), max_size=6)):
            as_bytes = text.encode("utf-8", "surrogatepass")
            said.append(as_bytes if data.draw(st.booleans()) else text)
        return said

    events: list[Event] = []
    client = InspectorClient(Liar(answer))
    try:
        found = client.execute(command, Deadline(5.0), on_event=events.append)
    except (InspectorError, DeadlineExceeded) as error:
        assert len(str(error)) < 2_000  # noqa: PT017  # either outcome is fine
        return
    finally:
        client.disconnect()
    assert repr(found)


@given(profile=mutated_documents(_CPU_PROFILE))
@fuzzed(80)
def test_a_cpu_profile_that_is_read_can_be_looked_through(
    profile: dict[str, object],
) -> None:
    client = InspectorClient(Liar(_answering({"profile": profile})))
    try:
        read = client.execute(stop_cpu_profile(), Deadline(5.0))
    except AnswerMalformed:
        return
    find_blocks(read, (1.0001,))


@given(head=mutated_documents(_RESULTS["profile"]["head"]))  # type: ignore[index]  # JSON
@fuzzed(60)
def test_a_heap_profile_that_is_read_can_be_looked_through(
    head: dict[str, object],
) -> None:
    client = InspectorClient(Liar(_answering({"profile": {"head": head}})))
    try:
        read = client.execute(get_sampling_profile(), Deadline(5.0))
    except AnswerMalformed:
        return
    assert all(stack.weight for stack in _live_stacks(read.head, ()))


@given(data=st.data())
@fuzzed(120)
def test_a_probe_that_tells_anything_is_read_or_refused(data: st.DataObject) -> None:
    # Most of the time as it should be, or nothing but the first question would be asked.
    told = (
        st.just(_TOLD)
        | mutated_documents(_TOLD)
        | mutated_documents([[3, 12], [5, 14]])
        | st.sampled_from(ODD_VALUES)
    )

    def answer(asked: dict[str, Any]) -> list[str | bytes]:
        by_value = asked["params"].get("returnByValue")
        result: dict[str, object] = dict(_RESULTS, exceptionDetails=None)
        if by_value:
            result["result"] = {"value": data.draw(told)}
        return [json.dumps({"id": asked["id"], "result": result})]

    client, deadline = InspectorClient(Liar(answer)), Deadline(5.0)
    live = LiveObjects(client)
    with suppress(NodeLeakError), Sampler(client, None, deadline) as sampler:
        for ask in (
            lambda: sampler.start(deadline),
            lambda: sampler.read(requests=1, elapsed_s=1.0, deadline=deadline),
            lambda: sampler.read_memory(requests=1, deadline=deadline),
            lambda: sampler.sizes(deadline),
            lambda: sampler.population.gaining(fewest=1, deadline=deadline),
            lambda: pool_delays([sampler.unwatch_load(deadline)[0]] * 2),
            lambda: pool_pauses(sampler.unwatch_load(deadline)[1], load_s=1.0),
            lambda: sampler.view.descriptors(deadline),
            lambda: live.occupancy(_OBJECT, deadline),
            lambda: live.bounds(_OBJECT, deadline),
            lambda: live.timer_delay_s(_OBJECT, deadline),
            lambda: live.newest_keys(_OBJECT, deadline),
            lambda: live.piece_bytes(_OBJECT, "x", deadline),
        ):
            with suppress(AnswerMalformed):
                ask()


@given(data=st.data())
@fuzzed(60)
def test_workers_that_say_anything_are_talked_to_or_given_up(
    data: st.DataObject,
) -> None:
    def answer(asked: dict[str, Any]) -> list[str | bytes]:
        ids = st.just(asked["id"]) | st.integers(-1, 3)
        events = data.draw(st.lists(_messages(ids), max_size=4))
        attached = [json.dumps(_EVENTS[3])] if "enable" in asked["method"] else []
        return [*attached, *events, json.dumps({"id": asked["id"], "result": {}})]

    sessions = WorkerSessions(InspectorClient(Liar(answer)))
    with suppress(InspectorError, DeadlineExceeded):
        sessions.open(Deadline(5.0))
    for worker in sessions.attached:
        with suppress(InspectorError, DeadlineExceeded):
            sessions.client(worker).execute(get_heap_usage(), Deadline(5.0))
    sessions.close()


def _answering(
    result: Mapping[str, object],
) -> Callable[[dict[str, Any]], list[str | bytes]]:
    return lambda asked: [json.dumps({"id": asked["id"], "result": result})]
