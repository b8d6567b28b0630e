"""``docs/benchmarks.md``, made of what all parts gave."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.results import QUIET_SHARE, PartResult
from benchmarks.rows import Readings, Row
from pytest_nodeleak.units import format_number

__all__ = ["PAGE", "page", "table"]

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
_BEGINNING = """\
# Benchmarks

How fast the plugin is, and how fast others are at the same. This page is written by `make
bench`. What others do was measured in the same run as ours and in turns, so that whatever
slows the machine down slows both. Times differ from machine to machine, ratios much less;
neither is asserted by any test.

A cell is the median, with the lowest and the highest reading in brackets, and *n* is how
many there were. Less is better, also of a ratio, but where the unit is requests per
second.
"""
_HOW = """
## How

`make bench` measures all of it, `make bench BENCH="load rate"` only what is named, and
`make bench BENCH=--quick` shows in a fraction of the time that all of it runs.
"""
_HEADER = ("part", "what", "unit", "ours", "beside", "theirs", "ours / theirs", "n")
_DIGITS = 3


def page(
    results: Mapping[str, PartResult | None],
    *,
    environment: Sequence[str],
    methods: Mapping[str, str],
) -> str:
    """Return the document.

    Args:
        results: Of all parts by name, in their order; None of one that was not measured.
        environment: The machine and the versions.
        methods: How each part measures, by its name.

    """
    lines = [
        _BEGINNING,
        *table([result for result in results.values() if result]),
        *(f"| {name} {_gap('not measured')}" for name in results if not results[name]),
        "",
        "## Measured on",
        "",
        *(f"- {line}" for line in environment),
        *_total(results),
        _HOW,
    ]
    for name, result in results.items():
        run = _run(result) if result else "Not measured on this machine and versions."
        lines += [f"### {name}", "", methods[name], "", run, ""]
    return "\n".join(lines[:-1]) + "\n"


def _total(results: Mapping[str, PartResult | None]) -> Iterator[str]:
    measured = [one.elapsed_s for one in results.values() if one]
    if measured:
        yield f"- {len(measured)} parts in {sum(measured):.0f} s"


def table(results: Sequence[PartResult]) -> Iterator[str]:
    """Return the lines of the table; what failed is a row of it as well."""
    yield f"| {' | '.join(_HEADER)} |"
    yield "|---" * len(_HEADER) + "|"
    for result in results:
        for row in result.rows:
            yield f"| {result.part} | {' | '.join(_cells(row))} |"
        if result.failure:
            # A row is one line without bars; the rest was printed.
            failure = re.sub(r"[\s|]+", " ", result.failure.partition("\n")[0])
            yield f"| {result.part} {_gap(f'**failed**: {failure}')}"


def _gap(why: str) -> str:
    return f"| {why} {'| ' * (len(_HEADER) - 2)}|"


def _cells(row: Row) -> Iterator[str]:
    yield f"{row.what} ({row.note})" if row.note else row.what
    yield row.unit
    yield _cell(row.ours)
    yield row.peer or "-"
    yield "-" if row.theirs is None else _cell(row.theirs)
    yield "-" if row.ratio is None else _cell(row.ratio)
    counts = dict.fromkeys(len(one.values) for one in (row.ours, row.theirs) if one)
    yield ", ".join(str(count) for count in counts)


def _cell(readings: Readings) -> str:
    median = _number(readings.median)
    if len(readings.values) == 1:
        return median
    return f"{median} ({_number(readings.low)} to {_number(readings.high)})"


def _number(value: float) -> str:
    """Write three digits; what is shown of a large one beyond these is zeros."""
    return format_number(float(f"{value:.{_DIGITS}g}"))


def _run(result: PartResult) -> str:
    before, after = result.load_averages
    warning = ": **it was not quiet**" if result.others_share > QUIET_SHARE else ""
    return (
        f"Took {result.elapsed_s:.0f} s on {result.measured_on}. Meanwhile other processes"
        f" used {result.others_share:.0%} of the processors{warning} (load average"
        f" {before:.1f} at its begin, {after:.1f} at its end)."
    )
