"""What a check had proven before it broke, as a part of the text a failing test shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.report.culprit import culprit_rows, printable, to_fix_row
from pytest_nodeleak.report.elide import name_load

__all__ = ["proven_text"]

_MOST_FINDINGS = 3


def proven_text(target: str, leaks: Sequence[Finding]) -> str:
    """Return what to say beside the error; empty if nothing was proven.

    Args:
        target: The route or scenario.
        leaks: Those that were proven.

    """
    return "\n".join(printable(line) for line in _lines(target, leaks))


def _lines(target: str, leaks: Sequence[Finding]) -> Iterator[str]:
    for leak in leaks[:_MOST_FINDINGS]:
        # An empty line, as between any two reports.
        yield ""
        yield f"Heap leak, proven before that: under {name_load(target)}, {leak.title}"
        yield from culprit_rows(leak)
        yield to_fix_row(leak.advice, leak.kind)
    if len(leaks) > _MOST_FINDINGS:
        yield ""
        yield f"{len(leaks) - _MOST_FINDINGS} more were proven: see the record"
