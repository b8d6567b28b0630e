"""Seconds from `hammer()` to a verdict, and to the culprit of a leak.

First the example app, five routes that leak and five that do not; then a part of the
gallery of real npm packages, every fourth leaking case and every fifth clean one (`make
gallery` checks [all of them](gallery.md)). A leak is right if its holder is named, and in
the gallery if all is as was decided beforehand. The stages are those of the example
app's leaks. There is no peer that gives a verdict.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from gallery.cases import CASES, Case
from gallery.outcomes import mistakes
from gallery.running import check as check_case

from benchmarks.checks import check_row, launched
from benchmarks.rows import Readings, Row, Size
from pytest_nodeleak.fixtures.outcome import Report
from pytest_nodeleak.nodejs.binary import find_node

__all__ = ["measure_verdicts"]

_EXAMPLE_APP = Path(__file__).parents[2] / "example_app"
_ROUTES = {
    "leak": (
        "GET /leaky/books/{n}",
        "GET /leaky/stock/{n}",
        "GET /leaky/prices/{n}",
        "GET /leaky/reviews/{n}",
        "GET /leaky/covers/{n}",
    ),
    "clean": (
        "GET /fixed/books/{n}",
        "GET /fixed/stock/{n}",
        "GET /benign/lru/{n}",
        "GET /benign/ring/{n}",
        "GET /benign/plain/{n}",
    ),
}
_FEWEST = {Size.QUICK: 1, Size.SMALLEST: 1}
_EVERY = {"leak": 4, "clean": 5}
_STAGES = ("screen", "identify", "confirm", "attribute")


def measure_verdicts(size: Size) -> Iterator[Row]:
    """Yield seconds per verdict, and how many verdicts were right."""
    for verdict, routes in _ROUTES.items():
        reports = [_check(route, size) for route in routes[: _FEWEST.get(size)]]
        yield check_row(f"example app, {verdict}", reports, verdict=verdict)
        if verdict == "leak":
            yield from _stages(reports)
        if size is Size.SMALLEST:
            return
    for verdict, every in _EVERY.items():
        cases = [case for case in CASES if case.verdict == verdict][::every]
        yield _gallery_row(verdict, cases[: _FEWEST.get(size)])


def _check(route: str, size: Size) -> Report:
    with launched("node server.mjs", _EXAMPLE_APP, size) as app:
        return app.hammer(route)


def _stages(reports: Sequence[Report]) -> Iterator[Row]:
    for stage in _STAGES:
        spent = [one.measurement.stage_s.get(stage) for one in reports]
        seconds = [one for one in spent if one is not None]
        if seconds:
            yield Row(
                what=f"example app, leak: {stage}",
                unit="s",
                ours=Readings(values=tuple(seconds)),
            )


def _gallery_row(verdict: str, cases: Sequence[Case]) -> Row:
    node = find_node(None, os.environ)
    outcomes = [check_case(case, node) for case in cases]
    wrong = [
        case.name
        for case, outcome in zip(cases, outcomes, strict=True)
        if mistakes(outcome, case)
    ]
    note = f"{len(cases) - len(wrong)} of {len(cases)} right"
    return Row(
        what=f"gallery, {verdict}",
        unit="s",
        ours=Readings.of(outcomes, lambda one: one.elapsed_s),
        note=f"{note}, not {', '.join(wrong)}" if wrong else note,
    )
