"""The checks of a session as a table: from records to lines, with no colour and no pytest.

The worst come first: a session may have several hundred clean checks, and who reads a table
from its top is looking for what is wrong. Checks that ended alike stay in their order.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_nodeleak.report.culprit import printable
from pytest_nodeleak.report.elide import elide
from pytest_nodeleak.report.schema import Record
from pytest_nodeleak.units import format_bytes, format_count

__all__ = ["Line", "result_of", "table"]

# The worst first. "suppressed" is no verdict: nothing but known leaks was found.
_ORDER = (
    "crashed",
    "leak",
    "over_limit",
    "error",
    "inconclusive",
    "suppressed",
    "clean",
)
_VERDICT_WIDTH = 12
_BETWEEN = "  "
_INDENT = " " * (_VERDICT_WIDTH + 1)
# Below this, a route cannot be told from another.
_NARROWEST_TARGET = 24
# What most targets and most culprits need: side by side, or else one below the other.
_TARGET_WIDTH = 36
_CULPRIT_WIDTH = 40
_LIKE_A_WORD = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line in two parts.

    Attributes:
        marked: What stands out.
        rest: What comes after it.
        result: How what it tells of ended, e.g. ``"leak"``; empty for a detail.

    """

    marked: str = ""
    rest: str = ""
    result: str = ""

    def __str__(self) -> str:
        return f"{self.marked}{self.rest}"


def result_of(record: Record) -> str:
    """Return how a check ended: its outcome, or ``"suppressed"``."""
    if record["outcome"] == "clean" and record["verdict"] != "clean":
        return "suppressed"
    return str(record["outcome"])


def table(
    records: Sequence[Record], *, width: int | None = None, verbosity: int = 0
) -> list[Line]:
    """Return a line per check and one for all of them.

    Args:
        records: Of the checks, in the order in which they ended.
        width: What a line is kept below; None where nobody knows how wide the reader's
            window is: then each check stays on one line, whole, which is what ``grep``
            and the viewers of CI logs expect.
        verbosity: Below 0, clean checks are only counted; above, all findings are told.

    """
    shown = sorted(records, key=lambda record: _rank(result_of(record)))
    if verbosity < 0:
        shown = [record for record in shown if result_of(record) != "clean"]
    lines = _rows(shown, width=width, verbosity=verbosity) if shown else []
    return [*lines, *_totals(records, width)]


def _rank(result: str) -> int:
    # What is not known here was added since, and is not to be overlooked.
    return _ORDER.index(result) if result in _ORDER else -1


def _rows(shown: Sequence[Record], *, width: int | None, verbosity: int) -> list[Line]:
    figures = _figures(shown)
    targets = [printable(record["target"]) for record in shown]
    column = max(map(len, targets))
    if width is not None:
        column = min(column, _target_width(width, len(figures[0])))
    lines = []
    for record, target, numbers in zip(shown, targets, figures, strict=True):
        about = _details(record) if verbosity > 0 else [*filter(None, [_about(record)])]
        row = f"{elide(target, column):<{column}}{_BETWEEN}{numbers}"
        whole = _BETWEEN.join([row, *about])
        if verbosity <= 0 and (width is None or len(_INDENT) + len(whole) <= width):
            row, about = whole, []
        lines.append(
            Line(
                marked=f"{_verdict(record):<{_VERDICT_WIDTH}} ",
                rest=row.rstrip(),
                result=result_of(record),
            )
        )
        lines += [Line(rest=line) for text in about for line in _wrapped(text, width)]
    return lines


def _target_width(width: int, figures_width: int) -> int:
    """Return how wide a target may be: with a culprit beside it, or else below it."""
    room = width - len(_INDENT) - len(_BETWEEN) - figures_width
    beside = room - len(_BETWEEN) - _CULPRIT_WIDTH
    return beside if beside >= _TARGET_WIDTH else max(room, _NARROWEST_TARGET)


def _verdict(record: Record) -> str:
    """Return what failed the test, or else what was let pass."""
    outcome = str(record["outcome"])
    return outcome if outcome != "clean" else str(record["verdict"])


