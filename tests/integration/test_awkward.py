"""Leaks that hide, and look-alikes that do not leak, on one small app."""

from __future__ import annotations

from pathlib import Path

import pytest
from integration.node_apps import CheckApp

from pytest_nodeleak.evidence.occupancy import Plateau
from pytest_nodeleak.fixtures.outcome import Report

pytestmark = pytest.mark.nodejs

_APPS = Path(__file__).parent / "apps"


def hammer(check_app: CheckApp, name: str, *, requests: int | None = None) -> Report:
    app = check_app("node awkward.cjs", cwd=_APPS)
    return app.hammer(f"GET /{name}/{{n}}", requests=requests)


@pytest.mark.parametrize(
    ("name", "holder", "kind", "per_request"),
    [
        ("numbers", "latencies", "collection", 1.0),
        pytest.param("number-set", "seen", "collection", 1.0, marks=pytest.mark.matrix),
        pytest.param(
            "number-counts", "hits", "collection", 1.0, marks=pytest.mark.matrix
        ),
        ("tenants", "byTenant[]", "collection", 1.0),
        ("wrappers", "middleware", "closure", 1.0),
        pytest.param("race", "shutdown", "promise", 1.0, marks=pytest.mark.matrix),
        ("same-listener", "bus._events.tick", "listener", 1.0),
        ("private-field", "recent.#orders", "collection", 1.0),
        pytest.param(
            "dictionary", "registry.byId", "collection", 1.0, marks=pytest.mark.matrix
        ),
        ("linked-list", "list.head", "collection", 1.0),
        ("beside-a-job", "audit", "collection", 1.0),
        ("rare", "rare", "collection", 0.01),
    ],
)
def test_a_leak_that_hides_is_named(
    check_app: CheckApp, name: str, holder: str, kind: str, per_request: float
) -> None:
    report = hammer(check_app, name)
    assert report.verdict == "leak", str(report)
    culprit = report.findings[0]
    assert culprit.holder is not None
    assert culprit.holder.name == holder
    assert culprit.kind == kind
    assert culprit.entries_per_request == pytest.approx(per_request, rel=0.05)


def test_a_string_that_only_grows_is_named(check_app: CheckApp) -> None:
    report = hammer(check_app, "journal")
    assert report.verdict == "leak", str(report)
    culprit = report.findings[0]
    assert culprit.holder is not None
    assert culprit.holder.name == "journal"
    # How many pieces V8 joins the string from is its own affair.
    assert culprit.entries_per_request >= 1


@pytest.mark.parametrize(
    "name",
    [
        "rate-limiter",
        pytest.param("two-windows", marks=pytest.mark.matrix),
        "bounded-counts",
        "series",
        "weak-map",
        "batch",
        "short-timer",
        "sawtooth-job",
    ],
)
def test_a_look_alike_is_clean(check_app: CheckApp, name: str) -> None:
    report = hammer(check_app, name)
    assert report.verdict == "clean", str(report)


def test_a_bound_that_nothing_announces_is_seen_when_it_is_reached(
    check_app: CheckApp,
) -> None:
    # Full after 12,000 requests: in the push, however fast the machine is.
    report = hammer(check_app, "silent-bound", requests=8000)
    assert report.verdict == "clean", str(report)
    assert any(isinstance(one.curve, Plateau) for one in report.measurement.watched)


def test_a_bound_beyond_the_budget_is_inconclusive(check_app: CheckApp) -> None:
    report = hammer(check_app, "distant-bound")
    assert report.verdict == "inconclusive", str(report)
    assert "announces a bound (max 1,000,000,000)" in str(report)


@pytest.mark.parametrize(
    ("name", "holder"),
    [
        ("ticks", "ticks"),
        # Inconclusive where others take three quarters of the CPU; the matrix leaves more.
        pytest.param("tick-chain", "newest", marks=pytest.mark.matrix),
    ],
)
def test_what_a_background_job_adds_is_told_but_not_blamed_on_the_route(
    check_app: CheckApp, name: str, holder: str
) -> None:
    report = hammer(check_app, name)
    assert report.verdict == "clean", str(report)
    (job,) = report.with_time
    assert job.holder is not None
    assert job.holder.name == holder
    assert f"  with time   {holder}: " in str(report)


def test_descriptors_that_no_object_holds_are_over_the_usual_limit(
    check_app: CheckApp,
) -> None:
    report = hammer(check_app, "descriptors")
    assert report.verdict == "over_limit", str(report)
    assert report.growth("fds").value == pytest.approx(1, rel=0.05)
    assert "file descriptors grow" in str(report)
