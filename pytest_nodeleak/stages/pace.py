"""How much load each stage of a check sends, from how fast and how leaky the app is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from pytest_nodeleak.evidence.trend import FEWEST_READINGS

__all__ = [
    "ROUNDS",
    "WARM_UP_STEP",
    "Pace",
    "has_time_to_count",
    "plan_pace",
    "push_requests",
    "undisturbed",
    "window_requests",
]

ROUNDS = 6
# The warm-up's first step; each is twice as long as the one before, and after it the
# heap is read, to notice an app that grows fast.
WARM_UP_STEP = 200
_WARM_UP_S = 0.4
_WARM_UP_FEWEST, _WARM_UP_MOST = 16, 1500
_ROUND_S = 0.06
_ROUND_FEWEST, _ROUND_MOST = 8, 600
# A window that shows one object in 100 requests may take longer than one that shows more.
_WINDOW_S, _TELLING_WINDOW_S = 0.3, 1.0
# Primes: what happens every 2nd, 5th or 100th request must not hide behind the window.
_WINDOWS = (1999, 1201, 997, 499, 293, 199, 101, 53, 29, 19)
_TELLING_WINDOW = 1201
# With fewer nothing can be called clean (verdict.py), so a slow app is waited for.
_LEAST_WINDOW, _LEAST_WINDOW_S = 29, 6.0
_PUSH_S = 1.6
_PUSH_FEWEST, _PUSH_MOST = 40, 20_000
# An app that gets less of a CPU than this cannot be waited for.
_LEAST_RUNNING = 0.1
# A fast leak needs few requests to show; more would only make the snapshots slow.
_ROUND_GROWTH_BYTES = 0.2e6
_WINDOW_GROWTH_BYTES = 1.0e6
_PUSH_GROWTH_BYTES = 16e6
# Caches of 500 or 1,000 large pages are common, and must be seen to fill up.
# Descriptors run out at 1,024 in many a place.
_PUSH_SCARCE = 300
_PUSH_WORTH_WHILE, _PUSH_LARGEST_GROWTH_BYTES = 1500, 100e6
# Pushes, of which there may be three, must not be what fills the heap.
_PUSH_ROOM_SHARE = 0.2
_WINDOW_ROOM_SHARE = 0.1
_MOST = 1_000_000_000
# Five readings, and one that confirms them; the rest of the time is for what allocates.
_LOOKS, _LOOKS_SHARE = FEWEST_READINGS + 1, 0.8
# Of a smaller one they take no time worth sparing, however busy the machine.
_LARGE_HEAP_BYTES = 40e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Requests per stage.

    Attributes:
        warm_up: Before anything is read.
        round: In each of the screen's rounds.
        window: Between two snapshots.
        push: At most, while suspects are watched.

    """

    warm_up: int
    round: int
    window: int
    push: int


