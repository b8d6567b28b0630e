"""One load for several processes of an app, each of which is measured by itself.

Every process has an experiment of its own that believes to have the load to itself: it
asks for requests, reads, idles, takes snapshots. A load is sent when all of them have
asked for their next one, so no process is loaded while another one wants silence; and
each is told how many of the requests its own process has answered.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.load.driver import CountedDriver, LoadDriver
from pytest_nodeleak.load.parts import joined, part_of
from pytest_nodeleak.load.plan import join_targets
from pytest_nodeleak.load.result import LoadResult

__all__ = ["LoadAbandoned", "Participant", "SharedLoad"]

_NOTHING = LoadResult(requests=0, elapsed_s=0.0, statuses={}, bad=0, first_bad=None)
# Of what one process has asked for, others may make it get so many times as much; and
# when no more than this is missing, it is told to go on.
_MOST_MORE = 4
_ENOUGH_LEFT_SHARE = 0.5
# Answered so far; or why that cannot be told, or None if nobody has asked for it.
_Count = int | Exception | None


class LoadAbandoned(Exception):
    """Another process of the app has ended the common check."""


@dataclass(slots=True)
class _Wish:
    """The load one participant waits for.

    Attributes:
        wanted: Requests for its process.
        left: Those of them that are still to be sent.
        left_s: Seconds that sending them may take.
        result: What was answered so far; None before the first load.
        failure: Why its process could not be asked how many requests it has answered.
        is_done: Whether there is nothing to wait for any more.

    """

    wanted: int
    left: int
    left_s: float
    result: LoadResult | None = None
    failure: Exception | None = None
    is_done: bool = False


class SharedLoad:
    """The common load.

    Attributes:
        requests: Sent so far.
        is_counted: Whether the processes could tell how many came to each; else they are
            thought to be spread evenly.

    """

    def __init__(self, driver: LoadDriver, deadline: Deadline) -> None:
        """Take what sends the requests, and the deadline of the check."""
        self.requests = 0
        self.is_counted = True
        self._driver = driver
        self._deadline = deadline
        self._changed = threading.Condition()
        self._all: list[Participant] = []
        self._active: set[Participant] = set()
        self._wishes: dict[Participant, _Wish] = {}
        self._is_sending = False
        self._is_abandoned = False
        # A call of a scenario is one request to us, and may be several to the app.
        self._scale: float | None = 1.0

    @property
    def targets(self) -> Sequence[str]:
        """What is sent: as one, as nobody can have a route of a mix to itself."""
        return [join_targets(self._driver.targets)]

    def join(self, *, serves: bool, is_front: bool) -> Participant:
        """Add a process; all are to be added before the first asks for a load.

        Args:
            serves: Whether it answers requests itself. What does not is told of all.
            is_front: Whether it gets them from outside.

        """
        participant = Participant(self, serves=serves, is_front=is_front)
        self._all.append(participant)
        self._active.add(participant)
        return participant

    def counted(self, read: Callable[[], int]) -> AbstractContextManager[None]:
        """Tell a driver that does not count itself how many requests a process got."""
        if isinstance(self._driver, CountedDriver):
            return self._driver.counting(read)
        return nullcontext()

    def leave(self, participant: Participant) -> None:
        """Wait for a participant no more: it has all it wanted."""
        with self._changed:
            self._active.discard(participant)
            self._changed.notify_all()

    def abandon(self) -> None:
        """End the check for all: whoever asks for a load gets :class:`LoadAbandoned`."""
        with self._changed:
            self._is_abandoned = True
            self._changed.notify_all()

    def send(
        self, participant: Participant, requests: int, seconds: float
    ) -> LoadResult:
        """Wait for the others, then send; return what the participant has answered.

        Raises:
            LoadAbandoned: If another one has ended the check.

        """
        wish = _Wish(wanted=requests, left=requests, left_s=seconds)
        with self._changed:
            self._wishes[participant] = wish
            self._changed.notify_all()
            try:
                while not wish.is_done:
                    if self._is_abandoned:
                        raise LoadAbandoned
                    waiting = self._waiting()
                    if waiting.keys() >= self._active and not self._is_sending:
                        self._lead(waiting)
                    else:
                        self._changed.wait()
            finally:
                del self._wishes[participant]
        if wish.failure is not None:
            raise wish.failure
        return wish.result or _NOTHING

    def _waiting(self) -> dict[Participant, _Wish]:
        return {who: wish for who, wish in self._wishes.items() if not wish.is_done}

    def _lead(self, waiting: Mapping[Participant, _Wish]) -> None:
        """Send a load to all who wait, without holding the lock meanwhile."""
        self._is_sending = True
        self._changed.release()
        try:
            self._send_to(waiting)
        except BaseException:
            self._is_abandoned = True
            raise
        finally:
            self._changed.acquire()
            self._is_sending = False
            self._changed.notify_all()

    def _send_to(self, waiting: Mapping[Participant, _Wish]) -> None:
        before = {who: _count(who) for who in waiting}
        # Who gets none of the requests has seen nothing to plan by.
        planned = [
            one.left for who, one in waiting.items() if who.requests or not who.sent
        ]
        each = _common(planned or [one.left for one in waiting.values()])
        seconds = min(wish.left_s for wish in waiting.values())
        requests = each * max(1, sum(one.is_front for one in self._all), self._behind())
        result = self._driver.run(requests, self._deadline.at_most(seconds))
        self.requests += result.requests
        # A process that is about to end has no answer, and there is no need for one.
        after = before if result.lost else {who: _count(who) for who in waiting}
        shares = self._shares(before, after, result)
        timed_out = result.requests < requests
        for who, wish in waiting.items():
            told = part_of(result, shares[who])
            who.requests += told.requests
            who.sent += result.requests
            wish.result = told if wish.result is None else joined(wish.result, told)
            counts = (before[who], after[who])
            wish.failure = next((n for n in counts if isinstance(n, Exception)), None)
            wish.is_done = (
                wish.left - each <= _ENOUGH_LEFT_SHARE * wish.wanted
                or (timed_out and wish.left_s <= seconds)
                or result.bad > 0
                or wish.failure is not None
                or self._deadline.has_passed()
            )
            wish.left -= each
            wish.left_s -= result.elapsed_s

    def _behind(self) -> int:
        """Return how many processes answer requests that another one hands on."""
        return sum(one.serves and not one.is_front for one in self._all)

    def _shares(
        self,
        before: Mapping[Participant, _Count],
        after: Mapping[Participant, _Count],
        result: LoadResult,
    ) -> dict[Participant, int]:
        """Return how many of the requests each process has answered."""
        fronts = [one for one in self._all if one.is_front]
        even = math.ceil(result.requests / max(1, len(fronts)))
        evenly = {one: even if one.is_front else result.requests for one in before}
        if result.lost:
            return evenly
        answered: dict[Participant, int] = {}
        for who, old in before.items():
            new = after[who]
            if isinstance(old, int) and isinstance(new, int):
                answered[who] = new - old
        if answered.keys() >= {*fronts}:
            received = sum(answered[one] for one in fronts)
            # HTTP/2 is not counted before Node.js 22.
            self._scale = result.requests / received if received else None
        self.is_counted &= self._scale is not None or not result.requests
        if self._scale is None:
            return evenly
        return {
            one: round(answered.get(one, 0) * self._scale)
            if one.serves
            else result.requests
            for one in before
        }


class Participant:
    """The common load as one process sees it: a load driver.

    Attributes:
        requests: What its process has answered so far.
        sent: What all have meanwhile.
        serves: Whether it answers requests itself.
        is_front: Whether it gets them from outside.
        read: Tells how many requests its process has answered; None if it cannot.

    """

    def __init__(self, shared: SharedLoad, *, serves: bool, is_front: bool) -> None:
        self.requests = 0
        self.sent = 0
        self.serves = serves
        self.is_front = is_front
        self.read: Callable[[], int] | None = None
        self._shared = shared

    @property
    def targets(self) -> Sequence[str]:
        """What is sent."""
        return self._shared.targets

    @contextmanager
    def counting(self, read: Callable[[], int]) -> Iterator[None]:
        """Ask this for the number of answered requests, for the length of the block."""
        self.read = read
        try:
            # What a process hands on to another one would be counted twice.
            with self._shared.counted(read) if self.is_front else nullcontext():
                yield
        finally:
            self.read = None

    def run(
        self, requests: int, deadline: Deadline, *, only: int | None = None
    ) -> LoadResult:
        """Wait until all others want a load as well, then send it."""
        # Time that passes while others read or take snapshots is not the load's.
        del only  # a mix is one load here
        return self._shared.send(self, requests, deadline.allowed_s)

    def close(self) -> None:
        """Leave the connections to whom they belong."""


def _count(participant: Participant) -> _Count:
    if participant.read is None:
        return None
    try:
        return participant.read()
    except Exception as exc:  # noqa: BLE001  # raised where its process is measured
        return exc


def _common(wished: Collection[int]) -> int:
    """Return a load for all: who is out of step would wait for all readings of others.

    It may be more than somebody has asked for, but not so much as to fill the heap of a
    process that grows fast.
    """
    return max(1, min(max(wished), _MOST_MORE * min(wished)))
