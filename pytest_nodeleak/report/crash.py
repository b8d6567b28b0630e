"""A crash as the text a failing test shows: the diagnosis first."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_nodeleak.diagnosis.crash import diagnose_crash
from pytest_nodeleak.diagnosis.diagnosis import Diagnosis
from pytest_nodeleak.endings.crash import Crash
from pytest_nodeleak.endings.deaths import (
    HeapLimit,
    Killed,
    OomKill,
    UnhandledRejection,
)
from pytest_nodeleak.exceptions import KNOWN_ELSEWHERE, describe_exit
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.nodejs.v8_output import without_native_stacks
from pytest_nodeleak.report.culprit import culprit_rows, printable, row, to_fix_row
from pytest_nodeleak.report.descriptors import opener_rows, type_rows
from pytest_nodeleak.report.fit import trap_text
from pytest_nodeleak.report.levels import heap_curve
from pytest_nodeleak.units import format_bytes, format_mib

__all__ = ["crash_lines", "crashed_check"]

_MOST_IN_FLIGHT = 3
# V8 gives up after some collections that freed little and left the app little time.
_INEFFECTIVE = "Ineffective mark-compacts"
_MOST_OUTPUT = 20


def crash_lines(crash: Crash) -> list[str]:
    """Return the report of a crash, the diagnosis first."""
    diagnosis = diagnose_crash(crash)
    told = [] if diagnosis is None else [str(diagnosis)]
    rows = (*told, crash.headline, *_details(crash, diagnosis), *_output(crash))
    return [printable(line) for line in rows]


def crashed_check(check_id: str, crash: Crash, elapsed_s: float) -> BrokenCheck:
    """Return the check that ended with a crash."""
    return BrokenCheck(
        id=check_id,
        target=crash.target,
        reason="\n".join(crash_lines(crash)),
        elapsed_s=elapsed_s,
        crash=crash,
    )


def _details(crash: Crash, diagnosis: Diagnosis | None) -> Iterator[str]:
    exited = crash.exited
    how = exited.seen or (
        "its exit code went to its parent"
        if exited.returncode is None
        else describe_exit(exited.returncode)
    )
    said = f": {crash.death.message}" if isinstance(crash.death, HeapLimit) else ""
    yield row("died", f"{exited.stage}, {how}{said}")
    yield from _hidden(crash)
    if crash.in_flight:
        text = _in_flight(crash.in_flight)
        if isinstance(crash.death, UnhandledRejection):
            text += "; or one that was answered just before"
        yield row("in flight", text)
    if crash.frames:
        yield row("stack", " <- ".join(str(frame) for frame in crash.frames))
    yield from _filled(crash)
    # Of an app elsewhere nobody here knows the cause: its memory may have been it.
    if isinstance(crash.death, HeapLimit | OomKill | Killed) or exited.seen:
        yield from _memory(crash)
    yield from _thrashing(crash)
    yield from _container(crash)
    yield from _descriptors(crash)
    if crash.advice:
        page = diagnosis.page if diagnosis else crash.kind
        yield to_fix_row(crash.advice, page)
    yield from (row("note", note) for note in crash.notes)


def _hidden(crash: Crash) -> Iterator[str]:
    exited = crash.exited
    if not exited.hidden_by:
        return
    if exited.restarted_as is None:
        then = "lives on and started nothing in its place"
        yield row("parent", f"{exited.hidden_by}: {then}")
        return
    yield row(
        "restarted",
        f"as process {exited.restarted_as} by its parent, which hides the crash:"
        f" {exited.hidden_by}",
    )


def _in_flight(requests: tuple[str, ...]) -> str:
    shown = ", ".join(requests[:_MOST_IN_FLIGHT])
    more = len(requests) - _MOST_IN_FLIGHT
    if len(requests) == 1:
        return shown
    return f"one of {shown}{f' and {more} more' if more > 0 else ''}"


def _filled(crash: Crash) -> Iterator[str]:
    if crash.filling is None:
        return
    culprits = crash.filling.findings
    if isinstance(crash.death, OomKill) and not culprits:
        yield from _largest_box(crash)
        return
    holders = [one.holder.name for one in culprits[:1] if one.holder is not None]
    yield row("filled by", ", which ".join([*holders, crash.filling.found]))
    for number, culprit in enumerate(culprits):
        if number:
            yield row("also", culprit.title)
        else:
            yield from culprit_rows(culprit, holding="")


def _largest_box(crash: Crash) -> Iterator[str]:
    """Say which box of memory was the largest: no heap tells of the others."""
    last = crash.last_memory
    if last is None:
        return
    if last.external_bytes > last.heap_used_bytes:
        yield row("filled by", "Buffers and ArrayBuffers rather than the heap, so far")
    else:
        yield row("filled by", "the heap rather than Buffers, so far")


def _memory(crash: Crash) -> Iterator[str]:
    yield from _heap(crash)
    last = crash.last_memory
    if last is not None and not isinstance(crash.death, HeapLimit):
        # It may be more than the limit was: code that others use too is not counted.
        code = " with Node's program code" if crash.exited.memory_kill else ""
        yield row(
            "memory",
            f"rss {format_bytes(last.rss_bytes)}{code}, of it heap"
            f" {format_bytes(last.heap_used_bytes)} and external"
            f" {format_bytes(last.external_bytes)}, after {last.requests:,} requests",
        )


def _thrashing(crash: Crash) -> Iterator[str]:
    """Say that it did little but collecting before it died."""
    death = crash.death
    if not isinstance(death, HeapLimit) or _INEFFECTIVE not in death.message:
        return
    spent = "most of its time"
    if death.mutator_share is not None:
        spent = f"{1 - death.mutator_share:.0%} of its time"
    yield row(
        "thrashing",
        f"at the end V8 spent {spent} on garbage collection and got next to nothing back:"
        " the app was slow before it died",
    )


def _container(crash: Crash) -> Iterator[str]:
    """Say which limit it was, and whether V8's own could have come first."""
    kill, start_up = crash.exited.memory_kill, crash.start_up
    if kill is None:
        return
    limit = format_mib(kill.limit_bytes)
    by = "in a memory cgroup"
    if kill.stood_in:
        by = f"by a watchdog, as no memory cgroup may be made here ({kill.stood_in})"
    yield row("limit", f"{limit} for all its processes together, {by}")
    if start_up is None:
        return
    of_v8 = format_mib(start_up.heap_limit_bytes)
    if crash.fit is not None and crash.fit.exceeds_by_heaps:
        yield row("trap", trap_text(crash.fit))
    elif start_up.heap_limit_bytes > kill.limit_bytes:
        yield row("V8", f"may use {of_v8}, for it does not know of that limit")
    else:
        yield row(
            "V8",
            f"its own limit of {of_v8} was not reached: what filled {limit} lies outside"
            " the heap (Buffers, native memory) or in another process",
        )


