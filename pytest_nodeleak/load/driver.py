"""Sends the requests of a plan as fast as the app answers, with libcurl's multi loop.

One process, one thread: at about 10 us of CPU per request the cores are left to the app.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Protocol, Self

import pycurl

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.load.plan import LoadPlan, is_expected
from pytest_nodeleak.load.result import LoadResult, Tally

__all__ = ["LoadDriver", "RouteDriver"]

_EXCERPT_BYTES = 400
_REQUEST_TIMEOUT_MS = 30_000
_SELECT_TIMEOUT_S = 1.0


class LoadDriver(Protocol):
    """Anything that can put a counted load on an app."""

    def run(self, requests: int, deadline: Deadline) -> LoadResult:
        """Send this many requests, or as many as the deadline allows."""

    def close(self) -> None:
        """Close the connections."""


class _Slot:
    """One connection's worth of work: a curl handle and what it needs to remember."""

    def __init__(self) -> None:
        self.curl = pycurl.Curl()
        self.excerpt = bytearray()
        self.url = ""
        self.curl.setopt(pycurl.WRITEFUNCTION, self._keep_excerpt)

    def _keep_excerpt(self, data: bytes) -> None:
        if len(self.excerpt) < _EXCERPT_BYTES:
            self.excerpt += data[:_EXCERPT_BYTES]


class RouteDriver:
    """Drives one :class:`LoadPlan`; connections stay open between runs.

    Args:
        plan: What is sent.
        base_url: Where to.
        counter: Gives ``{n}``; starts at 1 if None.
        is_alive: Asked when no answer comes; a run ends early where it says no.

    """

    def __init__(
        self,
        plan: LoadPlan,
        base_url: str,
        counter: Iterator[int] | None = None,
        *,
        is_alive: Callable[[], bool] = lambda: True,
    ) -> None:
        self._plan = plan
        self._base_url = base_url.rstrip("/")
        self._is_alive = is_alive
        self._counter = itertools.count(1) if counter is None else counter
        self._multi = pycurl.CurlMulti()
        self._slots = [self._new_slot() for _ in range(plan.concurrency)]
        self._slot_of = {slot.curl: slot for slot in self._slots}
        self._multi.setopt(pycurl.M_MAXCONNECTS, plan.concurrency)

    def run(self, requests: int, deadline: Deadline) -> LoadResult:
        """Send ``requests`` requests, or as many as the deadline allows."""
        tally = Tally()
        to_start = requests
        started = time.perf_counter()
        active: set[pycurl.Curl] = set()
        for slot in self._slots[:requests]:
            self._start(slot)
            active.add(slot.curl)
            to_start -= 1
        while active:
            self._perform()
            finished = list(self._finished())
            if not finished and not self._is_alive():
                self._give_up(active, tally)
                break
            for curl, problem in finished:
                slot = self._slot_of[curl]
                self._count(slot, problem, tally)
                self._multi.remove_handle(curl)
                if to_start and not deadline.has_passed() and not tally.is_hopeless:
                    self._start(slot)
                    to_start -= 1
                else:
                    active.discard(curl)
        return tally.result(time.perf_counter() - started)

    def _give_up(self, active: set[pycurl.Curl], tally: Tally) -> None:
        """Count what an app that is gone will never answer."""
        for curl in active:
            self._count(self._slot_of[curl], "the app is gone", tally)
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

    def _new_slot(self) -> _Slot:
        slot, plan = _Slot(), self._plan
        curl = slot.curl
        curl.setopt(pycurl.NOSIGNAL, 1)
        # A proxy of the environment must not stand between us and the loopback.
        curl.setopt(pycurl.PROXY, "")
        curl.setopt(pycurl.TIMEOUT_MS, _REQUEST_TIMEOUT_MS)
        curl.setopt(pycurl.CUSTOMREQUEST, plan.method)
        if plan.method == "HEAD":
            curl.setopt(pycurl.NOBODY, 1)
        if all(template.is_constant for _, template in plan.headers):
            self._set_headers(curl, 0)
        return slot

    def _set_headers(self, curl: pycurl.Curl, n: int) -> None:
        lines = [f"{key}: {template.render(n)}" for key, template in self._plan.headers]
        # Without this, curl waits for "100 Continue" before it sends a large body.
        curl.setopt(pycurl.HTTPHEADER, [line.encode() for line in (*lines, "Expect:")])

    def _start(self, slot: _Slot) -> None:
        plan, n = self._plan, next(self._counter)
        slot.excerpt.clear()
        slot.url = self._base_url + plan.path.render(n)
        slot.curl.setopt(pycurl.URL, slot.url)
        if plan.body is not None:
            slot.curl.setopt(pycurl.POSTFIELDS, plan.body.render(n).encode())
        if not all(template.is_constant for _, template in plan.headers):
            self._set_headers(slot.curl, n)
        self._multi.add_handle(slot.curl)

    def _perform(self) -> None:
        while self._multi.perform()[0] == pycurl.E_CALL_MULTI_PERFORM:
            pass
        self._multi.select(_SELECT_TIMEOUT_S)
        while self._multi.perform()[0] == pycurl.E_CALL_MULTI_PERFORM:
            pass

    def _finished(self) -> Iterator[tuple[pycurl.Curl, str | None]]:
        while True:
            queued, succeeded, failed = self._multi.info_read()
            for curl in succeeded:
                yield curl, None
            for curl, _code, message in failed:
                yield curl, message
            if not queued:
                return

    def _count(self, slot: _Slot, problem: str | None, tally: Tally) -> None:
        asked = f"{self._plan.method} {slot.url.removeprefix(self._base_url)}"
        if problem is not None:
            tally.add_bad(f"{asked} failed: {problem or 'no answer'}")
            return
        status = slot.curl.getinfo(pycurl.RESPONSE_CODE)
        if is_expected(status, self._plan.expect_status):
            tally.add_answer(status)
        else:
            excerpt = bytes(slot.excerpt[:_EXCERPT_BYTES]).decode(errors="replace")
            tally.add_bad(f"{asked} answered {status}: {excerpt}", status)
