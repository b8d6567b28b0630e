"""Counters beyond their limits, and what a report says about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_nodeleak.advice import advice_for
from pytest_nodeleak.evidence.descriptors import is_full
from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.evidence.gc_pauses import THRASHING_SHARE, v8_name
from pytest_nodeleak.evidence.measurement import Measurement, Reading, WatchedFinding
from pytest_nodeleak.evidence.occupancy import Linear
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.judging.accounts import account_of
from pytest_nodeleak.judging.counters import COUNTERS, Counter, rising
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.units import format_bytes, format_count

__all__ = [
    "EXPLAINED_SHARE",
    "USUAL_LIMIT",
    "Breach",
    "accounted_for",
    "breaches_of",
    "explain_breach",
    "grown_events",
]

_KINDS = {
    "external": Kind.EXTERNAL,
    "array_buffers": Kind.EXTERNAL,
    "rss": Kind.NATIVE,
    "objects": Kind.UNKNOWN,
    "open_files": Kind.FD_EXHAUSTION,
    "listeners": Kind.LISTENER,
    "timers": Kind.TIMER,
    "contexts": Kind.CONTEXT,
    "gc_pause_p99": Kind.GC_PAUSE,
    "gc_pause_max": Kind.GC_PAUSE,
    "gc_share": Kind.GC_PAUSE,
}
_OPENED = {Kind.HANDLE, Kind.FD_EXHAUSTION}
_USUAL = LeakPolicy()
_MOST_EVENTS = 3
# A suspect explains a counter if it accounts for this part of its growth.
EXPLAINED_SHARE = 0.5
USUAL_LIMIT = "limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A counter beyond its limit.

    Attributes:
        metric: As in the record, e.g. ``"loop_delay_p99"``.
        text: What is too much, e.g. ``"listeners grow"``.
        value: What was measured.
        limit: What was allowed.
        unit: Of both.
        allowed_by: What the limit is, e.g. ``"baseline main: at most"``.

    """

    metric: str
    text: str
    value: float
    limit: float
    unit: str
    allowed_by: str = USUAL_LIMIT


def breaches_of(
    measurement: Measurement,
    policy: LeakPolicy,
    accepted: Sequence[WatchedFinding] = (),
) -> tuple[Breach, ...]:
    """Return all limits that are exceeded, but for the heap's.

    The heap's slope alone proves nothing: see :mod:`pytest_nodeleak.judging.verdict`.

    Args:
        measurement: What was measured.
        policy: The limits.
        accepted: Known leaks. What they account for is not held against a counter.

    """
    return (
        *_exhausted(measurement),
        *_levels(measurement, policy),
        *_slopes(measurement, policy, accepted),
    )


def _exhausted(measurement: Measurement) -> Iterator[Breach]:
    """Yield the limit of open files, if the app was seen to be at it."""
    counts = [one.fds or 0 for one in measurement.readings]
    limit = measurement.fd_limit
    if counts and limit is not None and is_full(max(counts), limit):
        how_many = "all" if max(counts) >= limit else "nearly all"
        yield Breach(
            metric="open_files",
            text=f"{how_many} file descriptors are open",
            value=max(counts),
            limit=limit,
            unit="descriptors",
        )


def _levels(measurement: Measurement, policy: LeakPolicy) -> Iterator[Breach]:
    delay, pauses = measurement.loop_delay, measurement.gc_pauses
    own = delay.undisturbed
    for metric, text, value, proven, limit in (
        (
            "loop_delay_p50",
            "event-loop delay p50",
            delay.p50_ms,
            own.p50_ms,
            policy.loop_delay_p50_ms,
        ),
        (
            "loop_delay_p99",
            "event-loop delay p99",
            delay.p99_ms,
            own.p99_ms,
            policy.loop_delay_p99_ms,
        ),
        (
            "loop_delay_max",
            "longest event-loop delay",
            delay.max_ms,
            own.max_ms,
            policy.loop_delay_max_ms,
        ),
        (
            "gc_pause_p99",
            f"garbage collection pause p99{_of_kind(pauses.p99_kind)}",
            pauses.p99_ms,
            pauses.p99_ms,
            policy.gc_pause_p99_ms,
        ),
        (
            "gc_pause_max",
            f"longest garbage collection pause{_of_kind(pauses.max_kind)}",
            pauses.max_ms,
            pauses.max_ms,
            policy.gc_pause_max_ms,
        ),
    ):
        if limit is not None and proven > limit:
            yield Breach(metric=metric, text=text, value=value, limit=limit, unit="ms")
    share = policy.gc_share
    if share is None and measurement.is_thrashing:
        # How much a busy app may collect is its own affair, but not near its limit.
        share = THRASHING_SHARE
    if share is not None and pauses.share > share:
        full = "the heap is nearly full, and " if measurement.is_thrashing else ""
        yield Breach(
            metric="gc_share",
            text=f"{full}garbage collection takes",
            value=round(100 * pauses.share, 1),
            limit=round(100 * share, 1),
            unit="% of the time",
        )


def _of_kind(kind: str) -> str:
    return f" ({v8_name(kind)})" if kind else ""