def _heap(crash: Crash) -> Iterator[str]:
    used = [reading.heap_used_bytes for reading in crash.readings]
    left = crash.death.used_bytes if isinstance(crash.death, HeapLimit) else None
    if left is not None:
        used.append(left)
    if not used:
        return
    text = heap_curve(used)
    heap = crash.rises.get("heap_used")
    if heap is not None and heap.growth.low > 0:
        text += f", {format_bytes(heap.growth.value)}/request by the readings"
    if left is not None:
        text += "; the last is what V8's last collection left"
    yield row("heap", text)


def _descriptors(crash: Crash) -> Iterator[str]:
    counts = [one.fds for one in crash.readings if one.fds is not None]
    limit = crash.start_up.fd_limit if crash.start_up else None
    if crash.kind != "fd_exhaustion":
        return
    if counts:
        yield row("descriptors", f"{counts[0]:,} -> {counts[-1]:,} by the readings")
    if limit is not None:
        yield row("limit", f"{limit:,} descriptors (ulimit -n)")
    yield from type_rows(crash.descriptors)
    yield from opener_rows(crash.descriptors)


def _output(crash: Crash) -> Iterator[str]:
    if crash.exited.seen:
        yield row("note", KNOWN_ELSEWHERE)
        return
    text = "\n".join(without_native_stacks(crash.exited.output_tail)).strip("\n")
    lines = text.split("\n")[-_MOST_OUTPUT:]
    if not text.strip():
        yield "The app printed nothing."
        return
    yield "Last output of the app:"
    yield from (f"  {line}" for line in lines)
