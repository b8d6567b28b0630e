"""An ordinary test as load: run again and again, and counted by the app."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import NothingReceived
from pytest_nodeleak.load.result import LoadResult

__all__ = ["RepetitionDriver"]

_SUCCESS = 200
# So many runs without a request are no chance.
_IN_VAIN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A load that another thread waits for."""

    requests: int
    deadline: Deadline
    answer: Future[LoadResult] = field(default_factory=Future)


class RepetitionDriver:
    """Runs a test until the app has got so many requests, always to the test's end.

    Whatever it answered is right, or the test would not pass.

    Args:
        target: As reports name it.
        repeat: Runs the test once; returns False where it was broken off, so that the
            load ends, and raises where it does not pass.

    """

    def __init__(self, target: str, repeat: Callable[[], bool]) -> None:
        self._target = target
        self._repeat = repeat
        self._counts: list[Callable[[], int]] = []
        self._per_run = 0.0
        self._in_vain = 0
        # Fixtures may be bound to the thread that made them.
        self._home = threading.get_ident()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()

    @property
    def targets(self) -> Sequence[str]:
        """The one test."""
        return [self._target]

    @contextmanager
    def counting(self, read: Callable[[], int]) -> Iterator[None]:
        """Ask this, too, how many requests came, for the length of a ``with`` block."""
        self._counts.append(read)
        try:
            yield
        finally:
            self._counts.remove(read)

    def run(
        self, requests: int, deadline: Deadline, *, only: int | None = None
    ) -> LoadResult:
        """Run the test until so many requests came, or the deadline has passed.

        Raises:
            NothingReceived: If it does not call the app any more.

        """
        del only  # there is but one test
        if threading.get_ident() == self._home:
            return self._run(requests, deadline)
        job = _Job(requests=requests, deadline=deadline)
        self._jobs.put(job)
        return job.answer.result()

    def attend(self, others: Sequence[Future[Any]]) -> None:
        """Run here what is asked for in other threads, until these are done."""
        for other in others:
            other.add_done_callback(lambda _done: self._jobs.put(None))
        job: _Job | None = None
        try:
            while not all(other.done() for other in others):
                job = self._jobs.get()
                if job is not None:
                    self._do(job)
        except BaseException:
            # Ctrl-C: nobody is to wait for an answer.
            self._refuse(job)
            raise

    def _do(self, job: _Job) -> None:
        try:
            job.answer.set_result(self._run(job.requests, job.deadline))
        except Exception as exc:  # noqa: BLE001  # raised where it was asked for
            job.answer.set_exception(exc)

    def _refuse(self, job: _Job | None) -> None:
        if job is not None:
            job.answer.cancel()
        while not self._jobs.empty():
            self._refuse(self._jobs.get())

    def close(self) -> None:
        """Leave nothing open: each run has tidied up itself."""

    def _run(self, requests: int, deadline: Deadline) -> LoadResult:
        started_s, before = time.perf_counter(), self._received()
        received, goes_on = 0, True
        while goes_on and received < requests and not deadline.has_passed():
            runs, goes_on = self._run_some(requests - received, deadline)
            total = self._received() - before
            self._note(runs, total - received)
            received = total
        return LoadResult(
            requests=received,
            elapsed_s=time.perf_counter() - started_s,
            statuses=Counter({_SUCCESS: received}),
            bad=0,
            first_bad=None,
        )

    def _run_some(self, requests: int, deadline: Deadline) -> tuple[int, bool]:
        """Run the test so often that the app gets about as many requests.

        Returns:
            How often; and whether the load goes on.

        """
        wanted = math.ceil(requests / self._per_run) if self._per_run else 1
        for done in range(wanted):
            if deadline.has_passed():
                return done, False
            if not self._repeat():
                return done, False
        return wanted, True

    def _note(self, runs: int, received: int) -> None:
        if runs:
            self._per_run = received / runs
        self._in_vain = 0 if received else self._in_vain + runs
        if self._in_vain >= _IN_VAIN:
            raise NothingReceived(target=self._target, runs=self._in_vain)

    def _received(self) -> int:
        return sum(read() for read in self._counts)
