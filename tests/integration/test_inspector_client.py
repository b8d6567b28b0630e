from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Thread, Timer

import psutil
import pytest
from integration.node_apps import LaunchApp, WriteApp, serving
from websockets.frames import Frame, Opcode
from websockets.protocol import Event as WebSocketEvent
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.events import Event, SnapshotChunk
from pytest_nodeleak.cdp.messages import (
    Command,
    collect_garbage,
    evaluate,
    take_heap_snapshot,
)
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import (
    CommandFailed,
    DeadlineExceeded,
    InspectorClosed,
)
from pytest_nodeleak.nodejs.launcher import RunningApp

pytestmark = pytest.mark.nodejs

Script = Callable[[ServerConnection], None]


@pytest.fixture
def app(write_app: WriteApp, launch_app: LaunchApp) -> RunningApp:
    write_app(serving(setup="class Basket {}; globalThis.basket = new Basket();"))
    return launch_app()


@pytest.fixture
def client(app: RunningApp) -> Iterator[InspectorClient]:
    with InspectorClient.open(app.inspector_url, Deadline(10.0)) as client:
        yield client


@pytest.fixture
def frames() -> list[Frame]:
    """Frames that a scripted inspector got."""
    return []


@pytest.fixture
def scripted(frames: list[Frame]) -> Iterator[Callable[[Script], str]]:
    """Start an inspector of our own that follows a script; return its address."""

    class Recording(ServerConnection):
        def process_event(self, event: WebSocketEvent) -> None:
            if isinstance(event, Frame):
                frames.append(event)
            super().process_event(event)

    def start(script: Script) -> str:
        server = stack.enter_context(
            serve(script, "127.0.0.1", 0, create_connection=Recording)
        )
        thread = Thread(target=server.serve_forever)
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        return f"ws://127.0.0.1:{server.socket.getsockname()[1]}/0-0"

    with ExitStack() as stack:
        yield start


