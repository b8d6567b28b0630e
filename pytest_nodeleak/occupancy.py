"""How full a suspect got while load was pushed, and what became of it in silence.

A cache that is still filling and a leak look alike in two short windows. Watched longer
they part: a leak is still linear at the end and keeps everything when the app idles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "Curve",
    "Drained",
    "Linear",
    "OccupancyReading",
    "Plateau",
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
_FEWEST_READINGS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class OccupancyReading:
    """How much was in a suspect at one moment.

    Attributes:
        requests: Requests pushed since the watch began.
        size: Entries in it.
        idle: Whether the load had stopped.

    """

    requests: int
    size: int
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
    """It stopped growing although the load went on."""

    size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """It let go of entries by itself."""

    peak: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """The evidence does not carry an answer."""

    reason: str


Curve = Linear | Plateau | Drained | Unclear


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
        return Drained(peak=peak, size=end.size)
    return _judge_push(pushed, end_size=end.size)


def _judge_push(pushed: Sequence[OccupancyReading], *, end_size: int) -> Curve:
    first, last = pushed[0], pushed[-1]
    middle = pushed[2 * len(pushed) // 3 - 1]
    if last.requests <= middle.requests or middle.requests <= first.requests:
        return Unclear(reason="hardly any load was pushed")
    overall = (last.size - first.size) / (last.requests - first.requests)
    late = (last.size - middle.size) / (last.requests - middle.requests)
    if overall <= 0 or late <= _PLATEAU_SHARE * overall:
        return Plateau(size=end_size)
    if late >= _LINEAR_SHARE * overall:
        return Linear(per_request=overall, size=end_size, requests=last.requests)
    return Unclear(reason="it grows ever more slowly, but has not stopped")


def judge_rates(before: float, after: float, *, requests: int) -> Curve:
    """Judge by objects per request before and during the push, in two snapshots."""
    if after <= _PLATEAU_SHARE * before:
        return Plateau(size=None)
    if after < _LINEAR_SHARE * before:
        return Unclear(reason="it grows more slowly than before, but has not stopped")
    if after > _STEADY_SHARE * before:
        return Unclear(reason="it grows faster than before, not with the requests")
    return Linear(per_request=None, size=None, requests=requests)
