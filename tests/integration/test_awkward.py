"""Leaks that hide, and look-alikes that do not leak, on one small app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_nodeleak.factory import NodeLeak
from pytest_nodeleak.outcome import Report
from pytest_nodeleak.policy import LeakPolicy
from pytest_nodeleak.settings import MarkerSettings, Settings

pytestmark = pytest.mark.nodejs

_APPS = Path(__file__).parent / "apps"


@pytest.fixture
def factory() -> Iterator[NodeLeak]:
    launcher = NodeLeak(
        settings=Settings(cwd=_APPS),
        marker=MarkerSettings(policy=LeakPolicy(), budget_s=60.0),
        test="awkward",
        record=lambda _check: None,
    )
    yield launcher
    launcher.close()


def hammer(factory: NodeLeak, name: str) -> Report:
    return factory.launch("node awkward.cjs").hammer(f"GET /{name}/{{n}}")


@pytest.mark.parametrize(
    ("name", "holder", "kind", "per_request"),
    [
        ("numbers", "latencies", "collection", 1.0),
        ("number-set", "seen", "collection", 1.0),
        ("tenants", "byTenant[]", "collection", 1.0),
        ("wrappers", "middleware", "closure", 1.0),
        ("race", "shutdown", "promise", 2.0),
        ("rare", "rare", "collection", 0.01),
    ],
)
def test_a_leak_that_hides_is_named(
    factory: NodeLeak, name: str, holder: str, kind: str, per_request: float
) -> None:
    report = hammer(factory, name)
    assert report.verdict == "leak", str(report)
    culprit = report.findings[0]
    assert culprit.holder is not None
    assert culprit.holder.name == holder
    assert culprit.kind == kind
    assert culprit.entries_per_request == pytest.approx(per_request, rel=0.05)


def test_a_string_that_only_grows_is_named(factory: NodeLeak) -> None:
    report = hammer(factory, "journal")
    assert report.verdict == "leak", str(report)
    culprit = report.findings[0]
    assert culprit.holder is not None
    assert culprit.holder.name == "journal"
    # How many pieces V8 joins the string from is its own affair.
    assert culprit.entries_per_request >= 1


@pytest.mark.parametrize(
    "name",
    ["rate-limiter", "silent-bound", "series", "weak-map", "batch", "short-timer"],
)
def test_a_look_alike_is_clean(factory: NodeLeak, name: str) -> None:
    report = hammer(factory, name)
    assert report.verdict == "clean", str(report)


def test_a_bound_beyond_the_budget_is_inconclusive(factory: NodeLeak) -> None:
    report = hammer(factory, "distant-bound")
    assert report.verdict == "inconclusive", str(report)
    assert "announces a bound (max 1,000,000,000)" in str(report)
