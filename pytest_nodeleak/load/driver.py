"""Sends the requests of a plan as fast as the app answers, with libcurl's multi loop.

One process, one thread: at about 10 us of CPU per request the cores are left to the app.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

import pycurl

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endpoint import Endpoint
from pytest_nodeleak.load.plan import LoadPlan, is_expected
from pytest_nodeleak.load.result import LoadResult, Tally
from pytest_nodeleak.load.slot import Slot
from pytest_nodeleak.own_descriptors import require_one

__all__ = ["CountedDriver", "LoadDriver", "RouteDriver"]

_SELECT_TIMEOUT_S = 1.0
# To ask whether the app is alive takes the time of several requests.
_SILENCE_S = 0.1
# What fails like this never reached the app.
_UNSENT = {pycurl.E_COULDNT_RESOLVE_HOST, pycurl.E_COULDNT_CONNECT}


class LoadDriver(Protocol):
    """Anything that can put a counted load on an app.

    Attributes:
        targets: What it can send one by one; a single one but for a mix of routes.

    """

    @property
    def targets(self) -> Sequence[str]:
        """What it sends, as reports name it."""

    def run(
        self, requests: int, deadline: Deadline, *, only: int | None = None
    ) -> LoadResult:
        """Send this many requests, or as many as the deadline allows.

        Args:
            requests: How many.
            deadline: No request is started after it.
            only: The position of the one target to send; all in turn if None.

        """

    def close(self) -> None:
        """Close the connections."""


@runtime_checkable
class CountedDriver(LoadDriver, Protocol):
    """A driver that does not know what it sends: the app's processes count for it."""

    def counting(self, read: Callable[[], int]) -> AbstractContextManager[None]:
        """Ask this, too, how many requests came, for the length of a ``with`` block.

        Args:
            read: Returns the number of one process so far.

        """

    def attend(self, others: Sequence[Future[Any]]) -> None:
        """Run here what :meth:`run` is asked for in other threads, until they are done."""


class _Silence:
    """How long no answer has come, told now and then."""

    def __init__(self) -> None:
        self._answered = self._told = time.perf_counter()

    def noticed_s(self, *, is_broken: bool) -> float:
        """Return the seconds of silence if it is time to look into it, else 0."""
        now = time.perf_counter()
        if is_broken:
            self._answered = self._told = now
        if now - self._told < _SILENCE_S:
            return 0.0
        self._told = now
        return self.elapsed_s()

    def elapsed_s(self) -> float:
        """Return the seconds since the last answer."""
        return time.perf_counter() - self._answered


