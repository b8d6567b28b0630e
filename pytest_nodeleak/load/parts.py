"""What one of several processes is told of a common load."""

from __future__ import annotations

import math
from dataclasses import replace

from pytest_nodeleak.load.result import LoadResult

__all__ = ["joined", "part_of"]


def part_of(result: LoadResult, requests: int) -> LoadResult:
    """Return what one process is told of a load, of which it answered so many requests."""
    share = requests / max(1, result.requests)
    bad = min(requests, math.ceil(result.bad * share))
    lost = min(bad, math.ceil(result.lost * share))
    aborted = min(requests - lost, round(result.aborted * share))
    answered = requests - lost - aborted
    usual = max(result.statuses, key=lambda one: result.statuses[one], default=200)
    return replace(
        result,
        requests=requests,
        statuses={usual: answered} if answered else {},
        aborted=aborted,
        bad=bad,
        first_bad=result.first_bad if bad else None,
        unanswered=result.unanswered if lost else (),
    )


def joined(earlier: LoadResult, later: LoadResult) -> LoadResult:
    """Return two loads, one after the other, as one."""
    statuses = dict(earlier.statuses)
    for status, number in later.statuses.items():
        statuses[status] = statuses.get(status, 0) + number
    return LoadResult(
        requests=earlier.requests + later.requests,
        elapsed_s=earlier.elapsed_s + later.elapsed_s,
        statuses=statuses,
        aborted=earlier.aborted + later.aborted,
        bad=earlier.bad + later.bad,
        first_bad=earlier.first_bad or later.first_bad,
        unanswered=(*earlier.unanswered, *later.unanswered),
        silent_s=later.silent_s,
    )
