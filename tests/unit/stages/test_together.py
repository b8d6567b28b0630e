"""Whatever breaks a check of several processes off, nobody waits and nothing is left."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NoReturn, cast

import psutil
import pytest

from pytest_nodeleak.artifacts import Artifacts, ArtifactStore
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endings.crash import Crash
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.load.driver import LoadDriver
from pytest_nodeleak.load.result import LoadResult
from pytest_nodeleak.load.shared import Participant, SharedLoad
from pytest_nodeleak.nodejs.launcher import RunningApp
from pytest_nodeleak.nodejs.processes import AppProcess
from pytest_nodeleak.stages import together
from pytest_nodeleak.stages.check_plan import CheckPlan

PROCESSES = [
    AppProcess(
        pid=n, name=f"worker {n} of 2", inspector_url="", serves=True, is_front=True
    )
    for n in (1, 2)
]


class App:
    pid = 1

    def seen_as(self, _process: AppProcess) -> App:
        return self

    def stop(self) -> None:
        """End what nobody started."""


class Driver:
    """Counts nothing itself, and is interrupted once both processes are under way."""

    targets = ("GET /",)

    def __init__(self) -> None:
        self.under_way = threading.Semaphore(0)

    def run(
        self, requests: int, deadline: Deadline, *, only: int | None = None
    ) -> LoadResult:
        del deadline, only
        return LoadResult(
            requests=requests,
            elapsed_s=0.01,
            statuses={200: requests},
            bad=0,
            first_bad=None,
        )

    @contextmanager
    def counting(self, read: Callable[[], int]) -> Iterator[None]:
        del read
        yield

    def attend(self, others: Sequence[Future[Any]]) -> None:
        del others
        for _ in PROCESSES:
            assert self.under_way.acquire(timeout=10.0)
        raise KeyboardInterrupt

    def close(self) -> None:
        pass


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    """Return a driver; processes take a snapshot and then load for ever."""
    used = Driver()

    def measuring(
        _app: object, participant: LoadDriver, plan: CheckPlan, **_: object
    ) -> NoReturn:
        with plan.artifacts.copy_snapshot(lambda _text: None) as write:
            write("{}")
        used.under_way.release()
        while True:
            participant.run(1, Deadline(5.0))

    monkeypatch.setattr(together, "measure", measuring)
    return used


def run_all(driver: Driver, directory: Path) -> None:
    plan = CheckPlan(
        policy=LeakPolicy(),
        app_directory=directory,
        fixed_requests=None,
        deadline=Deadline(20.0),
        artifacts=ArtifactStore(directory).of("check"),
    )
    check = together._Check(app=cast("RunningApp", App()), plan=plan)
    shared = SharedLoad(driver, plan.deadline)
    with ExitStack() as stack:
        together._run_all(check, shared, PROCESSES, driver=driver, stack=stack)


def test_ctrl_c_leaves_no_snapshot_of_a_worker(driver: Driver, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_all(driver, tmp_path)
    assert [*tmp_path.iterdir()] == []


def test_nobody_waits_for_a_process_whose_thread_cannot_be_started(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crowded(ThreadPoolExecutor):
        def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
            if self._threads:
                raise RuntimeError("can't start new thread")
            return super().submit(*args, **kwargs)

    monkeypatch.setattr(together, "ThreadPoolExecutor", Crowded)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        run_all(driver, tmp_path)
    assert [*tmp_path.iterdir()] == []


def crashed(pid: int) -> together._Run:
    shared = SharedLoad(Driver(), Deadline(1.0))
    future: Future[together.Outcome] = Future()
    future.set_result(Crash.__new__(Crash))
    return together._Run(
        process=AppProcess(
            pid=pid, name="worker", inspector_url="", serves=True, is_front=True
        ),
        participant=Participant(shared, serves=True, is_front=True),
        artifacts=Artifacts(),
        future=future,
    )


def test_of_those_that_lost_requests_the_one_that_is_dead_is_told(
    tmp_path: Path,
) -> None:
    plan = CheckPlan(
        policy=LeakPolicy(),
        app_directory=tmp_path,
        fixed_requests=None,
        deadline=Deadline(1.0),
    )
    check = together._Check(app=cast("RunningApp", App()), plan=plan)
    with subprocess.Popen(["true"]) as child:
        # Dead, and its parent has not asked for its end: a zombie.
        end = time.monotonic() + 10.0
        while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < end
            time.sleep(0.01)
        told = together._failure(check, [crashed(os.getpid()), crashed(child.pid)])
    assert told is not None
    assert told.process.pid == child.pid