def _figures(records: Sequence[Record]) -> list[str]:
    """Return the columns of numbers, all of the same width."""
    columns = [
        [f"{record['seconds']:,.1f} s" for record in records],
        [_attempt(record) for record in records],
        [_requests(record) for record in records],
    ]
    columns = [column for column in columns if any(column)]
    widths = [max(map(len, column)) for column in columns]
    return [
        _BETWEEN.join(
            f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)
        )
        for row in zip(*columns, strict=True)
    ]


def _attempt(record: Record) -> str:
    return f"(attempt {record['attempt']})" if record["attempt"] > 1 else ""


def _requests(record: Record) -> str:
    return "" if record["requests"] is None else f"{record['requests']:,} req"


def _about(record: Record) -> str:
    """Return what is to blame, or what went wrong; of a clean check nothing."""
    if _verdict(record) == "clean":
        return ""
    if _is_named(record):
        return printable(_culprits(record["findings"]))
    return printable(_reason(record))


def _is_named(record: Record) -> bool:
    """Tell whether a culprit is known, who tells more than the reason does."""
    findings = record["findings"]
    if not findings or _verdict(record) != "over_limit":
        return bool(findings)
    # The title of one without either says what the limit's sentence says.
    return bool(findings[0]["holder"] or findings[0]["blocking"])


def _reason(record: Record) -> str:
    """Return why, in a line: not the diagnosis, which is long; the target is known."""
    first, _, rest = str(record["reason"]).partition("\n")
    is_diagnosed = record["verdict"] == "crashed" and record["diagnosis"] is not None
    reason = rest.partition("\n")[0] if is_diagnosed else first
    for said in ("", " is inconclusive", " is over its limit"):
        reason = reason.removeprefix(f"{record['target']}{said}: ")
    return reason


def _culprits(findings: Sequence[Record]) -> str:
    """Name the first culprit, which is a suppressed one only if all are."""
    known = Counter(word for finding in findings for word in _known(finding))
    told = ", ".join(f"{number} {word}" for word, number in known.items())
    first = _culprit(findings[0])
    return f"{first}  ({told})" if known else first


def _known(finding: Record) -> list[str]:
    """Say why a leak is let pass: in a word, if it is."""
    if not finding["suppressed"]:
        return []
    return ["suppressed" if finding["suppression"] else "in the baseline"]


def _culprit(finding: Record) -> str:
    holder = finding["holder"]
    if holder is None:
        return str(finding["title"])
    where = f" {holder['file']}:{holder['line']}" if holder["file"] else ""
    return f"{finding['kind']} {holder['name']}{where}"


def _details(record: Record) -> list[str]:
    """Return each culprit with its rate, and the test, unless that is its target."""
    test = str(record["id"]).removesuffix(f"::{record['target']}")
    where = [] if test.endswith(record["target"]) else [printable(f"in {test}")]
    if not _is_named(record):
        return [*filter(None, [_about(record)]), *where]
    return [*map(_finding, record["findings"]), *where]


def _finding(finding: Record) -> str:
    rates = [_rate(finding)] if finding["entries_per_request"] else []
    mark = [finding["fingerprint"]] if finding["fingerprint"] else []
    return printable(
        _BETWEEN.join([_culprit(finding), *rates, *mark, *_known(finding)])
    )


def _rate(finding: Record) -> str:
    count = format_count(finding["entries_per_request"])
    return f"{count}/req ({format_bytes(finding['bytes_per_request'])}/req)"


def _wrapped(text: str, width: int | None) -> Iterator[str]:
    if width is None:
        yield f"{_INDENT}{text}"
        return
    yield from textwrap.wrap(
        text,
        max(width, len(_INDENT) + _LIKE_A_WORD),
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_on_hyphens=False,
    )


def _totals(records: Sequence[Record], width: int | None) -> Iterator[Line]:
    counts = Counter(map(result_of, records))
    results = sorted(counts, key=_rank)
    told = ", ".join(f"{counts[result]:,} {result}" for result in results)
    checks = "check" if len(records) == 1 else "checks"
    seconds = sum(record["seconds"] for record in records)
    of = f"of {len(records):,} {checks} in {seconds:,.1f} s"
    if width is None or len(f"{told} {of}") <= width:
        yield Line(marked=told, rest=f" {of}", result=results[0])
    else:
        yield Line(marked=told, result=results[0])
        yield Line(rest=of)
