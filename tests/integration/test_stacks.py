"""Small services on popular packages, leaking and clean; see ``stacks/``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from integration.node_apps import CheckApp
from websockets.sync.client import connect

from pytest_nodeleak.app import NodeApp
from pytest_nodeleak.exceptions import LeakDetected
from pytest_nodeleak.load.scenario import BoundSession
from pytest_nodeleak.outcome import Report

pytestmark = pytest.mark.nodejs


def listen_to_the_ticker(http: BoundSession) -> None:
    with connect(http.base_url.replace("http", "ws"), proxy=None) as client:
        assert client.recv(timeout=10) == '{"type":"welcome"}'


@dataclass(frozen=True)
class Leaking:
    """A leak that was planted, and what is to be said about it."""

    file: str
    target: str | None
    holder: str
    package: str | None
    kind: str = "collection"
    at_least: float = 0.95
    at_most: float = 1.05

    def hammer(self, app: NodeApp) -> Report:
        return app.hammer(self.target or listen_to_the_ticker)


LEAKING = [
    Leaking("express-cron.cjs", "GET /reminders/{n}", "tasks", "node-cron"),
    Leaking("dataloader.mjs", "GET /users/{n}", "userLoader._cacheMap", None),
    Leaking("ws-clients.mjs", None, "clients", None),
    Leaking("memoizee.mjs", "GET /profile/{n}", "cache", "memoizee"),
]
CLEAN = [
    ("lru-cache.mjs", "GET /pages/{n}"),
    ("fastify.mjs", "GET /orders/{n}"),
    ("express-plain.cjs", "GET /items/{n}"),
]


@pytest.mark.parametrize("leaking", LEAKING, ids=lambda leaking: leaking.file)
def test_a_leak_is_found_and_its_holder_named(
    check_app: CheckApp, stacks_directory: Path, leaking: Leaking
) -> None:
    app = check_app(f"node {leaking.file}", cwd=stacks_directory)
    report = leaking.hammer(app)
    with pytest.raises(LeakDetected) as failure:
        report.assert_bounded()
    print(failure.value)
    culprit = report.findings[0]
    assert culprit.holder is not None
    assert (culprit.holder.name, culprit.holder.package) == (
        leaking.holder,
        leaking.package,
    )
    if leaking.package is None:
        assert culprit.holder.place is not None
        assert culprit.holder.place.file == leaking.file
    assert culprit.kind == leaking.kind
    assert leaking.at_least <= culprit.entries_per_request <= leaking.at_most


@pytest.mark.parametrize(("file", "route"), CLEAN, ids=[file for file, _ in CLEAN])
def test_a_clean_service_is_called_clean(
    check_app: CheckApp, stacks_directory: Path, file: str, route: str
) -> None:
    report = check_app(f"node {file}", cwd=stacks_directory).hammer(route)
    print(report)
    assert report.verdict == "clean"
    report.assert_bounded()