def answer_all(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(json.dumps({"id": json.loads(message)["id"], "result": {}}))


def test_a_client_survives_a_command_that_took_too_long(
    client: InspectorClient,
) -> None:
    blocking = evaluate("for (const t = Date.now(); Date.now() - t < 1000; );")
    with pytest.raises(
        DeadlineExceeded, match=r"answer to Runtime\.evaluate within 0\.2"
    ):
        client.execute(blocking, Deadline(0.2))
    # The late answer of the first command must not be taken for this one's.
    assert client.execute(evaluate("6 * 7"), Deadline(20.0)).value == 42


def test_a_client_survives_an_event_loop_that_was_blocked(
    client: InspectorClient,
) -> None:
    block = (
        "setImmediate(() => { for (const t = Date.now(); Date.now() - t < 1000; ); });"
    )
    client.execute(evaluate(block), Deadline(10.0))
    turn = evaluate(
        "new Promise((done) => setTimeout(() => done('turned'), 1))", await_promise=True
    )
    with pytest.raises(DeadlineExceeded):
        client.execute(turn, Deadline(0.2))
    assert client.execute(turn, Deadline(20.0)).value == "turned"


def test_an_app_that_is_killed_during_a_command_closes_the_inspector(
    app: RunningApp, client: InspectorClient
) -> None:
    killing = Timer(0.3, psutil.Process(app.pid).kill)
    killing.start()
    with pytest.raises(InspectorClosed, match=r"closed during Runtime\.evaluate"):
        client.execute(evaluate("while (true);"), Deadline(20.0))
    with pytest.raises(InspectorClosed):
        client.execute(collect_garbage(), Deadline(20.0))


def test_a_command_that_v8_refuses_is_reported_and_forgotten(
    client: InspectorClient,
) -> None:
    unknown = Command(method="Heap.doMagic", parse=len)
    with pytest.raises(CommandFailed, match=r"Heap\.doMagic.*wasn't found \(-32601\)"):
        client.execute(unknown, Deadline(10.0))
    assert client.execute(evaluate("1"), Deadline(10.0)).value == 1


def test_a_script_that_throws_is_an_answer_with_its_stack(
    client: InspectorClient,
) -> None:
    answer = client.execute(evaluate("null.size"), Deadline(10.0))
    assert answer.thrown is not None
    assert answer.thrown.startswith("TypeError: Cannot read properties of null")


def test_all_chunks_of_a_snapshot_come_before_its_answer(
    client: InspectorClient,
) -> None:
    chunks: list[str] = []

    def keep(event: Event) -> None:
        if isinstance(event, SnapshotChunk):
            chunks.append(event.text)

    client.execute(take_heap_snapshot(), Deadline(60.0), on_event=keep)
    snapshot = json.loads("".join(chunks))
    assert len(chunks) > 1
    assert "Basket" in snapshot["strings"]


@pytest.mark.parametrize(
    "url_of",
    [
        pytest.param(lambda app: app.inspector_url[:-4] + "0000", id="wrong id"),
        pytest.param(
            lambda app: app.base_url.replace("http", "ws"), id="the app's port"
        ),
        pytest.param(lambda _: "ws://127.0.0.1:1/0-0", id="nobody listens"),
        pytest.param(lambda _: "http://127.0.0.1/", id="no WebSocket address"),
    ],
)
def test_an_address_that_is_no_inspector_is_refused(
    app: RunningApp, url_of: Callable[[RunningApp], str]
) -> None:
    with (
        pytest.raises(InspectorClosed, match="closed during connecting: "),
        InspectorClient.open(url_of(app), Deadline(5.0)),
    ):
        pytest.fail("it connected")


def test_no_ping_is_sent_since_node_closes_the_session_on_one(
    scripted: Callable[[Script], str],
    frames: list[Frame],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The library's default is 20 s; without a setting of our own it would apply.
    defaults = connect.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "ping_interval", 0.01)
    with InspectorClient.open(scripted(answer_all), Deadline(5.0)) as client:
        time.sleep(0.2)
        client.execute(collect_garbage(), Deadline(5.0))
    # Whether the CLOSE is among them yet is up to the other end.
    opcodes = {frame.opcode for frame in frames}
    assert Opcode.TEXT in opcodes
    assert Opcode.PING not in opcodes


def test_nothing_is_compressed(scripted: Callable[[Script], str]) -> None:
    offered: list[str | None] = []

    def look(connection: ServerConnection) -> None:
        assert connection.request is not None
        offered.append(connection.request.headers.get("Sec-WebSocket-Extensions"))
        answer_all(connection)

    with InspectorClient.open(scripted(look), Deadline(5.0)) as client:
        client.execute(collect_garbage(), Deadline(5.0))
    assert offered == [None]


def test_a_huge_message_is_taken_whole(scripted: Callable[[Script], str]) -> None:
    chunk = "x" * 20_000_000

    def send_chunk(connection: ServerConnection) -> None:
        command = json.loads(connection.recv())
        connection.send(
            json.dumps(
                {
                    "method": "HeapProfiler.addHeapSnapshotChunk",
                    "params": {"chunk": chunk},
                }
            )
        )
        connection.send(json.dumps({"id": command["id"], "result": {}}))

    events: list[Event] = []
    with InspectorClient.open(scripted(send_chunk), Deadline(20.0)) as client:
        client.execute(take_heap_snapshot(), Deadline(20.0), on_event=events.append)
    assert events == [SnapshotChunk(chunk)]


def test_what_is_no_answer_is_passed_over(scripted: Callable[[Script], str]) -> None:
    def babble(connection: ServerConnection) -> None:
        command_id = json.loads(connection.recv())["id"]
        connection.send("not JSON")
        connection.send("[]")
        connection.send(json.dumps({"id": command_id + 7, "result": {}}))
        connection.send(json.dumps({"method": "Heap.future", "params": {}}))
        connection.send(
            json.dumps({"id": command_id, "result": {"result": {"value": "mine"}}})
        )

    with InspectorClient.open(scripted(babble), Deadline(5.0)) as client:
        assert client.execute(evaluate("whatever"), Deadline(5.0)).value == "mine"
