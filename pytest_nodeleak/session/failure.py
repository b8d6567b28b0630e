"""A failure of ours as pytest represents failures, but for its traceback.

A traceback through the plugin explains nothing. As a representation, and no mere text, it
has the one line that ``--tb=line``, the short summary and JUnit XML show, and comes through
xdist as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from pytest_nodeleak.exceptions import LeakDetected, NodeLeakError
from pytest_nodeleak.printed import visible
from pytest_nodeleak.report.emphasis import Emphasis, emphasized, folded
from pytest_nodeleak.session.session import hidden_in

if TYPE_CHECKING:
    # Returned by pytest's public ExceptionInfo.getrepr(), and not exported.
    from _pytest._code.code import ExceptionChainRepr, ReprExceptionInfo
    from _pytest._io import TerminalWriter

    _Representation = ExceptionChainRepr | ReprExceptionInfo

__all__ = ["is_ours", "mark", "paint", "represent"]

_MARK = "nodeleak_failure"
# An error may quote what the app has answered.
_LONGEST_LINE, _LONGEST_TEXT = 2_000, 200_000
_MARKUP = {
    Emphasis.WRONG: {"red": True, "bold": True},
    Emphasis.VERDICT: {"bold": True},
    Emphasis.CULPRIT: {"yellow": True},
    Emphasis.NONE: {},
}


def is_ours(failure: BaseException) -> bool:
    """Tell a failure that explains itself, and better than a traceback would."""
    return isinstance(failure, LeakDetected | NodeLeakError)


def represent(
    failure: pytest.ExceptionInfo[BaseException], item: pytest.Item
) -> _Representation:
    """Return a failure's text, with its headline as the message of the crash."""
    told = failure.getrepr(style="value", chain=False)
    if told.reprcrash is not None:
        told.reprcrash.path, told.reprcrash.lineno = _place(failure, item)
        told.reprcrash.message = _shown(hidden_in(item, _headline(failure.value)))
    # In this style, pytest leaves out what was noted of an error (PEP 678).
    notes: list[str] = getattr(failure.value, "__notes__", [])
    last = told.reprtraceback.reprentries[-1]
    last.lines = [*last.lines, *(line for note in notes for line in note.split("\n"))]
    for entry in told.reprtraceback.reprentries:
        entry.lines = [_shown(hidden_in(item, line)) for line in entry.lines]
    return told


def _shown(text: str) -> str:
    """Return what an error says, harmless: not all errors are about names of ours."""
    return "\n".join(
        visible(line[:_LONGEST_LINE]) for line in text[:_LONGEST_TEXT].split("\n")
    )


def _headline(error: BaseException) -> str:
    if isinstance(error, LeakDetected):
        return error.headline
    return str(error).partition("\n")[0]


def _place(
    failure: pytest.ExceptionInfo[BaseException], item: pytest.Item
) -> tuple[str, int]:
    """Return the test's line, whatever it has called; of one without a file, its name."""
    for entry in reversed(failure.traceback):
        if str(entry.path) == str(item.path):
            return str(entry.path), entry.lineno + 1
    file, line, _ = item.location
    return file if item.path.is_file() else item.nodeid, (line or 0) + 1


def mark(report: pytest.TestReport) -> None:
    """Mark a report as one of ours, which xdist's controller sees as well."""
    vars(report)[_MARK] = True


def paint(report: pytest.TestReport, *, style: str, width: int | None) -> None:
    """Have a marked report written as it reads best on a terminal.

    Args:
        report: Any.
        style: Of tracebacks (``--tb``); where it is "line", pytest writes one by itself.
        width: Of the terminal; None if it is none.

    """
    plain = report.longrepr
    if hasattr(report, _MARK) and plain is not None and not isinstance(plain, str):
        vars(report)["longrepr"] = _Painted(
            cast("_Representation", plain), is_written=style != "line", width=width
        )


class _Painted:
    """A representation that folds its lines, and marks some where colours are allowed."""

    def __init__(
        self, plain: _Representation, *, is_written: bool, width: int | None
    ) -> None:
        self.reprcrash = plain.reprcrash
        self.reprtraceback = plain.reprtraceback
        self.sections = plain.sections
        # Not its text: all reports are kept to the end of the session.
        self._plain = plain
        self._is_written = is_written
        self._width = width

    def toterminal(self, tw: TerminalWriter) -> None:
        if not self._is_written:
            return
        for line, emphasis in emphasized(str(self)):
            for part in folded(line, self._width):
                tw.line(part, **_MARKUP[emphasis])

    def __str__(self) -> str:
        return str(self._plain)