def _slopes(
    measurement: Measurement, policy: LeakPolicy, accepted: Sequence[WatchedFinding]
) -> Iterator[Breach]:
    for counter in rising(measurement.rises, policy):
        rise, limit = measurement.rises[counter.name], getattr(policy, counter.limit)
        # What may yet be let go of is no proof against a limit the user did not set.
        is_seen_to_stay = rise.kept is not None or limit != getattr(
            _USUAL, counter.limit
        )
        growth = rise.growth.value
        if (
            counter.name != "heap_used"
            and is_seen_to_stay
            and not _is_explained(counter, measurement, accepted)
        ):
            yield Breach(
                metric=counter.name,
                text=counter.text,
                value=growth,
                limit=limit,
                unit=counter.unit,
            )


def _is_explained(
    counter: Counter, measurement: Measurement, accepted: Sequence[WatchedFinding]
) -> bool:
    """Tell whether what grew belongs to suspects that are judged apart, or accepted."""
    bounded = sum(
        _explained_by(one, counter)
        for one in measurement.watched
        if not isinstance(one.curve, Linear)
    )
    explained = bounded + accounted_for(counter, measurement, accepted)
    return explained >= EXPLAINED_SHARE * measurement.rises[counter.name].growth.value


def accounted_for(
    counter: Counter, measurement: Measurement, accepted: Sequence[WatchedFinding]
) -> float:
    """Return how much of what a counter grew by per request belongs to known leaks."""
    events = _events_of(measurement)
    return sum(
        max(
            account_of(one.finding, counter.name, grown_events=events),
            # A listing takes nothing from what a suspect explains by itself.
            0.0 if isinstance(one.curve, Linear) else _explained_by(one, counter),
        )
        for one in accepted
    )


def _explained_by(bounded: WatchedFinding, counter: Counter) -> float:
    finding = bounded.finding
    if _is_size(counter):
        return finding.external_bytes_per_request
    if counter.name == "objects":
        return finding.objects_per_request
    return finding.entries_per_request


def explain_breach(breach: Breach, measurement: Measurement) -> Finding:
    """Return a finding for a counter that grows although no object was seen to hold it."""
    kind = _KINDS.get(breach.metric, Kind.HANDLE)
    counter = _COUNTER_OF.get(breach.metric)
    if counter is None:
        value = f"{breach.value:,.1f} {breach.unit}"
        if kind is Kind.FD_EXHAUSTION:
            value = f"({breach.value:,.0f} of {breach.limit:,.0f})"
        finding = Finding(
            kind=kind,
            title=f"{breach.text} {value}",
            # Of a heap that is nearly full, less garbage is not the cure.
            advice=advice_for(
                Kind.HEAP_LIMIT
                if kind is Kind.GC_PAUSE and measurement.is_thrashing
                else kind
            ),
        )
    else:
        finding = Finding(
            kind=kind,
            title=_title(counter, breach, measurement),
            entries_per_request=0.0 if _is_size(counter) else breach.value,
            external_bytes_per_request=breach.value if kind is Kind.EXTERNAL else 0.0,
            allocated_at=measurement.allocated_at if breach.metric in _SAMPLED else (),
            advice=advice_for(kind),
        )
    return _opened(finding, measurement) if kind in _OPENED else finding


def _opened(finding: Finding, measurement: Measurement) -> Finding:
    """Add what is left open and who opens it, if that is known."""
    descriptors = measurement.descriptors
    if descriptors is None:
        return finding
    return replace(
        finding,
        constructors=tuple(
            (str(kind), rate) for kind, rate in descriptors.per_request.items()
        ),
        allocated_at=descriptors.openers[0].frames if descriptors.openers else (),
    )


# What a profile of V8's heap has samples of.
_SAMPLED = {"heap_used", "objects"}
_COUNTER_OF = {counter.name: counter for counter in COUNTERS}


def _is_size(counter: Counter) -> bool:
    return counter.unit.startswith("B/")


def _title(counter: Counter, breach: Breach, measurement: Measurement) -> str:
    rate = (
        f"{format_bytes(breach.value)} per request"
        if _is_size(counter)
        else f"{format_count(breach.value)} per request"
    )
    title = f"{counter.text} by {rate}"
    if counter.name != "listeners":
        return title
    events = _events_of(measurement)
    named = [
        f"{name} {format_count(per_request)}" for name, per_request in events.items()
    ]
    return f"{title}: {', '.join(named[:_MOST_EVENTS])}" if named else title


def _events_of(measurement: Measurement) -> Mapping[str, float]:
    readings = measurement.readings
    return grown_events(readings[0], readings[-1]) if readings else {}


def grown_events(first: Reading, last: Reading) -> Mapping[str, float]:
    """Return how many listeners per request came, by class and event, most first."""
    requests = max(1, last.requests - first.requests)
    before = first.listeners_by_event
    grown = {
        name: (count - before.get(name, 0)) / requests
        for name, count in last.listeners_by_event.items()
        if count > before.get(name, 0)
    }
    return dict(sorted(grown.items(), key=lambda one: -one[1]))
