"""How full a suspect got while load was pushed, and what became of it in silence.

A cache that is still filling and a leak look alike in two short windows. Watched longer
they part: a leak is still linear at the end and keeps everything when the app idles.
The silence is the control as well: what grows in it just as fast is the work of a
background job, not of the requests.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

__all__ = [
    "Curve",
    "Drained",
    "Linear",
    "OccupancyReading",
    "Plateau",
    "Timed",
    "Unclear",
    "judge_occupancy",
    "judge_rates",
]

# The late part of a leak grows as fast as the whole; these allow for requests that are
# not the same cost as others and for a reading that came a moment late.
_LINEAR_SHARE = 0.7
_PLATEAU_SHARE = 0.3
_STEADY_SHARE = 1.5
# This part of what had piled up must go before silence counts as a drain.
_DRAINED_SHARE = 0.05
# Whatever lets go of so much under load does so again, wherever in its cycle it ends.
_FLUSHED_SHARE = 0.4
_FEWEST_READINGS = 4
# Fewer entries come in steps too coarse for a curve.
_FEWEST_ENTRIES = 10
# So many entries are not missed by chance.
_FEWEST_MISSED = 10
_SIGMAS = 3
# A job that gets no CPU in silence ticks half as often there as beside the load.
_MIXED_SHARE = 0.35
# So many entries in silence are no straggler of the load, and they must come to the end.
_FEWEST_TIMED = 3
_STEADY_LATE_SHARE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class OccupancyReading:
    """How much was in a suspect at one moment.

    Attributes:
        requests: Requests pushed since the watch began.
        elapsed_s: Seconds since then.
        size: Entries in it.
        idle: Whether the load had stopped.

    """

    requests: int
    elapsed_s: float
    size: float
    idle: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """It grew steadily to the end and kept everything.

    Attributes:
        per_request: Entries per request; None where only objects were counted.
        size: Entries at the end; None likewise.
        requests: The load it was watched under.

    """

    per_request: float | None
    size: int | None
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plateau:
    """It stopped growing although the load went on.

    Attributes:
        size: Entries at the end; None where only objects were counted.
        grown: Entries gained before that; 0 if it never grew while it was watched.

    """

    size: int | None
    grown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """It let go of entries by itself."""

    peak: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """It grows with time, not with requests.

    Attributes:
        per_s: Entries per second; None where only objects were counted.
        size: Entries at the end; None likewise.

    """

    per_s: float | None
    size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """The evidence does not carry an answer.

    Attributes:
        reason: Why, as the end of a sentence.
        per_request: Entries per request where these are known all the same.
        size: Entries at the end, likewise.

    """

    reason: str
    per_request: float | None = None
    size: int | None = None


Curve = Linear | Plateau | Drained | Timed | Unclear


def judge_occupancy(readings: Sequence[OccupancyReading]) -> Curve:
    """Tell a leak's curve from that of a cache, a queue or a job.

    Args:
        readings: In order of time; the idle ones last.

    """
    pushed = [reading for reading in readings if not reading.idle]
    idle = [reading for reading in readings if reading.idle]
    if len(pushed) < _FEWEST_READINGS:
        return Unclear(reason=f"only {len(pushed)} readings under load")
    end = idle[-1] if idle else pushed[-1]
    peak = max(reading.size for reading in pushed)
    grown = peak - min(reading.size for reading in pushed)
    if grown > 0 and peak - end.size > max(1.0, _DRAINED_SHARE * grown):
        return Drained(peak=int(peak), size=int(end.size))
    top, bottom = _deepest_fall(pushed)
    if top - bottom > max(1.0, _FLUSHED_SHARE * grown):
        return Drained(peak=int(top), size=int(bottom))
    per_s = _rate_in_silence(idle)
    if not per_s:
        return _judge_push(pushed, end_size=int(end.size))
    by_time = per_s * (pushed[-1].elapsed_s - pushed[0].elapsed_s)
    if grown - by_time <= max(_PLATEAU_SHARE * grown, _FEWEST_TIMED):
        return Timed(per_s=per_s, size=int(end.size))
    return _judge_push(_without(pushed, per_s), end_size=int(end.size))


def _rate_in_silence(idle: Sequence[OccupancyReading]) -> float:
    """Return the entries per second that came to the very end of the silence, else 0.

    What comes for a while only is what the requests had set off.
    """
    if len(idle) < _FEWEST_READINGS:
        return 0.0
    first, middle, last = idle[0], idle[len(idle) // 2], idle[-1]
    if last.size - first.size < _FEWEST_TIMED:
        return 0.0
    per_s = _per_s(first, last)
    return per_s if _per_s(middle, last) >= _STEADY_LATE_SHARE * per_s else 0.0


def _per_s(one: OccupancyReading, other: OccupancyReading) -> float:
    return (other.size - one.size) / max(other.elapsed_s - one.elapsed_s, 1e-9)


def _without(
    pushed: Sequence[OccupancyReading], per_s: float
) -> list[OccupancyReading]:
    """Take from each reading what had come with time alone."""
    start_s = pushed[0].elapsed_s
    return [
        replace(reading, size=reading.size - per_s * (reading.elapsed_s - start_s))
        for reading in pushed
    ]


def _deepest_fall(pushed: Sequence[OccupancyReading]) -> tuple[float, float]:
    """Return the size before and after the entries that were let go of together."""
    peak = pushed[0].size
    falls = []
    for reading in pushed:
        peak = max(peak, reading.size)
        falls.append((peak, reading.size))
    return max(falls, key=lambda fall: fall[0] - fall[1])


_Part = tuple[OccupancyReading, OccupancyReading]


def _judge_push(pushed: Sequence[OccupancyReading], *, end_size: int) -> Curve:
    first, last = pushed[0], pushed[-1]
    early: _Part = (first, pushed[(len(pushed) - 1) // 3])
    late: _Part = (pushed[2 * len(pushed) // 3 - 1], last)
    if any(end.requests <= start.requests for start, end in (early, late)):
        return Unclear(reason="hardly any load was pushed")
    overall, grown = _rate(first, last), round(last.size - first.size)
    has_fallen = _rate(*late) <= _PLATEAU_SHARE * overall and _is_missed(late, overall)
    if overall <= 0 or has_fallen or _has_stopped(pushed):
        return Plateau(size=end_size, grown=max(0, grown))
    if grown < _FEWEST_ENTRIES:
        return Unclear(reason=f"only {grown} entries came, too few to tell")
    # A batch that is flushed at each reading's pace seems to shrink until it leaps.
    if _rate(*early) < _PLATEAU_SHARE * overall and _is_missed(early, overall):
        return Unclear(reason="it grows in leaps, not with the requests")
    is_slower = _rate(*late) < _LINEAR_SHARE * overall and _is_missed(late, overall)
    if is_slower or _slows_down(early, late):
        return Unclear(reason="it grows ever more slowly, but has not stopped")
    return Linear(per_request=overall, size=end_size, requests=last.requests)


def _is_missed(part: _Part, per_request: float) -> bool:
    """Tell whether fewer entries came in a part of the push than chance allows for."""
    start, end = part
    due = per_request * (end.requests - start.requests)
    return due - (end.size - start.size) >= _SIGMAS * math.sqrt(due)


def _rate(one: OccupancyReading, other: OccupancyReading) -> float:
    return (other.size - one.size) / (other.requests - one.requests)


def _has_stopped(pushed: Sequence[OccupancyReading]) -> bool:
    """Tell whether the last load added nothing where many entries were due."""
    before, last = pushed[-2:]
    due = _rate(pushed[0], last) * (last.requests - before.requests)
    return last.size <= before.size and due >= _FEWEST_MISSED


def _slows_down(early: _Part, late: _Part) -> bool:
    """Tell whether the late part grows more slowly than the early one, beyond chance."""
    before, after = _rate(*early), _rate(*late)
    # Entries that come at random vary by the square root of their number.
    variance = sum(
        max(_rate(start, end), 0.0) / (end.requests - start.requests)
        for start, end in (early, late)
    )
    return after < _LINEAR_SHARE * before and before - after > _SIGMAS * math.sqrt(
        variance
    )


def judge_rates(
    before: float, after: float, *, requests: int, timed_share: float = 0.0
) -> Curve:
    """Judge by objects per request before and during the push, in two snapshots.

    Args:
        before: Objects per request in the windows.
        after: In the push.
        requests: The load of the push.
        timed_share: The part of the push's objects that came with time, judged by a
            silence of known length.

    """
    if after <= _PLATEAU_SHARE * before:
        return Plateau(size=None)
    if timed_share >= 1 - _PLATEAU_SHARE:
        return Timed(per_s=None, size=None)
    if timed_share >= _MIXED_SHARE:
        return Unclear(
            reason="part of it comes with time, whether requests come or not"
        )
    if after < _LINEAR_SHARE * before:
        return Unclear(reason="it grows more slowly than before, but has not stopped")
    if after > _STEADY_SHARE * before:
        return Unclear(reason="it grows faster than before, not with the requests")
    return Linear(per_request=None, size=None, requests=requests)
