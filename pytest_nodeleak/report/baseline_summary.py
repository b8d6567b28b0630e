"""What the end of a session says of a baseline: what has changed, and what was saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_nodeleak.baselines.baseline import Baseline, Change, Status
from pytest_nodeleak.baselines.update import Ran, Update, missing_from
from pytest_nodeleak.evidence.estimate import Estimate
from pytest_nodeleak.report.baseline import change_text
from pytest_nodeleak.report.schema import Record

__all__ = ["compared_lines", "saved_line", "short_id"]

_WIDTH = 12
_FEW = 1
_FINISHED = {"clean", "leak", "over_limit"}


def compared_lines(
    baseline: Baseline, ran: Ran, *, file: str, is_saved: bool
) -> list[str]:
    """Return what became of a baseline: a summary, and a line for each change.

    Args:
        baseline: What was compared with.
        ran: The session.
        file: Its file as it is shown.
        is_saved: Whether what is better was saved to it.

    """
    told = [*_of_checks(ran.records)]
    told += [
        ("missing", f"{short_id(check_id)} (Node {major})")
        for check_id, major in missing_from(baseline, ran)
    ]
    lines = [f"compared with {file}: {_counts(ran.records, told)}"]
    lines += _unknown_majors(baseline, ran)
    lines += [f"{label:<{_WIDTH}} {text}" for label, text in told]
    if not is_saved and any(label == "better" for label, _ in told):
        lines.append(
            f"to hold on to what is better: --nodeleak-save {baseline.name}, and commit"
            " the file"
        )
    return lines


def saved_line(update: Update, ran: Ran, *, file: str, is_new_text: bool) -> str:
    """Return what was saved, and what was not.

    Args:
        update: What was to be written.
        ran: The session.
        file: Where to, as it is shown.
        is_new_text: Whether anything in the file has changed.

    """
    majors = " and ".join(str(major) for major in ran.majors)
    saved = f"{_number(update.saved, 'check')} on Node {majors}"
    parts = [saved] if update.saved else ["nothing"]
    if update.unseen:
        parts.append(
            f"{update.unseen} without leaks, as no heap snapshots could be compared"
        )
    if update.removed:
        parts.append(f"{_number(len(update.removed), 'check')} removed")
    if update.left_out:
        left = (f"{number} {why}" for why, number in sorted(update.left_out.items()))
        parts.append(f"not saved: {', '.join(left)}")
    same = "" if is_new_text else " (as it was)"
    return f"saved to {file}: {'; '.join(parts)}{same}"


def short_id(check_id: str) -> str:
    """Return a check's name: of a route without a test file, the route."""
    home, _, rest = check_id.partition("::")
    half = len(rest) // 2 - 1
    if home == "nodeleak" and rest[:half] == rest[half + 2 :]:
        return rest[:half]
    return check_id


def _counts(records: Sequence[Record], told: Sequence[tuple[str, str]]) -> str:
    new = sum(label == "new check" for label, _ in told)
    missing = sum(label == "missing" for label, _ in told)
    worse, better = (
        sum(_label(record) == label for record in records)
        for label in ("worse", "better")
    )
    broken = sum(record["baseline"] is None for record in records)
    unproven = sum(record["verdict"] == "inconclusive" for record in records)
    same = sum(_label(record) == "same" for record in records)
    named = (
        (worse, "worse"),
        (better, "better"),
        (same, "as before"),
        (new, "new"),
        (missing, "missing"),
        (unproven, "inconclusive"),
        (broken, "broken"),
    )
    counted = [f"{number} {what}" for number, what in named if number]
    return ", ".join(counted) or "no checks"


def _label(record: Record) -> str:
    """Return what became of a check as a whole; empty if that is not known."""
    compared = record["baseline"]
    if compared is None or not compared["knows_check"]:
        return ""
    changes = [_change(one) for one in compared["changes"]]
    if any(change.is_worse for change in changes):
        return "worse"
    if record["verdict"] not in _FINISHED:
        return ""
    return "better" if changes else "same"


def _of_checks(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    labels: dict[str, list[str]] = {"worse": [], "better": [], "new check": []}
    for record in records:
        compared = record["baseline"]
        if compared is None:
            continue
        name = short_id(record["id"])
        if not compared["knows_check"]:
            labels["new check"].append(f"{name}: {record['outcome']}")
        for change in map(_change, compared["changes"]):
            label = "worse" if change.is_worse else "better"
            labels[label].append(f"{name}: {change_text(change)}")
    for label, texts in labels.items():
        yield from ((label, text) for text in texts)


def _change(record: Record) -> Change:
    return Change(
        status=Status(record["status"]),
        key=record["key"],
        what=record["what"],
        metric=record["metric"],
        before=_estimate(record["before"]),
        after=_estimate(record["after"]),
    )


def _estimate(record: Record | None) -> Estimate | None:
    if record is None:
        return None
    # An end that is open is of no use to a text.
    value = record["value"]
    return Estimate(value=value, low=value, high=value)


def _unknown_majors(baseline: Baseline, ran: Ran) -> Iterator[str]:
    known = baseline.majors
    unknown = [major for major in ran.majors if major not in known]
    if unknown:
        has = " and ".join(str(major) for major in known)
        yield (
            f"it has no rates on Node {' and '.join(map(str, unknown))}"
            f"{f', only on Node {has}' if has else ''}: all checks there are new to it"
        )


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == _FEW else f"{number} {noun}s"
