"""A check as a few properties of its test, which JUnit XML has for each test.

The XML is read by dashboards that show them as they are: names are ours, values are short
and printable whatever the app calls its things. The whole record is in the JSON file.
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_nodeleak.report.culprit import printable
from pytest_nodeleak.report.places import culprit_name
from pytest_nodeleak.report.schema import Record

__all__ = ["properties"]

_WHAT_GROWS = {
    "heap_used": "heap_slope_bytes_per_request",
    "external": "external_slope_bytes_per_request",
}


def properties(check: Record, *, number: int = 1) -> list[tuple[str, str]]:
    """Return the properties of a check, in a fixed order.

    Args:
        check: Its record.
        number: Which check of its test it is: of a second one each name begins with
            ``2.``, so that no name is there twice.

    """
    prefix = "" if number == 1 else f"{number}."
    return [
        (prefix + name, printable(_text(value)))
        for name, value in _values(check)
        if value is not None
    ]


def _values(check: Record) -> Iterator[tuple[str, object]]:
    yield "target", check["target"]
    yield "verdict", check["verdict"]
    yield "outcome", check["outcome"]
    yield "category", (check["diagnosis"] or {}).get("category")
    yield "requests", check["requests"]
    yield "seconds", check["seconds"]
    for counter, name in _WHAT_GROWS.items():
        growth = check["metrics"][counter]
        yield name, growth["slope"]
        yield f"{name}_low", growth["low"]
        yield f"{name}_high", growth["high"]
    yield "loop_delay_p99_ms", check["metrics"]["loop_delay"]["p99_ms"]
    yield from _culprit(check["findings"])
    yield from _proven(check["proven"])
    for kind, path in check["artifacts"].items():
        yield f"artifact.{kind}", path


def _culprit(findings: list[Record]) -> Iterator[tuple[str, object]]:
    """Yield what is known of the first culprit, which is a known leak only if all are."""
    yield "findings", len(findings)
    if not findings:
        return
    first = findings[0]
    yield "kind", first["kind"]
    yield "culprit", culprit_name(first)
    yield "culprit_at", _at(first)
    yield "entries_per_request", first["entries_per_request"] or None
    yield "bytes_per_request", first["bytes_per_request"] or None
    yield "fingerprint", first["fingerprint"] or None
    yield "suppressed", first["suppressed"] or None


def _proven(leaks: list[Record]) -> Iterator[tuple[str, object]]:
    """Yield what was proven before the check broke: of the first leak, and how many."""
    if not leaks:
        return
    first = leaks[0]
    yield "proven", len(leaks)
    yield "proven_culprit", culprit_name(first)
    yield "proven_culprit_at", _at(first)
    yield "proven_fingerprint", first["fingerprint"] or None


def _at(finding: Record) -> str | None:
    holder, frames = finding["holder"], finding["allocated_at"]
    place = holder if holder is not None else frames[0] if frames else {"file": None}
    if not place["file"]:
        return None
    return f"{place['file']}:{place['line']}" if place["line"] else str(place["file"])


def _text(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.6g}"
        case _:
            return str(value)
