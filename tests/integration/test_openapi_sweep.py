"""The proof of the sweeps: a whole API, of which exactly what leaks is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.nodejs

ROOT = Path(__file__).parents[2]
HARBOUR = ROOT / "tests" / "sweeps"
LEAKS = {
    "GET /berths/{berthId}/availability": ("freeNights", "harbour.cjs", 13),
    "POST /boats/{registration}/papers": (
        "tides._events.high water",
        "harbour.cjs",
        10,
    ),
    "PATCH /bookings/{bookingId}": ("history", "harbour.cjs", 16),
}
# Of each way to say something one: a path, a body, examples, a query, a form.
CLEAN = {
    "GET /berths/{berthId}",
    "POST /boats",
    "GET /bookings/{bookingId}/invoice",
    "PUT /people/{personId}/preferences",
}
Sweep = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def sweep(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Sweep:
    """Sweep over the harbour's API; return the records of the checks."""
    for name in ("harbour.cjs", "harbour.yaml"):
        shutil.copy(HARBOUR / name, pytester.path)
    monkeypatch.setenv("MODULES", str(ROOT / ".cache" / "gallery"))
    monkeypatch.setenv("HARBOUR_TOKEN", "not-for-reports")

    def swept(*addresses: str) -> list[dict[str, Any]]:
        pytester.runpytest_subprocess(
            "--nodeleak",
            "--nodeleak-app=node harbour.cjs",
            "--nodeleak-openapi=harbour.yaml",
            "--nodeleak-header=Authorization: Bearer $HARBOUR_TOKEN",
            "--nodeleak-json=record.json",
            *addresses,
        )
        text = (pytester.path / "record.json").read_text(encoding="utf-8")
        assert "not-for-reports" not in text
        checks: list[dict[str, Any]] = json.loads(text)["checks"]
        return checks

    return swept


def leaks(checks: list[dict[str, Any]]) -> dict[str, tuple[str, str, int]]:
    found = {}
    for check in checks:
        if check["verdict"] == "leak":
            holder = check["findings"][0]["holder"]
            found[check["target"]] = (holder["name"], holder["file"], holder["line"])
    return found


def test_what_leaks_is_named_and_what_is_clean_beside_it_is_not(sweep: Sweep) -> None:
    checks = sweep(*(f"nodeleak::{name}" for name in (*LEAKS, *CLEAN)))

    assert leaks(checks) == LEAKS
    assert {one["target"] for one in checks if one["verdict"] == "clean"} == CLEAN


@pytest.mark.matrix
def test_of_33_operations_exactly_the_three_that_leak_are_named(sweep: Sweep) -> None:
    checks = sweep()

    assert len(checks) == 33
    assert leaks(checks) == LEAKS
    assert sum(one["verdict"] == "clean" for one in checks) == 30
