"""What came back from a load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["LoadResult", "Tally"]

_TOLERATED_SHARE = 0.01
# After so many bad answers and no good one there is no use in going on.
_HOPELESS = 20
_MOST_UNANSWERED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """Counts of one run of load.

    Attributes:
        requests: Finished requests, good or bad.
        elapsed_s: From the first to the last.
        statuses: How often each HTTP status came.
        aborted: Requests whose client was told to hang up, and did.
        bad: Requests with an unexpected status or a transport error.
        first_bad: The first of these as text, or None.
        unanswered: Requests that were under way when their connection broke, such as
            ``"GET /users/17"``; the first ones.
        silent_s: How long no answer had come when those that were still under way were
            given up; 0 if none were.

    """

    requests: int
    elapsed_s: float
    statuses: Mapping[int, int]
    bad: int
    first_bad: str | None
    aborted: int = 0
    unanswered: tuple[str, ...] = ()
    silent_s: float = 0.0

    @property
    def lost(self) -> int:
        """Requests without any answer: their connection was refused or broke."""
        return self.requests - self.aborted - sum(self.statuses.values())

    @property
    def requests_per_s(self) -> float:
        """The throughput."""
        return self.requests / self.elapsed_s if self.elapsed_s > 0 else 0.0

    @property
    def is_valid(self) -> bool:
        """Whether the load tested what it was meant to: at most 1 % went wrong."""
        return not exceeds_tolerance(self.bad, self.requests)


def exceeds_tolerance(bad: int, requests: int) -> bool:
    """Tell whether too many requests went wrong to judge the rest."""
    if bad == requests:
        return bad > 0
    # A single broken connection is no share of anything.
    return bad > max(1, _TOLERATED_SHARE * requests)


@dataclass(slots=True)
class Tally:
    """Counts answers while they come in."""

    statuses: Counter[int] = field(default_factory=Counter)
    requests: int = 0
    aborted: int = 0
    bad: int = 0
    first_bad: str | None = None
    unanswered: list[str] = field(default_factory=list)
    silent_s: float = 0.0

    def add_answer(self, status: int) -> None:
        """Count an answer with an expected status."""
        self.requests += 1
        self.statuses[status] += 1

    def add_aborted(self) -> None:
        """Count a request whose client hung up as it was told to."""
        self.requests += 1
        self.aborted += 1

    def add_bad(
        self, description: str, status: int | None = None, *, unanswered: str = ""
    ) -> None:
        """Count an unexpected answer or, without a status, a transport error.

        Args:
            description: What went wrong.
            status: The HTTP status.
            unanswered: The request, if it was sent and its connection broke.

        """
        if unanswered and len(self.unanswered) < _MOST_UNANSWERED:
            self.unanswered.append(unanswered)
        self.requests += 1
        self.bad += 1
        if status is not None:
            self.statuses[status] += 1
        if self.first_bad is None:
            self.first_bad = description

    @property
    def is_hopeless(self) -> bool:
        """Whether going on makes no sense: nothing but bad answers."""
        return self.bad >= _HOPELESS and self.bad == self.requests

    def result(self, elapsed_s: float) -> LoadResult:
        """Return the counts as a frozen value."""
        return LoadResult(
            requests=self.requests,
            elapsed_s=elapsed_s,
            statuses=MappingProxyType(dict(self.statuses)),
            bad=self.bad,
            first_bad=self.first_bad,
            aborted=self.aborted,
            unanswered=tuple(self.unanswered),
            silent_s=self.silent_s,
        )
