"""What grew between saved snapshots, as text and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_nodeleak.evidence.growth import Comparison, Grown, Growth
from pytest_nodeleak.report.culprit import (
    culprit_rows,
    per_request,
    printable,
    row,
    to_fix_row,
)
from pytest_nodeleak.report.finding import finding_record
from pytest_nodeleak.report.schema import SCHEMA
from pytest_nodeleak.units import format_bytes

__all__ = ["Shown", "comparison_lines", "comparison_record"]

_MOST_FINDINGS = 3
_TWO_SUGGEST = (
    "two snapshots only suggest: a cache that is still filling looks the same; take a"
    " third one after as much load again and give all three"
)
_THREE_TELL = (
    "what grew twice may still be a cache below its bound: pytest --nodeleak would watch"
    " it until that is clear"
)
_PER_REQUEST_FIELDS = (
    "entries_per_request",
    "objects_per_request",
    "bytes_per_request",
    "external_bytes_per_request",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What of a comparison is shown, and what belongs to it.

    Attributes:
        files: What the snapshots are called, in order.
        notes: What the reader should know about the places that are named.
        is_all: Whether all holders that grew are shown, not only the largest.

    """

    files: tuple[str, ...]
    notes: tuple[str, ...] = ()
    is_all: bool = False

    def of(self, comparison: Comparison) -> Sequence[Grown]:
        """Return the holders that are shown."""
        return comparison.grown if self.is_all else comparison.grown[:_MOST_FINDINGS]


def comparison_lines(comparison: Comparison, shown: Shown) -> list[str]:
    """Return the report of a comparison, its sum first."""
    return [printable(line) for line in _lines(comparison, shown)]


def comparison_record(comparison: Comparison, shown: Shown) -> dict[str, Any]:
    """Return a comparison as data."""
    grown = shown.of(comparison)
    unknown = [None] * len(comparison.growth)
    requests: Sequence[int | None] = comparison.requests or unknown
    return {
        "schema": SCHEMA,
        "command": "diff",
        "files": list(shown.files),
        "windows": [
            {"requests": load, **_growth(growth)}
            for load, growth in zip(requests, comparison.growth, strict=True)
        ],
        "findings": [_grown_record(one, comparison) for one in grown],
        "more_findings": len(comparison.grown) - len(grown),
        "notes": list(shown.notes),
    }


def _lines(comparison: Comparison, shown: Shown) -> Iterator[str]:
    yield f"{' -> '.join(shown.files)}: {_headline(comparison)}"
    grown = shown.of(comparison)
    for one in grown:
        yield row("suspect", one.finding.title)
        yield row("", _by_window(one.growth, comparison.requests))
        yield from culprit_rows(
            one.finding,
            amount=per_request if comparison.requests else _count,
            holding=_retaining(one),
        )
        yield to_fix_row(one.finding.advice, one.finding.kind)
    hidden = comparison.grown[len(grown) :]
    if hidden:
        size = format_bytes(sum(one.growth[-1].size_bytes for one in hidden))
        yield row("also", f"{_holders(len(hidden))} more ({size}): --all")
    if grown:
        is_single = len(comparison.growth) == 1
        yield row("note", _TWO_SUGGEST if is_single else _THREE_TELL)
    yield from (row("note", note) for note in shown.notes)


def _headline(comparison: Comparison) -> str:
    whole = f"the heap has {_then(comparison.growth)}"
    both = " in both windows" if len(comparison.growth) > 1 else ""
    if not comparison.grown:
        return f"{whole}; no holder grew{both}"
    return f"{whole}; {_holders(len(comparison.grown))} grew{both}"


def _holders(number: int) -> str:
    return f"{number:,} holder" + ("" if number == 1 else "s")


def _then(growth: Sequence[Growth]) -> str:
    return ", then ".join(
        f"{one.objects:+,} objects ({_signed(one.size_bytes)})" for one in growth
    )


def _signed(size_bytes: int) -> str:
    return f"{'+' if size_bytes >= 0 else ''}{format_bytes(size_bytes)}"


def _by_window(growth: Sequence[Growth], requests: Sequence[int]) -> str:
    if not requests:
        return _then(growth)
    return f"{_then(growth)} in {', then '.join(f'{n:,}' for n in requests)} requests"


def _count(number: float) -> str:
    return f"{round(number):,}"


def _retaining(one: Grown) -> str:
    if one.retained_bytes is None:
        return ""
    return f"retains {format_bytes(one.retained_bytes)}"


def _grown_record(one: Grown, comparison: Comparison) -> dict[str, Any]:
    """Return the record of a check's finding, and what grew in each window.

    Where the load is not known there are no rates.
    """
    record = finding_record(one.finding)
    constructors = one.finding.constructors
    if not comparison.requests:
        record.update(dict.fromkeys(_PER_REQUEST_FIELDS))
        record["constructors"] = [
            {"name": name, "per_request": None, "count": round(number)}
            for name, number in constructors
        ]
    return {
        **record,
        "windows": [_growth(growth) for growth in one.growth],
        "retained_bytes": one.retained_bytes,
    }


def _growth(growth: Growth) -> dict[str, int]:
    return {"objects": growth.objects, "bytes": growth.size_bytes}
