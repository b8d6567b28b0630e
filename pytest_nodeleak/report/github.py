"""What GitHub Actions shows of a session: annotations at lines, and a summary of the step.

Workflow commands: docs.github.com, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pytest_nodeleak.report.culprit import printable
from pytest_nodeleak.report.places import (
    RepositoryPlace,
    culprit_name,
    culprit_place,
    place_of_test,
)
from pytest_nodeleak.report.schema import Record
from pytest_nodeleak.report.standing import Standing, standings

__all__ = ["workflow_commands"]

# Of one step GitHub shows so many of each level, and drops the rest without a word.
_MOST_OF_A_LEVEL = 10
# Long enough to plan the work on a known leak.
_SOON = timedelta(days=14)
_EXPLAIN = "python -m pytest_nodeleak explain"
_TITLES = {
    "leak": "Leak",
    "over_limit": "Over its limit",
    "crashed": "Crashed",
    "inconclusive": "Inconclusive",
    "error": "Nothing checked",
}


# Why a leak fails its test that is on the list.
_NOT_ACCEPTED = {
    "expired": "Suppression {number} expired on {expires}",
    "worse": "More than suppression {number} accepts",
}
_BESIDE_BASELINE = {
    "new": "Not in",
    "worse": "Worse than in",
    "known": "No worse than in",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Annotation:
    """A message at a line.

    Attributes:
        level: ``error``, ``warning`` or ``notice``.
        title: One line.
        lines: The message.
        place: None where no file is known.

    """

    level: str
    title: str
    lines: tuple[str, ...]
    place: RepositoryPlace | None = None

    def __str__(self) -> str:
        """Return the workflow command."""
        fields = {}
        if self.place is not None:
            fields["file"] = self.place.file
            if self.place.line is not None:
                fields["line"] = str(self.place.line)
        fields["title"] = self.title
        told = ",".join(f"{name}={_field(text)}" for name, text in fields.items())
        message = _data("\n".join(printable(line) for line in self.lines))
        return f"::{self.level} {told}::{message}"


def workflow_commands(session: Record, *, today: date = date.min) -> list[str]:
    """Return the workflow commands that annotate what failed, one for each culprit.

    A culprit that several checks have found is told once. What a test lets pass is not
    annotated, unless nothing is known of it because its check was inconclusive.

    Args:
        session: Its record.
        today: The day that decides which known leaks are to be mended soon.

    """
    found = [*_merged(_failures(session)), *_warnings(session, today)]
    told = []
    for level in ("error", "warning"):
        of_level = [one for one in found if one.level == level]
        told += of_level[:_MOST_OF_A_LEVEL]
        left = len(of_level) - _MOST_OF_A_LEVEL
        if left > 0:
            text = f"{left} more {level}s: see the summary of the step"
            told.append(_Annotation(level="notice", title="nodeleak", lines=(text,)))
    return [str(one) for one in told]


def _failures(session: Record) -> Iterator[tuple[str, str, _Annotation]]:
    """Yield what failed a test, with the name of the bug if it has one, and the target."""
    checks = session["checks"]
    for check, standing in zip(checks, standings(checks), strict=True):
        if standing is not Standing.FAILED:
            continue
        findings = [one for one in check["findings"] if not one["suppressed"]]
        # Of an inconclusive check they are suspects, not culprits.
        if not findings or check["outcome"] == "inconclusive":
            yield "", check["target"], _of_check(check, session, level="error")
        for number, finding in enumerate(findings):
            if check["outcome"] != "inconclusive":
                told = _of_finding(finding, check, session, is_first=number == 0)
                yield finding["fingerprint"], check["target"], told


def _merged(found: Iterator[tuple[str, str, _Annotation]]) -> list[_Annotation]:
    """Tell a bug once, with all the targets that show it."""
    told: dict[object, _Annotation] = {}
    targets: dict[object, dict[str, None]] = {}
    for number, (fingerprint, target, annotation) in enumerate(found):
        key = fingerprint or number
        told.setdefault(key, annotation)
        targets.setdefault(key, {})[target] = None
    return [
        _with_targets(annotation, [*targets[key]]) for key, annotation in told.items()
    ]


def _with_targets(annotation: _Annotation, targets: list[str]) -> _Annotation:
    if len(targets) == 1:
        return annotation
    also = f"Shown by {len(targets)} targets: {', '.join(targets)}"
    return replace(annotation, lines=(*annotation.lines, also))


def _warnings(session: Record, today: date) -> Iterator[_Annotation]:
    checks = session["checks"]
    expiring: dict[str, _Annotation] = {}
    for check, standing in zip(checks, standings(checks), strict=True):
        if standing is Standing.SUPERSEDED:
            continue
        if standing is Standing.TOLERATED and check["outcome"] == "inconclusive":
            yield _of_check(check, session, level="warning")
        for finding in check["findings"]:
            if _ends_soon(finding, today):
                key = finding["fingerprint"] or finding["title"]
                expiring.setdefault(key, _of_suppressed(finding, check, session))
    yield from expiring.values()


def _ends_soon(finding: Record, today: date) -> bool:
    """Tell whether a known leak has a last day that is near."""
    known = finding["suppression"]
    if not finding["suppressed"] or known is None:
        return False
    return date.fromisoformat(known["expires"]) <= today + _SOON


def _of_check(check: Record, session: Record, *, level: str) -> _Annotation:
    return _Annotation(
        level=level,
        title=_title(check),
        lines=(_first_line(check),),
        place=place_of_test(check, session),
    )


def _of_finding(
    finding: Record, check: Record, session: Record, *, is_first: bool
) -> _Annotation:
    return _Annotation(
        level="error",
        title=_title(check),
        lines=(
            _first_line(check) if is_first else finding["title"],
            *_about(finding),
        ),
        place=culprit_place(finding, check, session) or place_of_test(check, session),
    )


def _of_suppressed(finding: Record, check: Record, session: Record) -> _Annotation:
    known = finding["suppression"]
    then = (
        f"From the day after {known['expires']} on it fails its tests: mend it, or extend"
        f" suppression {known['number']}."
    )
    return _Annotation(
        level="warning",
        title=f"Known leak, accepted until {known['expires']}",
        lines=(
            f"{finding['title']}: {known['reason']}",
            then,
            *_about(finding),
        ),
        place=culprit_place(finding, check, session) or place_of_test(check, session),
    )


def _title(check: Record) -> str:
    return f"{_TITLES[check['outcome']]}: {check['target']}"


def _first_line(check: Record) -> str:
    """Return the sentence for readers who do not know V8, or else the verdict."""
    if check["diagnosis"] is not None:
        return str(check["diagnosis"]["sentence"])
    return str(check["reason"]).partition("\n")[0]


def _about(finding: Record) -> Iterator[str]:
    if finding["holder"] is not None:
        package = finding["holder"]["package"]
        within = f", in package {package}" if package else ""
        yield f"Held by {culprit_name(finding)}{within}"
    entry = finding["suppression"]
    if entry is not None and entry["status"] in _NOT_ACCEPTED:
        said = _NOT_ACCEPTED[entry["status"]].format(**entry)
        yield f"{said}: {entry['reason']}"
    known = finding.get("baseline")
    if known is not None:
        yield f"{_BESIDE_BASELINE[known['status']]} the baseline {known['name']}"
    if finding["allocated_at"]:
        frames = (
            f"{one['function']} {one['file']}"
            + (f":{one['line']}" if one["line"] else "")
            for one in finding["allocated_at"]
        )
        yield f"By {' <- '.join(frames)}"
    if finding["advice"]:
        yield f"To fix: {finding['advice']} (more: {_EXPLAIN} {finding['kind']})"
    if finding["fingerprint"]:
        yield f"Fingerprint {finding['fingerprint']}"


def _data(text: str) -> str:
    """Escape a message, as the runner's toolkit does."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _field(text: str) -> str:
    """Escape a property of a command."""
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
