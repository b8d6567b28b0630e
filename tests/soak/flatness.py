"""Whether a long session was flat, judged from what was noted after each check.

The checks come in turns of all kinds, and each kind leaves the allocator in another state;
so what is compared is turns, by the mean of each. Only the second half of a session counts:
in the first one modules are imported, caches fill, and the allocator takes as much as the
largest check needs, which it keeps.

*Memory* is flat if the Theil-Sen slope over the turns is below a limit with the whole of
its 95 % interval: what is kept of a check for the summary, and no more. It grows if the
whole interval is above the limit; all else is not proven. *Counts*, of descriptors and the
like, are flat if no turn has more of them than the first that counts.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_nodeleak.evidence.estimate import Estimate
from pytest_nodeleak.evidence.trend import FEWEST_READINGS, slope_per_request

__all__ = ["COUNTS", "LIMITS", "Judged", "judge"]

Sample = Mapping[str, float | str]

_KIB = 1024
# Per check. Its record takes 3 KB, packed; the rest is pytest's, which keeps three reports
# of each test and what it failed of, and JUnit's, which keeps the same once more. In the
# app that is attached to again and again, V8 keeps what it compiled of our scripts. USS and
# PSS are noted but not judged: what we alone have of a library, and our part of it, change
# with each other process that begins and ends.
LIMITS: Mapping[str, float] = {
    "rss_bytes": 32 * _KIB,
    "python_blocks": 400,
    "app_heap_bytes": 4 * _KIB,
    "app_external_bytes": 1 * _KIB,
}
COUNTS = ("fds", "threads", "children", "temporary_files", "artifacts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of one quantity.

    Attributes:
        name: Of the samples' field.
        first: In the first turn that counts: its mean, or the most of a count.
        last: The same of the last turn.
        per_check: How it changes; None of a count, and where there are too few turns.
        answer: ``"flat"``, ``"grows"`` or ``"not proven"``.

    """

    name: str
    first: float
    last: float
    per_check: Estimate | None
    answer: str


def judge(samples: Sequence[Sample], *, kinds: int) -> Sequence[Judged]:
    """Judge a session.

    Args:
        samples: One per check, in order.
        kinds: How many checks make a turn.

    Raises:
        ValueError: If there was no whole turn in the second half.

    """
    half = len(samples) // 2
    turns = [
        samples[start : start + kinds]
        for start in range(half, len(samples) - kinds + 1, kinds)
    ]
    if not turns:
        msg = f"{len(samples)} checks, expected {2 * kinds} or more"
        raise ValueError(msg)
    return [
        *(_judged_memory(name, _means(turns, name), kinds) for name in LIMITS),
        *(_judged_count(name, turns) for name in COUNTS),
    ]


def _means(turns: Sequence[Sequence[Sample]], name: str) -> Sequence[float]:
    return [statistics.mean(float(one[name]) for one in turn) for turn in turns]


def _judged_memory(name: str, means: Sequence[float], kinds: int) -> Judged:
    per_check, answer = None, "not proven"
    if len(means) >= FEWEST_READINGS:
        numbers = [kinds * turn for turn in range(len(means))]
        per_check = slope_per_request(numbers, means)
        if per_check.high <= LIMITS[name]:
            answer = "flat"
        elif per_check.low > LIMITS[name]:
            answer = "grows"
    return Judged(
        name=name, first=means[0], last=means[-1], per_check=per_check, answer=answer
    )


def _judged_count(name: str, turns: Sequence[Sequence[Sample]]) -> Judged:
    most = [max(float(one[name]) for one in turn) for turn in turns]
    return Judged(
        name=name,
        first=most[0],
        last=most[-1],
        per_check=None,
        answer="flat" if max(most) <= most[0] else "grows",
    )
