"""Sends the requests of a plan as fast as the app answers, with libcurl's multi loop.

One process, one thread: at about 10 us of CPU per request the cores are left to the app.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Protocol, Self

import pycurl

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endpoint import Endpoint
from pytest_nodeleak.load.plan import LoadPlan, is_expected
from pytest_nodeleak.load.result import LoadResult, Tally

__all__ = ["LoadDriver", "RouteDriver"]

_EXCERPT_BYTES = 400
_REQUEST_TIMEOUT_MS = 30_000
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


class _Slot:
    """One connection's worth of work: a curl handle and what it needs to remember."""

    def __init__(self, plan: LoadPlan, endpoint: Endpoint) -> None:
        self.curl = pycurl.Curl()
        self._endpoint = endpoint
        self.excerpt = bytearray()
        self.url = ""
        self.is_connected = False
        self.prepare(plan)

    def prepare(self, plan: LoadPlan) -> None:
        """Set what all requests of a plan have in common."""
        curl, self.plan = self.curl, plan
        # Only a reset takes the body of the plan before off again.
        curl.reset()
        curl.setopt(pycurl.WRITEFUNCTION, self._keep_excerpt)
        self._endpoint.set_up(curl)
        curl.setopt(pycurl.TIMEOUT_MS, _REQUEST_TIMEOUT_MS)
        curl.setopt(pycurl.CUSTOMREQUEST, plan.method)
        if plan.method == "HEAD":
            curl.setopt(pycurl.NOBODY, 1)
        if plan.has_constant_headers:
            self.set_headers(plan, 0)

    def set_headers(self, plan: LoadPlan, n: int) -> None:
        """Set the headers of request ``n``."""
        lines = [f"{key}: {template.render(n)}" for key, template in plan.headers]
        # Without this, curl waits for "100 Continue" before it sends a large body.
        self.curl.setopt(
            pycurl.HTTPHEADER, [line.encode() for line in (*lines, "Expect:")]
        )

    def _keep_excerpt(self, data: bytes) -> None:
        if len(self.excerpt) < _EXCERPT_BYTES:
            self.excerpt += data[:_EXCERPT_BYTES]


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
        self._base_url = endpoint.base_url
        self._may_answer = may_answer
        self._abandon = abandon or Deadline(math.inf)
        self._counter = itertools.count(1) if counter is None else counter
        self._multi = pycurl.CurlMulti()
        concurrency = self._plans[0].concurrency
        self._slots = [_Slot(self._plans[0], endpoint) for _ in range(concurrency)]
        self._slot_of = {slot.curl: slot for slot in self._slots}
        self._multi.setopt(pycurl.M_MAXCONNECTS, concurrency)

    @property
    def targets(self) -> Sequence[str]:
        """The routes."""
        return [plan.target for plan in self._plans]

    def run(
        self, requests: int, deadline: Deadline, *, only: int | None = None
    ) -> LoadResult:
        """Send ``requests`` requests, or as many as the deadline allows."""
        plans = self._plans if only is None else (self._plans[only],)
        to_send = itertools.islice(itertools.cycle(plans), requests)
        tally = Tally()
        started = answered = looked = time.perf_counter()
        active: set[pycurl.Curl] = set()

        def start(slot: _Slot) -> None:
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
            now = time.perf_counter()
            if finished:
                answered = looked = now
            is_silent = now - looked >= _SILENCE_S
            looked = now if is_silent else looked
            if self._is_over(
                active, tally, silent_s=now - answered if is_silent else 0.0
            ):
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
        return tally.result(time.perf_counter() - started)

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

    def _start(self, slot: _Slot, plan: LoadPlan) -> None:
        n = next(self._counter)
        if slot.plan is not plan:
            slot.prepare(plan)
        slot.excerpt.clear()
        slot.url = self._base_url + plan.path.render(n)
        slot.curl.setopt(pycurl.URL, slot.url)
        if plan.body is not None:
            slot.curl.setopt(pycurl.POSTFIELDS, plan.body.render(n).encode())
        if not plan.has_constant_headers:
            slot.set_headers(plan, n)
        self._multi.add_handle(slot.curl)

    def _perform(self) -> None:
        while self._multi.perform()[0] == pycurl.E_CALL_MULTI_PERFORM:
            pass
        self._multi.select(_SELECT_TIMEOUT_S)
        while self._multi.perform()[0] == pycurl.E_CALL_MULTI_PERFORM:
            pass

    def _finished(self) -> Iterator[tuple[pycurl.Curl, str | None, bool]]:
        """Yield what is done: the handle, what went wrong, whether the app got it."""
        while True:
            queued, succeeded, failed = self._multi.info_read()
            for curl in succeeded:
                yield curl, None, True
            for curl, code, message in failed:
                yield curl, message, code not in _UNSENT
            if not queued:
                return

    def _count(
        self, slot: _Slot, problem: str | None, tally: Tally, *, was_sent: bool
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
            excerpt = bytes(slot.excerpt[:_EXCERPT_BYTES]).decode(errors="replace")
            tally.add_bad(f"{asked} answered {status}: {excerpt}", status)
