"""Load beyond the windows, and the silence after it, while the suspects are watched."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pytest_nodeleak.evidence.bounds import LifetimeBound, SizeBound
from pytest_nodeleak.evidence.measurement import Reading
from pytest_nodeleak.evidence.occupancy import Linear, Plateau, Timed
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.inspection.process_view import waited_between
from pytest_nodeleak.stages.bench import Bench
from pytest_nodeleak.stages.recount import Recount
from pytest_nodeleak.stages.watch import SWEEP_SHARE, Watch, requests_to

__all__ = ["PUSH_S", "Push", "Pushing"]

# Of time that the app has a CPU, at most; the silence comes on top.
PUSH_S = 2.0
# Where the app gets no CPU, of what is left of the budget.
_PUSH_BUDGET_SHARE = 0.25
_STEPS = 9
_SILENCE_S = 1.5
_UNTIL_READING_S = 1.0
_POLL_S = 0.25
# The longer one watches, the surer one is that a job is none of the requests' doing.
_CONTROL_S = 2.0
# Rate limiters forget after a window or two, agents close sockets after four seconds.
_LINGER_S = 4.0
# Of what is left of the budget, this much may go into waiting for an announced bound.
_BOUND_BUDGET_SHARE = 0.7
_BOUND_GROWTH_BYTES = 200e6
_BOUND_ROOM_SHARE = 0.5
_SWEEP_S = 0.5
# One before the silence, one after it.
_RECOUNT_SNAPSHOTS = 2


class Push:
    """Load beyond the windows and the silence after it, with the suspects watched.

    Attributes:
        reading: The settled counters of the last silence.

    """

    def __init__(
        self,
        bench: Bench,
        watches: Sequence[Watch],
        *,
        before: PathTree | None,
        before_in_workers: Mapping[int, PathTree],
    ) -> None:
        self.reading: Reading | None = None
        self._bench = bench
        self._watches = watches
        self._before = before
        self._start = bench.requests
        self._started_s = self._silent_since_s = bench.deadline.elapsed_s()
        self._silence: PathTree | None = None
        self._before_in_workers = before_in_workers
        self._silence_in_workers: Mapping[int, PathTree] = {}

    @property
    def requests(self) -> int:
        """The load so far."""
        return self._bench.requests - self._start

    def send(self, requests: int) -> None:
        """Send load in steps, polling after each."""
        pushing = Pushing(self._bench)
        for watch in self._watches:
            watch.forget_silence()
        self._poll(idle=False)
        for step in range(1, _STEPS + 1):
            self._bench.load(max(1, requests // _STEPS))
            self._poll(idle=False)
            if step > _STEPS // 2 and (pushing.is_over() or self._have_all_stopped()):
                break

    def _have_all_stopped(self) -> bool:
        """Tell whether every suspect was seen to grow and then to stop: that is clear."""
        curves = [watch.curve() for watch in self._watches]
        stopped = [isinstance(one, Plateau) and one.grown > 0 for one in curves]
        return bool(stopped) and all(stopped)

    def quiet_down(self) -> None:
        """Let the app idle and read its counters: settling it is part of the silence."""
        silence = self._bench.deadline.at_most(_SILENCE_S)
        self._silent_since_s = self._bench.deadline.elapsed_s()
        counted = all(watch.is_countable for watch in self._watches)
        if not counted and self._bench.snapshots.are_allowed(_RECOUNT_SNAPSHOTS):
            self._silence = self._bench.snapshot()
            self._silence_in_workers = self._look_into_workers()
        self._idle(_UNTIL_READING_S)
        self.reading = self._bench.read()
        self._idle(silence.remaining_s())

    def await_bounds(self) -> None:
        """Go on until announced bounds within the budget's reach are reached."""
        for watch in self._watches:
            curve = watch.curve()
            if not isinstance(curve, Linear):
                continue
            room_s = _BOUND_BUDGET_SHARE * self._bench.deadline.remaining_s()
            match watch.bound:
                case LifetimeBound(lifetime_s=lifetime_s):
                    wait_s = lifetime_s * SWEEP_SHARE + _SWEEP_S
                    wait_s -= self._bench.silent_s()
                    if wait_s <= room_s:
                        self._idle(wait_s)
                        self.reading = self._bench.read()
                case SizeBound(entries=entries):
                    missing = requests_to(entries, curve)
                    if missing and _is_affordable(self._bench, watch, missing, room_s):
                        self.send(missing)
                        self.quiet_down()
                case None:
                    pass

    def control(self) -> None:
        """Idle for as long again where growth seems to come with time.

        A job that still works off what the requests left behind comes to its end.
        """
        seems_timed = any(isinstance(watch.curve(), Timed) for watch in self._watches)
        if seems_timed and self._bench.deadline.remaining_s() > 2 * _CONTROL_S:
            self._idle(_CONTROL_S)

    def linger(self) -> None:
        """Idle on and read the counters again: some let go only seconds later."""
        if self._bench.deadline.remaining_s() > 2 * _LINGER_S:
            self._idle(_LINGER_S)
            self.reading = self._bench.read()

    def recount(self) -> Recount | None:
        """Take one more snapshot and count in it what cannot be polled.

        Returns:
            None if budget or memory do not reach for it, or there is none before.

        """
        if self._before is None or not self._bench.snapshots.are_allowed(1):
            return None
        after, after_in_workers = self._bench.snapshot(), self._look_into_workers()
        now_s = self._bench.deadline.elapsed_s()

        def count(
            before: PathTree, silence: PathTree | None, after: PathTree
        ) -> Recount:
            return Recount(
                before=before,
                silence=silence,
                after=after,
                requests=self.requests,
                watched_s=now_s - self._started_s,
                silent_s=now_s - self._silent_since_s,
            )

        main = count(self._before, self._silence, after)
        in_workers = {
            thread: count(before, self._silence_in_workers.get(thread), later)
            for thread, later in after_in_workers.items()
            if (before := self._before_in_workers.get(thread)) is not None
        }
        return replace(main, in_workers=in_workers)

    def _look_into_workers(self) -> Mapping[int, PathTree]:
        """Take snapshots of the workers if one of them has what cannot be polled."""
        wanted = any(
            watch.suspect.thread and not watch.is_countable for watch in self._watches
        )
        return self._bench.snapshots.of_workers() if wanted else {}

    def _idle(self, silence_s: float) -> None:
        pause = threading.Event()
        silence = self._bench.deadline.at_most(silence_s)
        while not silence.has_passed():
            pause.wait(_POLL_S)
            self._poll(idle=True)

    def _poll(self, *, idle: bool) -> None:
        for watch in self._watches:
            watch.poll(self._bench, requests=self.requests, idle=idle)


class Pushing:
    """The time of a push, without that in which the app waited for a CPU.

    On a busy machine fewer requests fit into the same time, and a cache that is only
    filling up would be called a leak for them.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._longest = bench.deadline.at_most(
            max(PUSH_S, _PUSH_BUDGET_SHARE * bench.deadline.remaining_s())
        )
        self._waited_before_s = bench.waited_s()

    def is_over(self) -> bool:
        """Tell whether the app had its time, or the budget does not allow for more."""
        waited_s = waited_between(self._waited_before_s, self._bench.waited_s())
        had_its_time = self._longest.elapsed_s() - waited_s >= PUSH_S
        return had_its_time or self._longest.has_passed()


def _is_affordable(bench: Bench, watch: Watch, requests: int, room_s: float) -> bool:
    per_s = bench.requests / max(bench.deadline.elapsed_s(), 0.001)
    grown_bytes = requests * watch.suspect.bytes_per_request
    most_bytes = min(_BOUND_GROWTH_BYTES, _BOUND_ROOM_SHARE * bench.heap_room_bytes())
    return requests / per_s <= room_s and grown_bytes <= most_bytes
