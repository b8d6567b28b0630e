"""Seconds from ``hammer()`` to the verdict on the example app."""

from __future__ import annotations

import statistics
from pathlib import Path

from pytest_nodeleak.fixtures.factory import NodeLeak
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.settings.marker import MarkerSettings
from pytest_nodeleak.settings.settings import Settings

_EXAMPLE_APP = Path(__file__).parents[2] / "example_app"
_REPEATS = 5
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


def measure_verdicts() -> None:
    """Print the median seconds per verdict, and how many verdicts were right."""
    for verdict, routes in _ROUTES.items():
        seconds, right = [], 0
        for route in routes * _REPEATS:
            found, elapsed_s = _check(route)
            seconds.append(elapsed_s)
            right += found == verdict
        print(
            f"{verdict:<6} median {statistics.median(seconds):4.1f} s,"
            f" longest {max(seconds):4.1f} s, {right} of {len(seconds)} right"
        )


def _check(route: str) -> tuple[str, float]:
    settings = Settings(app="node server.mjs", cwd=_EXAMPLE_APP)
    factory = NodeLeak(
        settings=settings,
        marker=MarkerSettings(policy=LeakPolicy(), budget_s=60.0),
        test="benchmark",
        record=lambda _check: None,
    )
    try:
        report = factory.launch().hammer(route)
    finally:
        factory.close()
    return report.verdict, report.measurement.elapsed_s
