"""A point in time that several waits share."""

from __future__ import annotations

import time
from collections.abc import Callable

from pytest_nodeleak.exceptions import DeadlineExceeded

__all__ = ["Deadline"]


class Deadline:
    """The moment by which several steps must be done together.

    Args:
        allowed_s: Seconds from now.
        clock: A monotonic clock in seconds; only tests pass another one.

    """

    def __init__(
        self, allowed_s: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.allowed_s = allowed_s
        self._clock = clock
        self._started = clock()

    def elapsed_s(self) -> float:
        """Return the seconds since the deadline was set."""
        return self._clock() - self._started

    def remaining_s(self) -> float:
        """Return the seconds left, never less than 0."""
        return max(0.0, self.allowed_s - self.elapsed_s())

    def has_passed(self) -> bool:
        """Tell whether no time is left."""
        return self.remaining_s() <= 0.0

    def check(self, waiting_for: str) -> float:
        """Return the seconds left, to be used as the timeout of the next wait.

        Raises:
            DeadlineExceeded: If none are left.

        """
        remaining_s = self.remaining_s()
        if remaining_s <= 0.0:
            raise DeadlineExceeded(waiting_for=waiting_for, allowed_s=self.allowed_s)
        return remaining_s

    def later(self, grace_s: float) -> Deadline:
        """Return a deadline for tidying up: this one and ``grace_s`` more."""
        return Deadline(self.remaining_s() + grace_s, clock=self._clock)

    def at_most(self, allowed_s: float) -> Deadline:
        """Return a deadline for one step: ``allowed_s`` from now, or this one."""
        return Deadline(min(allowed_s, self.remaining_s()), clock=self._clock)
