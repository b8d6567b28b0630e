from __future__ import annotations

import json
from collections import deque

import pytest

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import collect_garbage, get_heap_usage
from pytest_nodeleak.cdp.worker_sessions import WorkerSessions
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import DeadlineExceeded, InspectorClosed


class TwoWorkers:
    """An app with two workers, as far as the protocol goes.

    Attributes:
        sent: What was sent, by method; what workers were sent with their session's id.
        silent: Whether workers answer nothing.
        ending: The session of a worker that ends instead of answering.

    """

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.silent = False
        self.ending: str | None = None
        self._waiting: deque[str] = deque()

    def send(self, message: str, /) -> None:
        command = json.loads(message)
        self.sent.append(command["method"])
        params = command["params"]
        match command["method"]:
            case "NodeWorker.enable":
                for session in "12":
                    info = {"title": f"[worker {session}]", "url": "file:///w.js"}
                    self._tell("attachedToWorker", session, workerInfo=info)
            case "NodeWorker.sendMessageToWorker":
                self._answer_worker(params["sessionId"], json.loads(params["message"]))
        self._waiting.append(json.dumps({"id": command["id"], "result": {}}))

    def recv(self, timeout: float | None = None) -> str:
        del timeout
        if not self._waiting:
            raise TimeoutError
        return self._waiting.popleft()

    def close(self) -> None:
        pass

    def _answer_worker(self, session: str, command: dict[str, object]) -> None:
        self.sent.append(f"{session}: {command['method']}")
        if self.ending == session:
            self._tell("detachedFromWorker", session)
        elif not self.silent:
            # Ids are each session's own: that of one that came later must not do.
            for other, size in (("3", -1), (session, int(session))):
                result = {"usedSize": size}
                answer = json.dumps({"id": command["id"], "result": result})
                self._tell("receivedMessageFromWorker", other, message=answer)

    def _tell(self, event: str, session: str, **params: object) -> None:
        told = {
            "method": f"NodeWorker.{event}",
            "params": {"sessionId": session, **params},
        }
        self._waiting.append(json.dumps(told))


def open_sessions(app: TwoWorkers) -> tuple[WorkerSessions, list[InspectorClient]]:
    sessions = WorkerSessions(InspectorClient(app))
    sessions.open(Deadline(5.0))
    return sessions, [sessions.client(one) for one in sessions.attached]


def test_every_worker_has_a_client_that_gets_its_own_answers() -> None:
    _, clients = open_sessions(TwoWorkers())
    used = [one.execute(get_heap_usage(), Deadline(5.0)) for one in clients]
    assert used == [1, 2]


def test_a_worker_that_ends_is_told_from_one_that_is_slow() -> None:
    app = TwoWorkers()
    app.ending = "1"
    _, (ended, other) = open_sessions(app)
    with pytest.raises(InspectorClosed, match="the thread has ended"):
        ended.execute(collect_garbage(), Deadline(5.0))
    app.silent = True
    with pytest.raises(DeadlineExceeded, match="collectGarbage"):
        other.execute(collect_garbage(), Deadline(0.05))


def test_an_end_is_noticed_whatever_is_being_executed() -> None:
    app = TwoWorkers()
    main = InspectorClient(app)
    sessions = WorkerSessions(main)
    sessions.open(Deadline(5.0))
    ended = sessions.client(sessions.attached[0])
    app._tell("detachedFromWorker", "1")
    main.execute(collect_garbage(), Deadline(5.0))
    with pytest.raises(InspectorClosed):
        ended.execute(collect_garbage(), Deadline(5.0))
    assert "1: HeapProfiler.collectGarbage" not in app.sent


def test_sessions_end_together() -> None:
    app = TwoWorkers()
    sessions, _ = open_sessions(app)
    sessions.close()
    assert app.sent[-1] == "NodeWorker.disable"
