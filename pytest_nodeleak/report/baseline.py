"""What has changed since a baseline, as text: in reports, and at the end of a session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_nodeleak.baselines.baseline import BYTES, ENTRIES, Change, Status
from pytest_nodeleak.evidence.estimate import Estimate
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.counters import COUNTERS
from pytest_nodeleak.judging.ratchet import Reference
from pytest_nodeleak.judging.verdict import (
    FEWEST_OBJECTS_PER_REQUEST,
    Leak,
    OverLimit,
    Verdict,
)
from pytest_nodeleak.report.compared import changes_in
from pytest_nodeleak.units import format_bytes, format_count

__all__ = ["baseline_texts", "change_text", "metric_text", "rate_text"]

_COUNTERS: Mapping[str, str] = {
    counter.name: counter.text.removesuffix("s").removesuffix(" grow")
    for counter in COUNTERS
}
_IN_BYTES = {
    BYTES,
    *(counter.name for counter in COUNTERS if counter.unit.startswith("B/")),
}


def metric_text(name: str) -> str:
    """Return what a rate is of, e.g. ``"external memory"``; a leak's own name as it is."""
    return _COUNTERS.get(name, name)


def rate_text(rate: Estimate, metric: str = ENTRIES) -> str:
    """Return a rate with its unit."""
    if metric in _IN_BYTES:
        return f"{format_bytes(rate.value)}/request"
    noun = " entries" if metric == ENTRIES else ""
    return f"{format_count(rate.value)}{noun}/request"


def change_text(change: Change) -> str:
    """Return what has changed, and by how much."""
    what, before, after = metric_text(change.what), change.before, change.after
    match change.status:
        case Status.NEW:
            rate = "" if after is None else f", {rate_text(after, change.metric)}"
            return f"{what} is new{rate}"
        case Status.GONE:
            rate = "" if before is None else f": was {rate_text(before, change.metric)}"
            return f"{what} is gone{rate}"
        case Status.WORSE | Status.BETTER:
            return f"{what}: {_from_to(change)}"


def _from_to(change: Change) -> str:
    before, after = change.before, change.after
    if before is None or after is None:
        return change.status
    number = rate_text(before, change.metric).partition("/")[0].partition(" entries")[0]
    return f"{number} -> {rate_text(after, change.metric)}"


def baseline_texts(check: Check) -> Iterator[str]:
    """Yield what a report says of its baseline beside the findings and the limits."""
    reference = check.reference
    if reference is None:
        return
    if reference.rates is None:
        where = "" if reference.knows_major else f" on Node {reference.major}"
        yield f"{reference.name} does not know this check{where}"
    yield from _known_growth(check, reference)
    yield from _sight(check)
    for change in changes_in(check):
        # What is worse is told where it is found: below the finding, or as a limit.
        if change.status is Status.NEW and change.key not in _COUNTERS:
            yield f"new since {reference.name}: {change.what}"
        elif not change.is_worse:
            yield f"better than in {reference.name}: {change_text(change)}"


def _sight(check: Check) -> Iterator[str]:
    """Yield what known leaks have left no room to look for."""
    detectable = check.measurement.detectable_objects or 0.0
    if check.is_suppressed and detectable > FEWEST_OBJECTS_PER_REQUEST:
        yield (
            f"beside what is known, a new leak of less than {format_count(detectable)}"
            " objects per request would not have been seen"
        )


def _known_growth(check: Check, reference: Reference) -> Iterator[str]:
    """Yield the counters beyond their limits that the baseline lets pass."""
    known = reference.rates.growth if reference.rates else {}
    if not isinstance(check.verdict, OverLimit):
        return
    failing = _breaching(check.left)
    for breach in check.verdict.breaches:
        if breach.metric in known and breach.metric not in failing:
            rate = rate_text(known[breach.metric], breach.metric)
            what = metric_text(breach.metric)
            yield f"growth of {what} in {reference.name} already, at {rate}"


def _breaching(verdict: Verdict) -> set[str]:
    if isinstance(verdict, Leak | OverLimit):
        return {breach.metric for breach in verdict.breaches}
    return set()