class RouteDriver:
    """Drives one :class:`LoadPlan`, or several in turn; connections stay open.

    Args:
        plans: What is sent; concurrency and expected statuses are each plan's own, and
            the first one's number of connections is used.
        endpoint: Where to.
        counter: Gives ``{n}``; starts at 1 if None.
        may_answer: Asked now and then while no answer comes, with the seconds of silence
            so far; a run ends early where it says no.
        abandon: After this, requests under way are no longer waited for, and not counted.

    """

    def __init__(
        self,
        plans: Sequence[LoadPlan],
        endpoint: Endpoint,
        counter: Iterator[int] | None = None,
        *,
        may_answer: Callable[[float], bool] = lambda _silent_s: True,
        abandon: Deadline | None = None,
    ) -> None:
        self._plans = tuple(plans)
        self._aborts = any(plan.connections.abort for plan in self._plans)
        self._base_url = endpoint.base_url
        self._may_answer = may_answer
        self._abandon = abandon or Deadline(math.inf)
        self._counter = itertools.count(1) if counter is None else counter
        self._multi = pycurl.CurlMulti()
        concurrency = self._plans[0].concurrency
        self._slots = [Slot(self._plans[0], endpoint) for _ in range(concurrency)]
        self._slot_of = {slot.curl: slot for slot in self._slots}
        self._multi.setopt(pycurl.M_MAXCONNECTS, concurrency)

    @property
    def targets(self) -> Sequence[str]:
        """The routes."""
        return [plan.target for plan in self._plans]

    def run(
        self, requests: int, deadline: Deadline, *, only: int | None = None
    ) -> LoadResult:
        """Send ``requests`` requests, or as many as the deadline allows.

        Raises:
            OSError: If this process has no descriptor for another connection.

        """
        plans = self._plans if only is None else (self._plans[only],)
        to_send = itertools.islice(itertools.cycle(plans), requests)
        tally = Tally()
        started, silence = time.perf_counter(), _Silence()
        active: set[pycurl.Curl] = set()

        def start(slot: Slot) -> None:
            may_go_on = not (deadline.has_passed() or tally.is_hopeless)
            plan = next(to_send, None) if may_go_on else None
            if plan is None:
                active.discard(slot.curl)
            else:
                self._start(slot, plan)
                active.add(slot.curl)

        for slot in self._slots:
            start(slot)
        while active:
            self._perform()
            finished = list(self._finished())
            aborted = self._abort(active, {one[0] for one in finished}, tally)
            silent_s = silence.noticed_s(is_broken=bool(finished or aborted))
            if self._is_over(active, tally, silent_s=silent_s):
                tally.silent_s = silence.elapsed_s()
                break
            for curl, problem, was_sent in finished:
                slot = self._slot_of[curl]
                # curl sends again, on a new connection, what broke on an old one.
                self._count(
                    slot, problem, tally, was_sent=was_sent or slot.is_connected
                )
                slot.is_connected = problem is None
                self._multi.remove_handle(curl)
                start(slot)
            for slot in aborted:
                start(slot)
        return tally.result(time.perf_counter() - started)

    def _abort(
        self, active: set[pycurl.Curl], finished: set[pycurl.Curl], tally: Tally
    ) -> list[Slot]:
        """Hang up where the plan says so and the request is sent."""
        if not self._aborts:
            return []
        aborted = [
            slot
            for slot in map(self._slot_of.__getitem__, active - finished)
            if slot.is_aborted and slot.has_sent()
        ]
        for slot in aborted:
            # Closes the connection, whose answer is still out.
            self._multi.remove_handle(slot.curl)
            active.discard(slot.curl)
            slot.is_connected = slot.is_aborted = False
            tally.add_aborted()
        return aborted

    def _is_over(
        self, active: set[pycurl.Curl], tally: Tally, *, silent_s: float
    ) -> bool:
        """Drop what will not be answered any more, or too late; tell whether it was."""
        if silent_s > 0 and not self._may_answer(silent_s):
            self._give_up(active, tally)
            return True
        if self._abandon.has_passed():
            self._drop(active)
            return True
        return False

    def _give_up(self, active: set[pycurl.Curl], tally: Tally) -> None:
        """Count what an app that is gone will never answer."""
        for curl in active:
            self._count(self._slot_of[curl], "the app is gone", tally, was_sent=True)
        self._drop(active)

    def _drop(self, active: set[pycurl.Curl]) -> None:
        for curl in active:
            self._multi.remove_handle(curl)

    def close(self) -> None:
        """Close the connections; closing twice is fine."""
        for slot in self._slots:
            slot.curl.close()
        self._slots.clear()
        self._slot_of.clear()
        self._multi.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _start(self, slot: Slot, plan: LoadPlan) -> None:
        n = next(self._counter)
        if slot.plan is not plan:
            slot.prepare(plan)
        slot.start(self._base_url + plan.path.render(n), n)
        self._multi.add_handle(slot.curl)

    def _perform(self) -> None:
        while self._multi.perform()[0] == pycurl.E_CALL_MULTI_PERFORM:
            pass
        # Who hangs up does not wait for an answer, which may never come.
        hangs_up = self._aborts and any(
            slot.is_aborted and slot.has_sent() for slot in self._slots
        )
        self._multi.select(0.0 if hangs_up else _SELECT_TIMEOUT_S)
        while self._multi.perform()[0] == pycurl.E_CALL_MULTI_PERFORM:
            pass

    def _finished(self) -> Iterator[tuple[pycurl.Curl, str | None, bool]]:
        """Yield what is done: the handle, what went wrong, whether the app got it.

        Raises:
            OSError: If this process has no descriptor for another connection.

        """
        while True:
            queued, succeeded, failed = self._multi.info_read()
            for curl in succeeded:
                yield curl, None, True
            for curl, code, message in failed:
                was_sent = code not in _UNSENT
                if not was_sent:
                    require_one()
                yield curl, message, was_sent
            if not queued:
                return

    def _count(
        self, slot: Slot, problem: str | None, tally: Tally, *, was_sent: bool
    ) -> None:
        plan = slot.plan
        asked = f"{plan.method} {slot.url.removeprefix(self._base_url)}"
        if problem is not None:
            tally.add_bad(
                f"{asked} failed: {problem or 'no answer'}",
                unanswered=asked if was_sent else "",
            )
            return
        status = slot.curl.getinfo(pycurl.RESPONSE_CODE)
        if is_expected(status, plan.expect_status):
            tally.add_answer(status)
        else:
            tally.add_bad(f"{asked} answered {status}: {slot.excerpt}", status)
