"""Every planted failure is caught for the right reason; every twin and look-alike passes.

Run by ``make demo``. In your own project a test is one line,
``node_app.hammer("GET /users/{n}").assert_bounded()``; here the tests of the leaky routes
look at the report, since they pass when the leak *is* found.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pytest_nodeleak import LeakDetected, NodeApp, Report


@dataclass(frozen=True)
class Planted:
    """A failure that the bookshop was given on purpose."""

    route: str
    kind: str
    holder: str
    file: str
    put_there: str


LEAKS = [
    Planted(
        "GET /leaky/books/{n}", "collection", "bookCache", "catalog.mjs", "leakyBook"
    ),
    Planted(
        "GET /leaky/stock/{n}",
        "listener",
        "inventory._events.change",
        "inventory.mjs",
        "leakyStock",
    ),
    Planted(
        "GET /leaky/prices/{n}",
        "timer",
        "Node's active timers",
        "inventory.mjs",
        "leakyPrice",
    ),
    Planted(
        "GET /leaky/reviews/{n}",
        "closure",
        "pendingModeration",
        "reviews.mjs",
        "leakyReviews",
    ),
    Planted(
        "GET /leaky/covers/{n}", "external", "thumbnails", "catalog.mjs", "leakyCover"
    ),
]
CLEAN = [
    "GET /fixed/books/{n}",
    "GET /fixed/stock/{n}",
    "GET /fixed/prices/{n}",
    "GET /fixed/reviews/{n}",
    "GET /fixed/covers/{n}",
    "GET /fixed/report/{n}",
    "GET /benign/lru/{n}",
    "GET /benign/ttl/{n}",
    "GET /benign/ring/{n}",
    "GET /benign/delayed/{n}",
    "GET /benign/plain/{n}",
]


def show_failure(report: Report) -> str:
    """Print what a failing test would show, and return it."""
    with pytest.raises(LeakDetected) as failure:
        report.assert_bounded()
    print(failure.value)
    return str(failure.value)


@pytest.mark.parametrize("planted", LEAKS, ids=lambda planted: planted.kind)
def test_a_planted_leak_is_named(node_app: NodeApp, planted: Planted) -> None:
    report = node_app.hammer(planted.route)
    text = show_failure(report)
    assert report.verdict == "leak"
    culprit = report.findings[0]
    assert culprit.kind == planted.kind
    assert culprit.holder is not None
    assert culprit.holder.name == planted.holder
    assert culprit.holder.place is not None
    assert culprit.holder.place.file == planted.file
    assert culprit.entries_per_request == pytest.approx(1, abs=0.05)
    assert planted.put_there in text


def test_the_blocked_event_loop_is_named(node_app: NodeApp) -> None:
    report = node_app.hammer("GET /leaky/report/{n}", concurrency=1)
    show_failure(report)
    assert report.verdict == "over_limit"
    culprit = report.findings[0]
    assert culprit.kind == "loop_blocked"
    assert culprit.allocated_at[0].function == "leakyReport"
    assert culprit.allocated_at[0].place.file == "reports.mjs"


@pytest.mark.parametrize("route", CLEAN)
def test_a_fixed_twin_or_look_alike_passes(node_app: NodeApp, route: str) -> None:
    report = node_app.hammer(route)
    print(report)
    report.assert_bounded()
