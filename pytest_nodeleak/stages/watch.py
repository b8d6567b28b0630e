"""One live suspect: how full it is, what bounds it announces, what became of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Self

from pytest_nodeleak.cdp.messages import RemoteObject
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.evidence.bounds import Bound, LifetimeBound, SizeBound, read_bound
from pytest_nodeleak.evidence.occupancy import (
    Curve,
    Linear,
    OccupancyReading,
    Unclear,
    judge_occupancy,
)
from pytest_nodeleak.exceptions import DeadlineExceeded, InspectorClosed
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.inspection.live import LiveObjects
from pytest_nodeleak.stages.bench import Bench
from pytest_nodeleak.units import format_bytes, format_duration

__all__ = ["SWEEP_SHARE", "Watch", "mind_bound", "requests_to"]

# Sweepers run now and then, so what expires is gone a little later.
SWEEP_SHARE = 1.2
_GENERATIONS = 2
_USUAL_REQUESTS_PER_S = 50.0
_WORKER_REPLY_S = 2.0


@dataclass(slots=True)
class Watch:
    """A suspect while it is watched.

    Attributes:
        suspect: Who.
        bound: The limit it or its owner announces, or its timers.
        readings: How full it was.
        silent_s: The longest time the app has idled for.
        newest_keys: The keys of its newest entries, where they were asked for.
        everywhere: The live object, in all threads that have one; how full they are
            together is how full it is. Empty if only snapshots show it.

    """

    suspect: Suspect
    bound: Bound | None
    readings: list[OccupancyReading] = field(default_factory=list)
    silent_s: float = 0.0
    newest_keys: tuple[str, ...] = ()
    everywhere: tuple[tuple[LiveObjects, RemoteObject], ...] = ()

    @classmethod
    def start(cls, bench: Bench, suspect: Suspect) -> Self:
        """Find the live suspect and what it says about its bounds."""
        try:
            return cls._start(bench, suspect)
        except (InspectorClosed, DeadlineExceeded):
            if suspect.thread is None:
                raise
            # Its thread has ended, and with it all that it held; or a snapshot has to tell.
            return cls(suspect=suspect, bound=None)

    @classmethod
    def _start(cls, bench: Bench, suspect: Suspect) -> Self:
        deadline, objects = _deadline_of(bench, suspect), bench.live_of(suspect)
        live = objects.find(suspect.holder.heap_id, deadline)
        announced: dict[str, float] = {}
        # A plain object's own numbers are as likely its data as its limits.
        if live is not None and suspect.holder.class_name not in {"Object", "Array"}:
            announced |= objects.bounds(live, deadline)
        if suspect.holder.owner_id is not None:
            owner = objects.find(suspect.holder.owner_id, deadline)
            if owner is not None:
                announced |= objects.bounds(owner, deadline)
        present = None if live is None else objects.occupancy(live, deadline)
        bound = read_bound(announced, present=present) or _timer_bound(bench, suspect)
        if isinstance(bound, SizeBound) and suspect.copies:
            # Each thread has a collection of its own, and each of these may be as full.
            bound = replace(bound, entries=bound.entries * len(suspect.copies))
        found = () if live is None else ((objects, live), *_find_copies(bench, suspect))
        return cls(suspect=suspect, bound=bound, everywhere=found)

    @property
    def is_countable(self) -> bool:
        """Whether polling shows anything; where it does not, snapshots have to."""
        return bool(self.readings)

    def poll(self, bench: Bench, *, requests: int, idle: bool) -> None:
        """Read how full the suspect is, where that can be read."""
        if idle:
            self.silent_s = max(self.silent_s, bench.silent_s())
        size = self._size(bench)
        if size is None and self.suspect.thread is None:
            # A list that has become too long to walk: only snapshots can tell now.
            self.readings.clear()
        if size is not None:
            self.readings.append(
                OccupancyReading(
                    requests=requests,
                    elapsed_s=bench.deadline.elapsed_s(),
                    size=size,
                    idle=idle,
                )
            )

    def _size(self, bench: Bench) -> int | None:
        """Return how full it is in all threads together; None where that is unknown."""
        sizes = [
            _size_of(bench, self.suspect, objects, live)
            for objects, live in self.everywhere
        ]
        known = [size for size in sizes if size is not None]
        return sum(known) if known and len(known) == len(sizes) else None

    def look_at_keys(self, bench: Bench) -> None:
        """Read under which keys the newest entries are."""
        deadline = _deadline_of(bench, self.suspect)
        for objects, live in self.everywhere[:1]:
            try:
                self.newest_keys = objects.newest_keys(live, deadline)
            except (InspectorClosed, DeadlineExceeded):
                if self.suspect.thread is None:
                    raise

    def forget_silence(self) -> None:
        """Drop idle readings: only silence after the last load tells what stays."""
        self.readings = [one for one in self.readings if not one.idle]

    def curve(self) -> Curve | None:
        """Judge what was polled; None where there was nothing to poll."""
        return judge_occupancy(self.readings) if self.readings else None


def _deadline_of(bench: Bench, suspect: Suspect) -> Deadline:
    """Return the deadline of an exchange with the thread that a suspect is in."""
    deadline = bench.reply_deadline()
    # The main thread of an app that answers comes round; a worker may block for good.
    return deadline if suspect.thread is None else deadline.at_most(_WORKER_REPLY_S)


def _find_copies(
    bench: Bench, suspect: Suspect
) -> tuple[tuple[LiveObjects, RemoteObject], ...]:
    """Find what grew alike in other threads; not in those that have ended."""
    found = []
    for one in suspect.copies[1:]:
        with suppress(InspectorClosed, DeadlineExceeded):
            objects = bench.live_of(one)
            live = objects.find(one.holder.heap_id, _deadline_of(bench, one))
            found += [] if live is None else [(objects, live)]
    return tuple(found)


def _size_of(
    bench: Bench, suspect: Suspect, objects: LiveObjects, live: RemoteObject
) -> int | None:
    try:
        return objects.occupancy(live, _deadline_of(bench, suspect))
    except InspectorClosed:
        if suspect.thread is None:
            raise
        # The thread has ended, and with it all that it held.
        return 0
    except DeadlineExceeded:
        if suspect.thread is None:
            raise
        return None


def _timer_bound(bench: Bench, suspect: Suspect) -> Bound | None:
    """Return the delay of the one-shot timer that came with each entry, if one did."""
    if suspect.timer_id is None:
        return None
    deadline, objects = _deadline_of(bench, suspect), bench.live_of(suspect)
    live = objects.find(suspect.timer_id, deadline)
    delay_s = None if live is None else objects.timer_delay_s(live, deadline)
    if delay_s is None or delay_s > bench.deadline.remaining_s():
        # A timer beyond the budget is no promise that it will clean up.
        return None
    return LifetimeBound(name="setTimeout", lifetime_s=delay_s)


def requests_to(entries: float, curve: Linear) -> int:
    """Return how much load fills the suspect, 0 if it has passed its bound already."""
    if curve.size is None or not curve.per_request or curve.size > entries:
        return 0
    return int((entries - curve.size) / curve.per_request * SWEEP_SHARE) + 1


def mind_bound(watch: Watch, suspect: Suspect, curve: Curve) -> Curve:
    """Make a linear curve below an announced bound unclear: it may yet stop there.

    The bound is the watched holder's; it says nothing of another one that keeps more.
    """
    if not isinstance(curve, Linear) or suspect is not watch.suspect:
        return curve
    match watch.bound:
        case SizeBound(entries=entries) if requests_to(entries, curve):
            cost = watch.suspect.bytes_per_request * entries
            per_entry = max(curve.per_request or 1.0, 1e-9)
            return Unclear(
                reason=f"it announces a bound ({watch.bound}) that {curve.requests:,}"
                f" requests did not reach; full it costs {format_bytes(cost / per_entry)}."
                " Raise --nodeleak-budget to see it there",
                per_request=curve.per_request,
                size=curve.size,
            )
        case SizeBound(entries=entries) if _may_be_below(entries, suspect, curve):
            return Unclear(
                reason=f"it announces a bound ({watch.bound}) that {curve.requests:,}"
                " requests are too few to pass. Raise --nodeleak-budget to see it passed"
            )
        case LifetimeBound(lifetime_s=lifetime_s) if lifetime_s > watch.silent_s:
            per_s = _USUAL_REQUESTS_PER_S * watch.suspect.bytes_per_request
            steady = per_s * lifetime_s
            return Unclear(
                reason=f"its entries live {format_duration(lifetime_s)}"
                f" ({watch.bound}), longer than the check watched in silence; at"
                f" {_USUAL_REQUESTS_PER_S:.0f} req/s it holds {format_bytes(steady)} then."
                " Raise --nodeleak-budget to see them go",
                per_request=curve.per_request,
                size=curve.size,
            )
    return curve


def _may_be_below(entries: float, suspect: Suspect, curve: Linear) -> bool:
    """Tell whether what only snapshots count may have gained no more than its bound.

    A cache of two generations, as quick-lru is, holds twice as many.
    """
    gained = curve.requests * suspect.entries_per_request
    return curve.size is None and gained <= _GENERATIONS * entries
