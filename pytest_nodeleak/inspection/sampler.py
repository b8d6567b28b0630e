"""Reads the app's counters through the inspector, without leaving anything behind."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import (
    RemoteObject,
    call_function_on,
    collect_garbage,
    discard_console_entries,
    evaluate,
    release_object_group,
)
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endings.trail import StartUp
from pytest_nodeleak.evidence.gc_pauses import GcPause
from pytest_nodeleak.evidence.loop_delay import DelayHistogram
from pytest_nodeleak.evidence.measurement import Reading
from pytest_nodeleak.evidence.memory import MemoryReading
from pytest_nodeleak.exceptions import (
    DeadlineExceeded,
    InspectorError,
    NodeLeakError,
)
from pytest_nodeleak.inspection.population import Population
from pytest_nodeleak.inspection.probed import (
    delays_of,
    heap_bytes_of,
    memory_of,
    pauses_of,
    reading_of,
)
from pytest_nodeleak.inspection.process_view import InsideView, OutsideView, ProcessView
from pytest_nodeleak.inspection.scripts import (
    apply_script,
    remote_of,
    unread,
    value_of,
)
from pytest_nodeleak.probe import load_script

__all__ = ["Sampler"]

T = TypeVar("T")

_PROBE_GROUP = "nodeleak-probe"
# One collection lets finalizers run, whose garbage the next one takes; see settle().
_FEWEST_COLLECTIONS = 3
_MOST_COLLECTIONS = 8
_SETTLED_SHARE = 0.001
# V8 collects garbage and marks all that is reachable for it, as long as 12 to 16
# collections take: of 50 MB on Node 20, 24 and 26, and of 150 MB on Node 20.
_LOOK_COLLECTIONS = 13
_CLOSE_S, _CLOSE_FAILED_S, _CLOSE_BUSY_S = 5.0, 1.0, 0.1


class Sampler:
    """The probe inside the app; use it as a context manager.

    Attributes:
        view: What the system says of the process.
        left_behind: Why the probe is still in the app after the end; empty if it is not.
        population: All live objects.
        collection_s: Seconds that the fastest garbage collection took lately.
        is_patient: Whether it is worth waiting for the app in the end: not if it is busy
            for longer than the check may take.

    """

    left_behind = ""
    is_patient = True
    collection_s = 0.0

    def __init__(
        self, client: InspectorClient, pid: int | None, deadline: Deadline
    ) -> None:
        """Put the probe into the app.

        Args:
            client: The inspector.
            pid: The process; None if it is not ours to look at from outside.
            deadline: By when the probe must be there.

        """
        self._client = client
        # An app that outlives us is worth waiting for, to leave it clean.
        self._is_leased = False
        self._is_collecting = False
        script = load_script("counters")
        answer = client.execute(evaluate(script, group=_PROBE_GROUP), deadline)
        self._probe = remote_of(answer, "counters")
        self.population = Population(client, self._probe)
        self.view: ProcessView = (
            InsideView(client, self._probe) if pid is None else OutsideView(pid)
        )

    def settle(self, deadline: Deadline, *, fewest: int = _FEWEST_COLLECTIONS) -> int:
        """Collect garbage until the heap stops shrinking; return its size in bytes.

        Between collections the event loop turns, so that close callbacks and
        finalizers run, and the lowest reading counts: a single collection reads up to
        some 100 KB too high.

        Args:
            deadline: Of the whole.
            fewest: Collections at least; a query just before was one already.

        """
        # The inspector pins the last 1,000 console arguments.
        self._client.execute(discard_console_entries(), deadline)
        self.collection_s = math.inf
        lowest = self._collect_and_measure(deadline)
        for count in range(2, _MOST_COLLECTIONS + 1):
            now = self._collect_and_measure(deadline)
            has_settled = now >= lowest * (1 - _SETTLED_SHARE)
            lowest = min(lowest, now)
            if has_settled and count >= fewest:
                break
        return lowest

    @property
    def is_stopping_the_app(self) -> bool:
        """Whether it has V8 go through all of the heap, or had when that failed."""
        return self._is_collecting or self.population.is_under_way

    @property
    def look_s(self) -> float:
        """How long it takes to go through all live objects, by the last collections."""
        return _LOOK_COLLECTIONS * self.collection_s

    def turn(self, deadline: Deadline) -> None:
        """Wait until the event loop has come round."""
        self._call("turn", deadline, unread, await_promise=True)

    def _collect_and_measure(self, deadline: Deadline) -> int:
        self.turn(deadline)
        # It stays so where this fails: that is what was being done.
        self._is_collecting = True
        started = time.perf_counter()
        self._client.execute(collect_garbage(), deadline)
        self.collection_s = min(self.collection_s, time.perf_counter() - started)
        self._is_collecting = False
        return self.heap_bytes(deadline)

    def heap_bytes(self, deadline: Deadline) -> int:
        """Return the size of the heap as it is, without code."""
        return self._call("read", deadline, heap_bytes_of)

    def sizes(self, deadline: Deadline) -> tuple[int, int]:
        """Settle, then return the bytes of the heap and those outside it."""
        heap_bytes = self.settle(deadline)
        return heap_bytes, self._call(
            "read", deadline, lambda counters: int(counters["external"])
        )

    def read(
        self,
        *,
        requests: int,
        elapsed_s: float,
        deadline: Deadline,
        counts_objects: bool = True,
    ) -> Reading:
        """Settle, then read every counter.

        Args:
            requests: How many were sent so far.
            elapsed_s: Since the check began.
            deadline: Of the whole.
            counts_objects: Whether to go through all live objects for it.

        """
        census = self.population.count_listeners(deadline) if counts_objects else None
        # A look was a collection already.
        fewest = _FEWEST_COLLECTIONS - (1 if census else 0)
        heap_used_bytes = self.settle(deadline, fewest=fewest)
        system = self.view.read(deadline)
        return self._call(
            "read",
            deadline,
            lambda counters: reading_of(
                counters,
                census,
                system,
                requests=requests,
                elapsed_s=elapsed_s,
                heap_used_bytes=heap_used_bytes,
            ),
        )

    def read_memory(self, *, requests: int, deadline: Deadline) -> MemoryReading:
        """Read all boxes of memory; the app is as settled as the last reading left it."""
        return self._call(
            "memory", deadline, lambda told: memory_of(told, requests=requests)
        )

    def shared_bytes(self, deadline: Deadline) -> int:
        """Return the part of it that is pages of files, such as Node's program code.

        0 where the system does not say.
        """
        return self.view.read(deadline).shared_bytes or 0

    def start(self, deadline: Deadline) -> StartUp:
        """Return how the process was started."""
        fd_limit = self.view.read(deadline).fd_limit
        return self._call(
            "start", deadline, lambda told: StartUp.of(told, fd_limit=fd_limit)
        )

    def note_last_words(self, path: Path, deadline: Deadline) -> None:
        """Let the probe write to a file what ends the app, if it may write there."""
        arguments = (str(path),)
        apply_script(
            self._client,
            self._probe,
            "last_words",
            deadline,
            unread,
            arguments=arguments,
        )

    def lease(self, seconds: float, deadline: Deadline) -> None:
        """Let the probe take itself out after so long, should we be cut off from it."""
        arguments = (seconds * 1000,)
        apply_script(
            self._client, self._probe, "lease", deadline, unread, arguments=arguments
        )
        self._is_leased = True

    def stop_too(self, other: RemoteObject, deadline: Deadline) -> None:
        """Let the end of the probe be that of another one: call its ``stop()`` then."""
        function = "function (other) { this.undo.push(() => other.stop()); }"
        command = call_function_on(self._probe, function, arguments=(other,))
        value_of(self._client.execute(command, deadline), "undo", unread)

    def watch_load(self, deadline: Deadline) -> None:
        """Start measuring the event loop's delay and the pauses of the collector."""
        self._call("watchLoad", deadline, unread, await_promise=True)

    def unwatch_load(
        self, deadline: Deadline
    ) -> tuple[DelayHistogram, tuple[GcPause, ...]]:
        """Stop measuring; return the loop's delay and the collector's pauses."""
        return self._call(
            "unwatchLoad",
            deadline,
            lambda seen: (delays_of(seen), pauses_of(seen)),
            await_promise=True,
        )

    def close(self, deadline: Deadline) -> None:
        """Remove the probe from the app."""
        self._call("close", deadline, unread)
        self._client.execute(release_object_group(_PROBE_GROUP), deadline)
        self.population.release(deadline)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            is_lost = isinstance(exc, InspectorError | DeadlineExceeded)
            is_patient = (exc is None and self.is_patient) or (
                self._is_leased and not is_lost
            )
            hasty_s = _CLOSE_FAILED_S if self.is_patient else _CLOSE_BUSY_S
            self.close(Deadline(_CLOSE_S if is_patient else hasty_s))
        except DeadlineExceeded as late:
            # What was found stands, and an error of the app's own is the one to show.
            self.left_behind = str(late)
        except NodeLeakError:
            # The app that failed us is gone.
            if exc is None:
                raise

    def _call(
        self,
        method: str,
        deadline: Deadline,
        read: Callable[[Any], T],
        *,
        await_promise: bool = False,
    ) -> T:
        function = f"function () {{ return this.{method}(); }}"
        answer = self._client.execute(
            call_function_on(self._probe, function, await_promise=await_promise),
            deadline,
        )
        return value_of(answer, method, read)
