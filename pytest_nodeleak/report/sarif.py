"""A session as SARIF 2.1.0, which code hosts show as alerts at lines.

The standard: docs.oasis-open.org/sarif/sarif/v2.1.0; numbers of sections are its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pytest_nodeleak.advice import PAGES, advice_for, page_for
from pytest_nodeleak.advice.categories import Category
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.report.culprit import printable
from pytest_nodeleak.report.places import (
    RepositoryPlace,
    culprit_name,
    culprit_place,
    place_of_app,
    place_of_test,
)
from pytest_nodeleak.report.schema import Record
from pytest_nodeleak.report.standing import Standing, standings

__all__ = ["sarif_text"]

Json = dict[str, Any]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
    "sarif-schema-2.1.0.json"
)
_VERSION = "2.1.0"
_ROOT = "REPOSITORY"
# Rules of checks that are to blame on no kind of finding and no category.
_OTHER_RULES = {
    "over_limit": "A limit that was set is exceeded.",
    "inconclusive": "Nothing is proven: the check has found neither a leak nor that there"
    " is none.",
    "crashed": "The app ended under load.",
}
# Kinds that are no category have no label.
_TITLES: Mapping[str, str] = {
    Kind.COLLECTION: "Collection that only grows",
    Kind.LISTENER: "Listeners that are never removed",
    Kind.TIMER: "Timers that are never cleared",
    Kind.CLOSURE: "Stored functions that pile up",
    Kind.PROMISE: "Promises that stay pending",
    Kind.MODULE: "Modules that are loaded anew",
    Kind.CONTEXT: "Contexts that pile up",
    Kind.UNKNOWN: "Objects that pile up",
}
# Of what a test let pass nobody has to be alarmed.
_LEVELS = {Standing.FAILED: "error", Standing.TOLERATED: "note"}
_EXPLAIN = "python -m pytest_nodeleak explain"


def sarif_text(session: Record) -> str:
    """Return the text of a SARIF file: a result for each culprit of each check.

    What was measured and then measured again by a rerun of its test is left out. Of checks
    that could not be made the run's notifications tell.
    """
    checks = session["checks"]
    pairs = [*zip(checks, standings(checks), strict=True)]
    results = [
        result
        for check, standing in pairs
        if standing is not Standing.SUPERSEDED
        for result in _results(check, standing, session)
    ]
    rules = sorted({result["ruleId"] for result in results})
    for result in results:
        result["ruleIndex"] = rules.index(result["ruleId"])
    run: Json = {
        "tool": {
            "driver": {
                "name": "pytest-nodeleak",
                "version": session["plugin"],
                "rules": [_rule(name) for name in rules],
            }
        },
        # Other tools see that the same code was checked in another way.
        "automationDetails": {"id": "nodeleak/"},
        "invocations": [_invocation(pairs, session)],
        "columnKind": "utf16CodeUnits",
        "results": results,
    }
    if session["repository"]:
        root = Path(session["repository"]).as_uri() + "/"
        run["originalUriBaseIds"] = {_ROOT: {"uri": root}}
    log = {"$schema": _SCHEMA, "version": _VERSION, "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _results(check: Record, standing: Standing, session: Record) -> Iterator[Json]:
    if check["verdict"] not in {"clean", "error"}:
        yield from _judged(check, standing, session)
    # They are leaks, whatever the check broke of.
    for finding in check["proven"]:
        said = f"{finding['title']}."
        yield _of_finding(finding, check, standing, session, said=said)


def _judged(check: Record, standing: Standing, session: Record) -> Iterator[Json]:
    findings = check["findings"]
    # Of an inconclusive check they are suspects, not culprits.
    if not findings or check["verdict"] == "inconclusive":
        yield _result(
            check,
            standing,
            rule=_rule_of_check(check),
            message=_first_line(check),
            places=[place_of_test(check, session)],
            app=place_of_app(check, session),
        )
        return
    for number, finding in enumerate(findings):
        said = _first_line(check) if number == 0 else f"{finding['title']}."
        yield _of_finding(finding, check, standing, session, said=said)


def _of_finding(
    finding: Record, check: Record, standing: Standing, session: Record, *, said: str
) -> Json:
    result = _result(
        check,
        standing,
        rule=finding["kind"],
        message=" ".join([said, *_about(finding)]),
        places=[
            culprit_place(finding, check, session),
            place_of_test(check, session),
        ],
        app=place_of_app(check, session),
        suppressed=finding["suppressed"],
    )
    if finding.get("baseline") is not None:
        result["properties"]["baseline"] = finding["baseline"]
    suppressions = _suppressions(finding, check)
    return {**result, **_identity(finding), "suppressions": suppressions}


def _result(  # noqa: PLR0913  # what a result consists of
    check: Record,
    standing: Standing,
    *,
    rule: str,
    message: str,
    places: Sequence[RepositoryPlace | None],
    app: RepositoryPlace,
    suppressed: bool = False,
) -> Json:
    level = "error" if suppressed else _LEVELS.get(standing, "note")
    if check["verdict"] == "inconclusive" and level == "error":
        level = "warning"
    # Code hosts refuse a result without any place.
    found = [place for place in places if place is not None] or [app]
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": printable(message)},
        # The first one is where to mend; where that is not known, where to begin (3.27.12).
        "locations": [_location(place) for place in found[:1]],
        "relatedLocations": [
            {**_location(place), "message": {"text": "the test that found it"}}
            for place in found[1:]
        ],
        # An empty list says that it is not suppressed, none at all says nothing (3.27.23).
        "suppressions": [],
        "properties": {
            "target": printable(check["target"]),
            "verdict": check["verdict"],
            "outcome": check["outcome"],
            "test": printable((check.get("test") or {}).get("id") or check["id"]),
        },
    }


def _identity(finding: Record) -> Json:
    """Return what names the same bug in every run (3.27.17)."""
    if not finding["fingerprint"]:
        return {}
    return {"partialFingerprints": {"nodeleakFingerprint/v1": finding["fingerprint"]}}


def _suppressions(finding: Record, check: Record) -> list[Json]:
    """Return why a finding is let pass: by an entry of a list, or by a baseline."""
    if not finding["suppressed"]:
        return []
    known = finding["suppression"]
    if known is not None:
        reason = f"{known['reason']} (until {known['expires']})"
    else:
        name = (check.get("baseline") or {}).get("name", "")
        reason = f"no worse than in the baseline {name}".rstrip()
    return [
        {
            "kind": "external",
            "status": "accepted",
            "justification": printable(reason),
        }
    ]


def _location(place: RepositoryPlace) -> Json:
    location: Json = {
        "artifactLocation": {
            "uri": quote(place.file, errors="replace"),
            "uriBaseId": _ROOT,
        }
    }
    if place.line is not None:
        location["region"] = {"startLine": place.line}
        if place.column is not None:
            location["region"]["startColumn"] = place.column
    return {"physicalLocation": location}


def _rule_of_check(check: Record) -> str:
    if check["verdict"] in _OTHER_RULES and check["diagnosis"] is None:
        return str(check["verdict"])
    if check["verdict"] == "inconclusive":
        return "inconclusive"
    return str(check["diagnosis"]["category"])


def _rule(name: str) -> Json:
    """Return the description of a rule: the page on its kind, or its category."""
    if name not in PAGES:
        text = _OTHER_RULES[name]
        return {
            "id": name,
            "name": _in_words(name),
            "shortDescription": {"text": text},
            "help": {"text": text},
        }
    page = PAGES[name]
    advice = advice_for(page)
    title = _TITLES.get(name) or Category(name).label
    more = f"More: {_EXPLAIN} {name}"
    return {
        "id": name,
        "name": title,
        "shortDescription": {"text": f"{title}."},
        "fullDescription": {"text": f"{advice[0].upper()}{advice[1:]}."},
        "help": {
            "text": f"{advice[0].upper()}{advice[1:]}. {more}",
            "markdown": page_for(page),
        },
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["reliability", "performance", "nodejs"]},
    }


def _in_words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _invocation(pairs: Sequence[tuple[Record, Standing]], session: Record) -> Json:
    """Return whether all checks could be made, and which ones could not (3.20)."""
    broken = [
        check
        for check, standing in pairs
        if check["verdict"] == "error" and standing is not Standing.SUPERSEDED
    ]
    return {
        "executionSuccessful": not broken,
        "toolExecutionNotifications": [_notification(one, session) for one in broken],
    }


def _notification(check: Record, session: Record) -> Json:
    place = place_of_test(check, session)
    return {
        "level": "error",
        "message": {"text": printable(f"{check['target']}: {_first_line(check)}")},
        "locations": [_location(place)] if place else [],
    }


def _first_line(check: Record) -> str:
    if check["diagnosis"] is not None:
        return str(check["diagnosis"]["sentence"])
    return str(check["reason"]).partition("\n")[0]


def _about(finding: Record) -> Iterator[str]:
    if finding["holder"] is not None:
        yield f"Held by {culprit_name(finding)}."
    if finding["advice"]:
        yield f"To fix: {finding['advice']}."
