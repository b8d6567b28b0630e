"""What is let go of in worker threads; looking into them needs real ones."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import cast

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import (
    CommandFailed,
    DeadlineExceeded,
    InspectorClosed,
)
from pytest_nodeleak.heap.threads import Thread
from pytest_nodeleak.inspection.live import LiveObjects
from pytest_nodeleak.inspection.sampler import Sampler
from pytest_nodeleak.inspection.worker import Worker
from pytest_nodeleak.inspection.workers import Workers


class Refusing:
    """An inspector that answers everything with an error."""

    def __init__(self) -> None:
        self._answers: list[str] = []

    def send(self, message: str, /) -> None:
        error = {"code": -32000, "message": "no"}
        self._answers.append(
            json.dumps({"id": json.loads(message)["id"], "error": error})
        )

    def recv(self, timeout: float | None = None) -> str:
        del timeout
        return self._answers.pop(0)

    def close(self) -> None:
        pass


class Failing(Worker):
    """A worker that does not let itself be looked into."""

    def __init__(self, number: int, problem: Exception) -> None:
        self.thread = Thread(id=number, script=f"{number}.js")
        self.problem = problem
        self.closed = 0

    def look(self) -> None:
        raise self.problem

    def close(self) -> None:
        self.closed += 1


def looked_into(*workers: Failing) -> Workers:
    found = Workers(InspectorClient(Refusing()), pid=1)
    found._workers |= {worker.thread.id: worker for worker in workers}
    for worker in workers:
        worker.heap_bytes = 0
    return found


LATE = DeadlineExceeded(waiting_for="an answer", allowed_s=2.0)


def test_a_worker_that_fails_is_left_with_nothing_of_ours_inside() -> None:
    silent = Failing(1, LATE)
    workers = looked_into(silent)

    assert workers.growth(100) == []
    assert silent.closed == 1
    assert workers.alive() == []


def test_every_worker_that_could_not_be_looked_into_is_named() -> None:
    workers = looked_into(
        Failing(1, LATE), Failing(2, CommandFailed(method="a", code=1, message="no"))
    )

    workers.growth(100)

    assert "1.js" in workers.unseen
    assert "2.js" in workers.unseen


def test_who_fails_before_the_others_are_given_up_is_named_with_them() -> None:
    workers = looked_into(Failing(1, LATE))
    workers.growth(100)
    other = Failing(2, LATE)
    workers._workers[2] = other

    workers.give_up("no memory")

    assert "1.js" in workers.unseen
    assert "2.js" in workers.unseen


def test_a_worker_that_has_ended_is_not_missed() -> None:
    workers = looked_into(
        Failing(1, InspectorClosed(during="a look", reason="it ended"))
    )

    workers.growth(100)

    assert (workers.unseen, workers.alive()) == ("", [])


def test_the_probe_is_taken_out_even_where_objects_are_not_let_go_of() -> None:
    closed: list[Deadline] = []
    worker = Worker.__new__(Worker)
    worker.live = LiveObjects(InspectorClient(Refusing()))
    worker.sampler = cast("Sampler", SimpleNamespace(close=closed.append))

    worker.close()

    assert [type(one) for one in closed] == [Deadline]
