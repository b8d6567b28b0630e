"""An app under load and under observation: what every stage of a check works with."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pytest_nodeleak.artifacts import Artifacts
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endings.trail import StartUp, Trail
from pytest_nodeleak.evidence.measurement import Reading, StageStart
from pytest_nodeleak.evidence.memory import MemoryReading
from pytest_nodeleak.exceptions import DeadlineExceeded, InspectorError, LoadFailed
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.inspection.live import LiveObjects
from pytest_nodeleak.inspection.process_view import ProcessReading
from pytest_nodeleak.inspection.sampler import Sampler
from pytest_nodeleak.inspection.workers import Workers
from pytest_nodeleak.load.driver import LoadDriver
from pytest_nodeleak.load.plan import join_targets
from pytest_nodeleak.load.result import LoadResult, exceeds_tolerance
from pytest_nodeleak.nodejs.descriptor_types import Descriptor, count_types
from pytest_nodeleak.nodejs.observed import ObservedApp
from pytest_nodeleak.progress import (
    SILENT,
    HeapRead,
    LoadEnded,
    Progress,
    StageBegun,
)
from pytest_nodeleak.stages.snapshots import Snapshots

__all__ = ["Bench", "longest_reply_s"]

# A reply that takes longer means that the app hangs. For some, V8 has to look at all of
# a heap, on a machine that may be busy.
_REPLY_S = 30.0
_HEAP_BYTES_PER_S = 5e6
_TIDYING_S = 2.0
# So many more descriptors than at the last look are worth another one.
_NEWS = 8
_EXIT_GRACE_S = 0.5
_REFUSAL_GRACE_S = 2.0


class Bench:
    """Load, readings and snapshots of one check, under one deadline.

    Attributes:
        target: The routes or the scenario, as reports name them.
        app: The running app.
        client: The inspector.
        sampler: The probe inside the app.
        live: Objects of the app that a snapshot named.
        workers: Its worker threads, while their heaps are looked at.
        deadline: When the check must be done.
        shows_keys: Whether keys of what piles up may be shown.
        start_up: How the process that serves was started.
        trail: What was found so far, in case that the app dies.
        artifacts: What is kept if the check fails.
        progress: Is told how the check goes.
        requests: Requests sent so far.
        counts_objects: Whether readings go through all live objects of the app, which
            takes seconds where there are millions.
        snapshots: Takes its heap snapshots.
        given_up_after_s: How long no answer had come when the last load was given up,
            as the time was up; 0 if all of it was answered.
        stage_s: Seconds spent per stage so far.

    """

    def __init__(  # noqa: PLR0913  # what a check consists of
        self,
        *,
        app: ObservedApp,
        client: InspectorClient,
        sampler: Sampler,
        driver: LoadDriver,
        deadline: Deadline,
        shows_keys: bool,
        start_up: StartUp,
        trail: Trail,
        artifacts: Artifacts | None = None,
        progress: Progress = SILENT,
    ) -> None:
        self.target = join_targets(driver.targets)
        self.app = app
        self.client = client
        self.sampler = sampler
        self.live = LiveObjects(client)
        self.workers = Workers(client, app.pid)
        self.deadline = deadline
        self.shows_keys = shows_keys
        self.start_up = start_up
        self.trail = trail
        self.artifacts = artifacts or Artifacts()
        self.progress = progress
        self.snapshots = Snapshots(
            app=app,
            client=client,
            sampler=sampler,
            workers=self.workers,
            deadline=deadline,
            reply_deadline=self.reply_deadline,
            read_memory=self.read_memory,
            trail=trail,
            artifacts=self.artifacts,
            progress=progress,
        )
        self.requests = 0
        self.counts_objects = True
        self.given_up_after_s = 0.0
        self.stage_s: dict[str, float] = {}
        self._driver = driver
        self._stage = "starting"
        self._bad = 0
        self._load_ended_s = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Name what is being done, for timing and for errors."""
        before = self.deadline.elapsed_s()
        self._stage = name
        self.snapshots.are_stopping_the_app = False
        self.progress.tell(StageBegun(name=name))
        self.trail.stages.append(
            StageStart(stage=name, requests=self.requests, elapsed_s=before)
        )
        try:
            yield
        except (InspectorError, DeadlineExceeded):
            # An app that died is the better explanation of a silent inspector.
            self._raise_if_exited()
            raise
        finally:
            spent_s = self.deadline.elapsed_s() - before
            self.stage_s[name] = self.stage_s.get(name, 0.0) + spent_s

    @property
    def doing(self) -> str:
        """What is being done, for errors."""
        if self.snapshots.are_stopping_the_app:
            return f"in a heap snapshot of ours, which stops it ({self._stage})"
        return f"under load ({self._stage})"

    @property
    def answered(self) -> int:
        """How many requests were answered as expected so far."""
        return self.requests - self._bad

    @property
    def targets(self) -> Sequence[str]:
        """What the load consists of: several routes where they are mixed."""
        return self._driver.targets

    def load(
        self, requests: int, *, at_most_s: float | None = None, only: int | None = None
    ) -> LoadResult:
        """Send requests; return when all are answered.

        Args:
            requests: How many; fewer are sent when the time is up.
            at_most_s: Seconds; what is left of the check if None.
            only: The position of the one target to send; all in turn if None.

        Raises:
            LoadFailed: If more than 1 % of all so far went wrong.
            AppExited: If that is because the app is gone.

        """
        result = self.try_load(requests, at_most_s=at_most_s, only=only)
        if result.is_valid and not exceeds_tolerance(self._bad, self.requests):
            return result
        raise LoadFailed(
            target=self.target,
            problem=f"{result.bad:,} of {result.requests:,} requests went wrong",
            first_bad=result.first_bad or "",
            output_tail=self.app.output_tail() or (),
        )

    def try_load(
        self, requests: int, *, at_most_s: float | None = None, only: int | None = None
    ) -> LoadResult:
        """Send requests as :meth:`load` does, whatever is answered.

        Raises:
            AppExited: If the app is gone.

        """
        try:
            result = self._driver.run(
                requests,
                self.deadline
                if at_most_s is None
                else self.deadline.at_most(at_most_s),
                only=only,
            )
        except Exception:
            # A scenario raises whatever it likes when the app is gone.
            self._raise_if_exited()
            raise
        self._load_ended_s = self.deadline.elapsed_s()
        self.requests += result.requests
        self._bad += result.bad
        self.given_up_after_s = result.silent_s
        self.progress.tell(LoadEnded(requests_per_s=result.requests_per_s))
        if result.bad:
            self.trail.unanswered = result.unanswered
            # Even one request without an answer may be the last the app ever got.
            self._raise_if_exited(
                lost_answers=bool(result.unanswered),
                grace_s=_grace_s(result),
            )
        return result

    def waited_s(self) -> float | None:
        """Return how long the app's main thread has waited for a CPU; None if unknown."""
        return self.sampler.view.waited_s(self.reply_deadline())

    def descriptors(self) -> tuple[Descriptor, ...]:
        """Read what the app has open; nothing where we may not look."""
        found = self.sampler.view.descriptors(self.reply_deadline()) or ()
        self.trail.descriptors = count_types(found)
        return found

    def descriptor_room(self) -> float:
        """Return how many more descriptors the app may open."""
        limit = self.start_up.fd_limit
        return math.inf if limit is None else max(0, limit - len(self.descriptors()))

    def silent_s(self) -> float:
        """Return the seconds since the last request was answered."""
        return self.deadline.elapsed_s() - self._load_ended_s

    def read(self) -> Reading:
        """Settle the app and read its counters."""
        reading = self.sampler.read(
            requests=self.requests,
            elapsed_s=self.deadline.elapsed_s(),
            deadline=self.reply_deadline(),
            counts_objects=self.counts_objects,
        )
        self.trail.readings.append(reading)
        self.progress.tell(HeapRead(used_bytes=reading.heap_used_bytes))
        if (reading.fds or 0) - sum(self.trail.descriptors.values()) > _NEWS:
            self.descriptors()
        return reading

    def heap_room_bytes(self) -> float:
        """Return how much the heap may grow before V8 or the memory limit ends the app."""
        limit, last = self.app.memory_limit, self.trail.last_reading
        below_limit = math.inf if limit is None else limit.room_bytes()
        used_bytes = last.heap_used_bytes if last else 0
        return min(below_limit, max(0, self.start_up.usable_heap_bytes - used_bytes))

    def read_memory(self) -> MemoryReading:
        """Read the boxes of memory, after :meth:`read` has settled the app."""
        memory = self.sampler.read_memory(
            requests=self.requests, deadline=self.reply_deadline()
        )
        self.trail.memory = memory
        return memory

    def read_process(self) -> ProcessReading:
        """Return what the system says of the process that is measured."""
        return self.sampler.view.read(self.reply_deadline())

    def census(self, fewest: int) -> dict[int, int]:
        """Return the collections that gained ``fewest`` entries twice running.

        None where the live objects are not gone through.
        """
        if not self.counts_objects:
            return {}
        return self.sampler.population.gaining(
            fewest=fewest, deadline=self.reply_deadline()
        )

    def snapshot(self) -> PathTree:
        """Settle the app, take a heap snapshot and find the paths in it."""
        return self.snapshots.take(requests=self.requests)

    def live_of(self, suspect: Suspect) -> LiveObjects:
        """Return the objects of the thread that a suspect is in.

        Raises:
            InspectorClosed: If it is a worker that has ended.

        """
        if suspect.thread is None:
            return self.live
        # Object ids are each thread's own: the main one has others of the same ids.
        return self.workers.live(suspect.thread)

    def release_live(self) -> None:
        """Let go of all live objects, of all threads."""
        self.live.release(self.reply_deadline())
        self.workers.release()

    def reply_deadline(self) -> Deadline:
        """Return the deadline of one exchange with the inspector.

        A little later than the check's own: at its end there is still tidying up to do.
        """
        longest_s = longest_reply_s(self.trail.memory)
        return self.deadline.later(_TIDYING_S).at_most(longest_s)

    def _raise_if_exited(
        self, *, lost_answers: bool = False, grace_s: float = _EXIT_GRACE_S
    ) -> None:
        is_alive = self.app.is_alive_after(Deadline(grace_s))
        if not is_alive:
            # Node does not exit as long as we are connected.
            self.client.disconnect()
        self.app.raise_if_exited(
            stage=self.doing,
            requests_answered=self.answered,
            grace_s=0.0 if is_alive else _REFUSAL_GRACE_S,
            lost_answers=lost_answers,
        )


def longest_reply_s(memory: MemoryReading | None) -> float:
    """Return how long an app that does not hang may take for an answer."""
    heap_bytes = memory.heap_used_bytes if memory else 0
    return _REPLY_S + heap_bytes / _HEAP_BYTES_PER_S


def _grace_s(result: LoadResult) -> float:
    """Return how long an app with such answers may take to end, if it is about to."""
    if result.is_valid and not result.lost:
        return 0.0
    # Whoever refuses so many connections may take longer.
    return _EXIT_GRACE_S if result.is_valid or not result.lost else _REFUSAL_GRACE_S
