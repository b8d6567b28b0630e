"""Diagnoses of a check that came to its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pytest_nodeleak.advice.categories import Category
from pytest_nodeleak.diagnosis.causes import because, short
from pytest_nodeleak.diagnosis.delays import diagnose_delay
from pytest_nodeleak.diagnosis.diagnosis import Diagnosis, diagnosed, unproven
from pytest_nodeleak.diagnosis.growth import diagnose_growth
from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.evidence.measurement import Measurement, WatchedFinding
from pytest_nodeleak.evidence.occupancy import Timed
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.judging.breaches import Breach
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.verdict import Clean, Inconclusive, Leak, OverLimit
from pytest_nodeleak.units import format_bytes, format_count

__all__ = ["diagnose"]

_CATEGORIES = {
    Kind.EXTERNAL: Category.EXTERNAL,
    Kind.NATIVE: Category.NATIVE,
    Kind.HANDLE: Category.HANDLE,
    Kind.LOOP_BLOCKED: Category.LOOP_BLOCKED,
    Kind.GC_PAUSE: Category.GC_PAUSE,
}
# From so many entries per request on, it is every request that leaves something.
_EVERY = 0.9
_MOST = 0.67
# As many objects per request as the usual limit allows.
_FEWEST_OBJECTS = 0.5


def diagnose(check: Check) -> Diagnosis | None:
    """Return the diagnosis of a check; None where nothing is wrong, or nothing is known."""
    told = tuple(_told(check))
    if not told:
        return None
    first = told[0]
    others = dict.fromkeys(one.category for one in told[1:])
    others.pop(first.category, None)
    return replace(first, also=tuple(others))


def _told(check: Check) -> Iterator[Diagnosis]:
    """Yield all that can be said, the gravest first."""
    measured = check.measurement
    match check.shown:
        case Leak(findings=findings, breaches=breaches):
            yield from (_leak(one.finding, measured) for one in findings)
            yield from _of_breaches(breaches, measured)
        case OverLimit(breaches=breaches):
            yield from _of_breaches(breaches, measured)
        case Inconclusive(findings=findings):
            yield from (_perhaps(one.finding) for one in findings)
            if not findings:
                yield from _unseen(measured)
        case Clean():
            pass
    yield from (
        _with_time(one) for one in measured.watched if isinstance(one.curve, Timed)
    )


def _leak(finding: Finding, measured: Measurement) -> Diagnosis:
    category = _CATEGORIES.get(finding.kind, Category.HEAP_LEAK)
    grows = _requests(finding, measured)
    match category:
        case Category.EXTERNAL:
            what = (
                f"memory outside the V8 heap climbs {grows} and no heap limit bounds it"
            )
        case Category.HANDLE:
            what = f"more stays open {grows}, until the system has no more to give"
        case _:
            what = f"memory climbs {grows} and garbage collection cannot get it back"
    return diagnosed(category, f"{what}, because {because(finding)}", page=finding.kind)


def _perhaps(finding: Finding) -> Diagnosis:
    category = _CATEGORIES.get(finding.kind, Category.HEAP_LEAK)
    return unproven(
        category,
        f"{because(finding)}, and whether that ever ends was not seen",
        page=finding.kind,
    )


def _unseen(measured: Measurement) -> Iterator[Diagnosis]:
    """Tell a heap that grows by bytes and objects while nobody could look into it.

    Bytes alone prove nothing: V8 warms up for thousands of requests.
    """
    heap, objects = measured.rises.get("heap_used"), measured.rises.get("objects")
    if not measured.why_not_compared or heap is None or objects is None:
        return
    if heap.growth.low <= 0 or objects.growth.low <= _FEWEST_OBJECTS:
        return
    yield unproven(
        Category.HEAP_LEAK,
        f"the heap grew by {format_bytes(heap.growth.value)} and"
        f" {format_count(objects.growth.value)} objects with each request of"
        f" {measured.target}, and who keeps them could not be looked at",
    )


def _with_time(one: WatchedFinding) -> Diagnosis:
    holder = one.finding.holder
    name = short(holder.name) if holder else "something"
    per_s = one.curve.per_s if isinstance(one.curve, Timed) else None
    rate = "" if per_s is None else f" by {per_s:,.1f} entries a second"
    return diagnosed(
        Category.WITH_TIME,
        f"{name} grows{rate} while nobody asks for anything as well, so a background job"
        " fills it and not this route",
    )


def _requests(finding: Finding, measured: Measurement) -> str:
    """Say with how many requests of what it comes."""
    target = finding.routes[0].target if finding.routes else measured.target
    rate = finding.entries_per_request
    if rate >= _EVERY:
        return f"with every request of {target}"
    if rate >= _MOST:
        return f"with most requests of {target}"
    if rate <= 0:
        return f"with the requests of {target}"
    return f"with about one in {round(1 / rate):,} requests of {target}"


def _of_breaches(
    breaches: tuple[Breach, ...], measured: Measurement
) -> Iterator[Diagnosis]:
    for breach in breaches:
        found = diagnose_delay(breach, measured) or diagnose_growth(breach, measured)
        if found is not None:
            yield found
