"""A check as the text a failing test shows. No colours, no pytest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_nodeleak.advice import entry_noun
from pytest_nodeleak.diagnosis.check import diagnose
from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.evidence.measurement import (
    SMALLEST_OBJECT_BYTES,
    Measurement,
    WatchedFinding,
)
from pytest_nodeleak.evidence.occupancy import Drained, Linear, Timed
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.threads import name_threads
from pytest_nodeleak.judging.breaches import USUAL_LIMIT, Breach
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.ratchet import Known
from pytest_nodeleak.judging.rulings import Accepted
from pytest_nodeleak.judging.verdict import Clean, Inconclusive, Leak, OverLimit
from pytest_nodeleak.report.artifacts import artifact_rows
from pytest_nodeleak.report.baseline import baseline_texts
from pytest_nodeleak.report.collector import collector_rows
from pytest_nodeleak.report.compared import needs_baseline
from pytest_nodeleak.report.culprit import (
    KEYS_LABEL,
    culprit_rows,
    frame_rows,
    printable,
    row,
    stack_rows,
    to_fix_row,
)
from pytest_nodeleak.report.descriptors import opener_rows
from pytest_nodeleak.report.elide import name_load
from pytest_nodeleak.report.levels import levels, native_row
from pytest_nodeleak.report.outlook import outlook_rows
from pytest_nodeleak.report.processes import process_rows
from pytest_nodeleak.report.suppressed import brief_row, ruling_row
from pytest_nodeleak.units import (
    format_bytes,
    format_count,
    format_number,
)

__all__ = ["headline", "lines", "whole_report"]

_MOST_FINDINGS = 3


def lines(check: Check, *, shows_all: bool = False) -> list[str]:
    """Return the report of a check: the diagnosis, the verdict, and what they rest on.

    Args:
        check: A finished one.
        shows_all: Whether more than three findings are shown, not counted.

    """
    most = len(check.findings) if shows_all else _MOST_FINDINGS
    diagnosis = diagnose(check)
    told = [] if diagnosis is None else [str(diagnosis)]
    rows = (*told, headline(check), *_details(check, most))
    return [printable(line) for line in rows]


def whole_report(check: Check) -> str:
    """Return the report for files: with all findings, but never with keys of the app.

    ``-vv`` asks to see them in a terminal, and not to hand them on.
    """
    keys = row(KEYS_LABEL, "")
    told = (one for one in lines(check, shows_all=True) if not one.startswith(keys))
    return "\n".join(told)


def headline(check: Check) -> str:
    """Return the verdict as one sentence: on what is not suppressed, if anything is."""
    return _sentence(check) + _why_passed(check)


def _why_passed(check: Check) -> str:
    """Say what lets a test pass although its check is not clean; empty if nothing does."""
    if needs_baseline(check) and check.reference is not None:
        listed = " or suppressed" if check.used_suppressions else ""
        return f": no worse than in baseline {check.reference.name}{listed}"
    return ": suppressed" if check.is_suppressed else ""


def _sentence(check: Check) -> str:
    target = name_load(check.measurement.target)
    match check.shown:
        case Leak(findings=findings):
            return f"{target} leaks {_rate(findings[0])}{_staying(findings[0])}"
        case OverLimit(breaches=breaches):
            is_usual = breaches[0].allowed_by == USUAL_LIMIT
            worse = "over its limit" if is_usual else "worse than its baseline"
            return f"{target} is {worse}: {_breach(breaches[0])}"
        case Inconclusive(reason=reason):
            return f"{target} is inconclusive: {reason}"
        case Clean(detectable_objects=objects):
            return (
                f"{target} is clean: would have seen >="
                f" {format_count(objects)} objects per request, of"
                f" {SMALLEST_OBJECT_BYTES} B or more each"
            )


def _rate(one: WatchedFinding) -> str:
    finding = one.finding
    rate = format_count(finding.entries_per_request)
    noun = entry_noun(finding.kind, plural=rate != "1.00")
    size = format_bytes(finding.bytes_per_request)
    where = f" in {name_threads(finding.threads)}" if finding.threads else ""
    return f"{rate} {noun}/request ({size}/request){where}"


def _staying(one: WatchedFinding) -> str:
    if isinstance(one.curve, Linear):
        return f", still linear after {one.curve.requests:,} requests"
    return ""


def _breach(breach: Breach) -> str:
    value, limit = format_number(breach.value), format_number(breach.limit)
    return f"{breach.text} {value} {breach.unit} ({breach.allowed_by} {limit})"


def _details(check: Check, most: int) -> Iterator[str]:
    match check.shown:
        case Leak(findings=findings, breaches=breaches):
            yield from _watched(check, findings[:most])
            yield from _more(len(findings) - most)
            yield from _breaches(breaches)
        case OverLimit(breaches=breaches, findings=culprits):
            yield from _breaches(breaches[1:])
            yield from _blamed(culprits)
            if check.measurement.why_not_compared:
                # Then nobody is named who holds what grows.
                yield from frame_rows("put there", check.measurement.allocated_at)
                yield row("no heap", check.measurement.why_not_compared)
        case Inconclusive(findings=findings):
            yield from _watched(check, findings[:most])
            yield from _more(len(findings) - most)
            yield from frame_rows("put there", check.measurement.allocated_at)
        case Clean(settled=settled, uncounted_bytes=uncounted_bytes):
            yield from (row("bounded", _settled(one)) for one in settled)
            yield from _uncounted(uncounted_bytes)
    yield from opener_rows(check.measurement.descriptors)
    if not check.is_suppressed:
        yield from _accepted(check)
    yield from (row("baseline", text) for text in baseline_texts(check))
    yield from _with_time(check.measurement)
    yield from collector_rows(check.measurement, _breaches_of(check))
    yield row("heap", levels(check.measurement))
    yield from native_row(check.measurement)
    yield from process_rows(check.measurement)
    yield from outlook_rows(check)
    for finding in check.findings[:1]:
        yield to_fix_row(finding.advice, finding.kind)
    yield from (row("note", note) for note in check.measurement.notes)
    yield from artifact_rows(check.artifacts)
    yield row("took", _time_spent(check.measurement))


def _breaches_of(check: Check) -> tuple[Breach, ...]:
    match check.shown:
        case Leak(breaches=breaches) | OverLimit(breaches=breaches):
            return breaches
        case _:
            return ()


def _uncounted(bytes_per_request: float) -> Iterator[str]:
    if bytes_per_request:
        yield row(
            "not counted",
            f"the heap rose by {format_bytes(bytes_per_request)}/request with no objects,"
            " external memory or handles behind it, as V8's own memory does at first",
        )


def _with_time(measurement: Measurement) -> Iterator[str]:
    for one in measurement.watched:
        if isinstance(one.curve, Timed):
            rate = (
                "" if one.curve.per_s is None else f" {one.curve.per_s:,.1f} entries/s"
            )
            yield row(
                "with time",
                f"{_holder_text(one)} gains{rate} without any load as well: the work of a"
                " background job, not of these requests",
            )


def _time_spent(measurement: Measurement) -> str:
    stages = ", ".join(f"{name} {s:.1f}" for name, s in measurement.stage_s.items())
    return f"{measurement.elapsed_s:.1f} s ({stages}) for {measurement.requests:,} requests"


def _breaches(breaches: tuple[Breach, ...]) -> Iterator[str]:
    for breach in breaches:
        yield row("over limit", _breach(breach))


def _blamed(culprits: tuple[Finding, ...]) -> Iterator[str]:
    for finding in culprits:
        if finding.kind is Kind.LOOP_BLOCKED:
            yield row("blocked", finding.title)
            yield from stack_rows("by", finding)
        # The others say what the limit's own line has said, but for the events.
        elif finding.kind is Kind.LISTENER:
            yield row("listeners", finding.title)


def _watched(check: Check, findings: Sequence[WatchedFinding]) -> Iterator[str]:
    for number, one in enumerate(findings):
        if number:
            yield row("also", f"{_rate(one)}{_staying(one)}")
        yield from culprit_rows(one.finding)
        listed = ruling_row(check.ruling_of(one), file=check.suppressions.file)
        if listed is not None:
            yield row(*listed)


def _more(findings: int) -> Iterator[str]:
    if findings > 0:
        noun = "findings" if findings > 1 else "finding"
        yield row("also", f"{findings} more {noun}: -v and --nodeleak-json show all")


def _accepted(check: Check) -> Iterator[str]:
    for one in check.accepted:
        ruling = check.ruling_of(one)
        if isinstance(ruling, Accepted | Known):
            yield row(*brief_row(one.finding, ruling))


def _holder_text(one: WatchedFinding) -> str:
    holder = one.finding.holder
    return f"{holder.name}: {holder.class_name}" if holder else one.finding.title


def _settled(one: WatchedFinding) -> str:
    holder, name = one.finding.holder, _holder_text(one)
    bound = f" ({one.bound})" if one.bound else ""
    if isinstance(one.curve, Drained):
        fall = f"{one.curve.peak:,} -> {one.curve.size:,} entries"
        return f"{name}{bound} let go of entries by itself: {fall}"
    size = f" at {holder.size:,} entries" if holder and holder.size is not None else ""
    return f"{name}{bound} stopped growing{size}"