def plan_pace(
    *, requests_per_s: float, bytes_per_request: float = 0.0, fixed: int | None = None
) -> Pace:
    """Plan a check for an app that answers ``requests_per_s``.

    Args:
        requests_per_s: As seen so far.
        bytes_per_request: How fast it seems to grow.
        fixed: What the user asked for; the screen and both windows share it.

    """
    if fixed is not None:
        return Pace(
            warm_up=max(1, fixed // 10),
            round=max(1, fixed * 4 // 10 // ROUNDS),
            window=max(1, fixed // 4),
            push=max(1, fixed),
        )
    per_round = min(
        requests_per_s * _ROUND_S, _ROUND_GROWTH_BYTES / max(bytes_per_request, 1.0)
    )
    return Pace(
        warm_up=_within(requests_per_s * _WARM_UP_S, _WARM_UP_FEWEST, _WARM_UP_MOST),
        round=_within(per_round, _ROUND_FEWEST, _ROUND_MOST),
        window=_prime_at_most(
            max(
                requests_per_s * _WINDOW_S,
                min(requests_per_s * _TELLING_WINDOW_S, _TELLING_WINDOW),
                min(requests_per_s * _LEAST_WINDOW_S, _LEAST_WINDOW),
            )
        ),
        push=_within(requests_per_s * _PUSH_S, _PUSH_FEWEST, _PUSH_MOST),
    )


def undisturbed(pace: Pace, waited_share: float) -> Pace:
    """Return the pace with the push of an app that need not wait for a CPU.

    A cache that fills up must be seen to be full, and needs as many requests on a busy
    machine as on any other.

    Args:
        pace: Planned by the rate at which requests were answered.
        waited_share: The part of that time, from 0 to 1, that the app waited for a CPU.

    """
    ran_share = max(_LEAST_RUNNING, 1 - waited_share)
    return replace(
        pace, push=max(pace.push, min(int(pace.push / ran_share), _PUSH_MOST))
    )


def has_time_to_count(*, heap_bytes: float, look_s: float, left_s: float) -> bool:
    """Tell whether there is time to go through all live objects at each reading.

    Args:
        heap_bytes: In use.
        look_s: How long it takes once.
        left_s: Of the budget, after the warm-up.

    """
    return heap_bytes < _LARGE_HEAP_BYTES or _LOOKS * look_s < _LOOKS_SHARE * left_s


def window_requests(
    pace: Pace,
    *,
    bytes_per_request: float,
    room_bytes: float = math.inf,
    scarce_per_request: float = 0.0,
    scarce_room: float = math.inf,
) -> int:
    """Return the load of one window, smaller for an app that grows fast.

    Args:
        pace: The load that suits the app otherwise.
        bytes_per_request: How fast its memory grows.
        room_bytes: How much the heap may grow before V8 gives up.
        scarce_per_request: How many descriptors, threads and the like a request takes.
        scarce_room: How many descriptors are left.

    """
    most_bytes = min(_WINDOW_GROWTH_BYTES, _WINDOW_ROOM_SHARE * room_bytes)
    scarce = _within_room(_WINDOW_ROOM_SHARE, scarce_per_request, scarce_room)
    most = min(most_bytes / max(bytes_per_request, 1e-9), scarce)
    return (
        pace.window if pace.window <= most else min(pace.window, _prime_at_most(most))
    )


def push_requests(
    pace: Pace,
    *,
    bytes_per_request: float,
    scarce_per_request: float = 0.0,
    scarce_room: float = math.inf,
    room_bytes: float = math.inf,
) -> int:
    """Return the load of the push, smaller for an app that grows fast.

    Args:
        pace: The load that suits the app otherwise.
        bytes_per_request: How fast its memory grows.
        scarce_per_request: How many descriptors, threads and the like a request takes.
        scarce_room: How many descriptors are left.
        room_bytes: How much the heap may grow before V8 gives up.

    """
    affordable = _PUSH_GROWTH_BYTES / max(bytes_per_request, 1.0)
    largest_bytes = min(_PUSH_LARGEST_GROWTH_BYTES, _PUSH_ROOM_SHARE * room_bytes)
    largest = largest_bytes / max(bytes_per_request, 1.0)
    worth_while = min(_PUSH_WORTH_WHILE, largest)
    requests = _within(affordable, max(_PUSH_FEWEST, int(worth_while)), _PUSH_MOST)
    scarce = int(_PUSH_SCARCE / max(scarce_per_request, 1e-9))
    left = _within_room(_PUSH_ROOM_SHARE, scarce_per_request, scarce_room)
    scarce, fewest = min(scarce, left), min(_PUSH_FEWEST, left)
    return max(fewest, min(pace.push, requests, scarce, int(min(largest, 1e9))))


def _within_room(share: float, per_request: float, room: float) -> int:
    """Return the load that takes this part of the descriptors that are left."""
    requests = share * room / max(per_request, 1e-9)
    return int(min(_MOST, max(1.0, requests)))


def _within(value: float, fewest: int, most: int) -> int:
    return int(min(most, max(fewest, value)))


def _prime_at_most(value: float) -> int:
    return next((prime for prime in _WINDOWS if prime <= value), _WINDOWS[-1])
