"""A session as the summary of a step in GitHub Actions: Markdown with a table of checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from pytest_nodeleak.advice import entry_noun
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.report.markdown import code, fenced
from pytest_nodeleak.report.places import (
    culprit_name,
    culprit_place,
    place_of_test,
)
from pytest_nodeleak.report.schema import Record
from pytest_nodeleak.report.standing import Standing, standings
from pytest_nodeleak.units import format_bytes, format_count

__all__ = ["LARGEST_SUMMARY_BYTES", "step_summary"]

#: Of all summaries of a step together; with more the upload fails, and nothing is shown.
LARGEST_SUMMARY_BYTES = 1024**2

_MARKS = {
    Standing.FAILED: "❌",
    Standing.CLEAN_BUT_FAILED: "❌",
    Standing.TOLERATED: "⚠️",
    Standing.SUPPRESSED: "🔕",
    Standing.SUPERSEDED: "🔁",
    Standing.PASSED: "✅",
}
_NOTES = {
    Standing.TOLERATED: "its test passed",
    Standing.CLEAN_BUT_FAILED: "its test failed by another assertion",
    Standing.SUPPRESSED: "suppressed",
    Standing.SUPERSEDED: "its test was run again",
}
_ORDER = [*_MARKS]
_HEAD = (
    "| | check | verdict | culprit | per request | requests | time |",
    "|---|---|---|---|---:|---:|---:|",
)
# Rows of the table take at most this part of the room; the rest is for the reports.
_TABLE_SHARE = 0.5
_NOTE_BYTES = 200
_LONGEST_REPORT = 80


def step_summary(session: Record, *, room_bytes: int = LARGEST_SUMMARY_BYTES) -> str:
    """Return the summary, the failed checks first; empty without a check.

    Args:
        session: Its record.
        room_bytes: What it may have in UTF-8; what does not fit in is left out and counted.

    """
    checks = session["checks"]
    if not checks:
        return ""
    pairs = zip(checks, standings(checks), strict=True)
    ranked = sorted(pairs, key=lambda pair: _ORDER.index(pair[1]))
    parts = [_headline([standing for _, standing in ranked], session)]
    table_bytes = int(room_bytes * _TABLE_SHARE)
    rows = [_row(check, standing, session) for check, standing in ranked]
    shown = _fitting(rows, table_bytes)
    parts.append("\n".join([*_HEAD, *shown]))
    if len(shown) < len(rows):
        parts.append(f"{len(rows) - len(shown)} more checks are not shown.")
    told = [one for one in ranked if one[1] is not Standing.PASSED]
    details = [_detail(check, standing, session) for check, standing in told]
    used = len("\n\n".join(parts).encode()) + _NOTE_BYTES
    fitting = _fitting(details, room_bytes - used, separator=2)
    parts += fitting
    if len(fitting) < len(details):
        left = len(details) - len(fitting)
        parts.append(
            f"There was no room for {left} more reports: the job's log has them."
        )
    text = "\n\n".join(parts) + "\n\n"
    return text if len(text.encode()) <= room_bytes else ""


def _fitting(
    texts: Sequence[str], room_bytes: int, *, separator: int = 1
) -> Sequence[str]:
    """Return the first ones that fit in, with what is between them."""
    used = 0
    for number, text in enumerate(texts):
        used += len(text.encode()) + separator
        if used > room_bytes:
            return texts[:number]
    return texts


def _headline(every: Sequence[Standing], session: Record) -> str:
    counted = Counter(every)
    bad = counted[Standing.FAILED] + counted[Standing.CLEAN_BUT_FAILED]
    checks = len(every) - counted[Standing.SUPERSEDED]
    noun = "check" if checks == 1 else "checks"
    said = f"{bad} of {checks} {noun} failed" if bad else f"{checks} {noun} passed"
    node = f"Node.js {code(session['node'])}, " if session["node"] else ""
    return f"## nodeleak: {said}\n\n{node}pytest-nodeleak {code(session['plugin'])}"


def _row(check: Record, standing: Standing, session: Record) -> str:
    note = f" ({_NOTES[standing]})" if standing in _NOTES else ""
    requests = "" if check["requests"] is None else f"{check['requests']:,}"
    cells = (
        _MARKS[standing],
        code(check["target"]),
        f"{_verdict(check, standing)}{note}",
        _culprit(check, session),
        _rate(check),
        requests,
        f"{check['seconds']:.1f} s",
    )
    return f"| {' | '.join(cells)} |"


def _verdict(check: Record, standing: Standing) -> str:
    # What failed the test, or else what was let pass.
    verdict = check["outcome"]
    if standing is Standing.SUPPRESSED:
        verdict = check["verdict"]
    return str(verdict).replace("_", " ")


def _culprit(check: Record, session: Record) -> str:
    if not check["findings"]:
        return ""
    first = check["findings"][0]
    place = culprit_place(first, check, session)
    more = len(check["findings"]) - 1
    words = (
        "perhaps" if check["verdict"] == "inconclusive" else "",
        code(culprit_name(first)),
        code(str(place)) if place else "",
        f"and {more} more" if more else "",
    )
    return " ".join(filter(None, words))


def _rate(check: Record) -> str:
    if not check["findings"]:
        return ""
    first = check["findings"][0]
    told = []
    if first["entries_per_request"]:
        rate = format_count(first["entries_per_request"])
        noun = entry_noun(Kind(first["kind"]), plural=rate != "1.00")
        told.append(f"{rate} {noun}")
    if first["bytes_per_request"]:
        told.append(format_bytes(first["bytes_per_request"]))
    return ", ".join(told)


def _detail(check: Record, standing: Standing, session: Record) -> str:
    mark, verdict = _MARKS[standing], _verdict(check, standing)
    head = f"<summary>{mark} {code(check['target'])} {verdict}</summary>"
    return "\n\n".join(
        [
            f"<details>{head}",
            *_below(check, session),
            fenced(_report(check)),
            "</details>",
        ]
    )


def _below(check: Record, session: Record) -> Iterator[str]:
    test = check.get("test")
    if test:
        place = place_of_test(check, session)
        at = f" at {code(str(place))}" if place else ""
        yield f"Test {code(test['id'])}{at}"


def _report(check: Record) -> str:
    lines = str(check["text"]).splitlines()
    if len(lines) > _LONGEST_REPORT:
        left = len(lines) - _LONGEST_REPORT
        lines = [*lines[:_LONGEST_REPORT], f"... {left} more lines"]
    return "\n".join(lines)
