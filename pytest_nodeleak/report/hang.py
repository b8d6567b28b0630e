"""An app that froze, as the text a failing test shows: the diagnosis first."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_nodeleak.artifacts import CPU_PROFILE
from pytest_nodeleak.diagnosis.crash import diagnose_hang
from pytest_nodeleak.endings.hang import Hang
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.report.artifacts import artifact_rows
from pytest_nodeleak.report.culprit import printable, row, stack_rows, to_fix_row

__all__ = ["hang_lines", "hung_check"]

_IDLE_SHARE = 0.1
_MOST_CHILDREN = 3
_MOST_OUTPUT = 10


def hang_lines(hang: Hang) -> list[str]:
    """Return the report of an app that froze."""
    headline = f"blocked loop: {hang.target} froze the app: {hang.finding.title}"
    rows = (str(diagnose_hang(hang)), headline, *_details(hang))
    return [printable(line) for line in rows]


def hung_check(check_id: str, hang: Hang, elapsed_s: float) -> BrokenCheck:
    """Return the check that ended with an app that froze."""
    return BrokenCheck(
        id=check_id,
        target=hang.target,
        reason="\n".join(hang_lines(hang)),
        elapsed_s=elapsed_s,
        hang=hang,
    )


def _details(hang: Hang) -> Iterator[str]:
    plural = "" if hang.requests == 1 else "s"
    yield row(
        "froze",
        f"{hang.stage}, after {hang.requests:,} request{plural}; its loop did not come"
        f" round within {hang.waited_s:.0f} s, and nothing has crashed",
    )
    yield from stack_rows("at", hang.finding)
    if hang.cpu_share is not None:
        yield row("process", _busy(hang.cpu_share))
    if hang.children and not hang.finding.allocated_at:
        shown = ", ".join(hang.children[:_MOST_CHILDREN])
        yield row("children", f"{shown}: it may be waiting for one of them to end")
    if hang.profile is not None:
        yield from artifact_rows({CPU_PROFILE: hang.profile})
    yield to_fix_row(hang.finding.advice, hang.finding.kind)
    if hang.output_tail:
        yield "Last output of the app:"
        yield from (f"  {line}" for line in hang.output_tail[-_MOST_OUTPUT:])


def _busy(cpu_share: float) -> str:
    if cpu_share < _IDLE_SHARE:
        return "uses no processor: it waits for something outside"
    return f"uses {cpu_share:.0%} of a processor: it computes"
