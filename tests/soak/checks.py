"""One check after another. Those of leaks fail, as they would in a suite of a user's."""

from __future__ import annotations

import os

import pytest
import requests

from pytest_nodeleak.fixtures.app import NodeApp
from pytest_nodeleak.fixtures.factory import NodeLeak
from soak.rotation import KINDS, MOST_CHECKS

# Enough to be sure of, and so few that an hour has many checks.
REQUESTS = 400


@pytest.mark.parametrize(
    ("number", "kind"),
    [(number, KINDS[number % len(KINDS)]) for number in range(MOST_CHECKS)],
)
def test_check(nodeleak: NodeLeak, number: int, kind: str) -> None:
    del number  # tells it from the others of its kind
    match kind:
        case "attached":
            app = nodeleak.attach()
            app.hammer("GET /plain/{n}", requests=REQUESTS).assert_bounded()
        case "missing":
            nodeleak.launch("no-such-command app.cjs")
        case "scenario":
            app = _app(nodeleak)
            app.hammer(_two_calls, requests=REQUESTS).assert_bounded()
        case "two routes":
            routes = ["GET /ring/{n}", "GET /map/{n}"]
            _app(nodeleak).hammer(routes, requests=REQUESTS).assert_bounded()
        case _:
            app = _app(nodeleak)
            app.hammer(f"GET /{kind}/{{n}}", requests=REQUESTS).assert_bounded()


def _app(nodeleak: NodeLeak) -> NodeApp:
    return nodeleak.launch(os.environ["NODELEAK_SOAK_APP"])


def _two_calls(http: requests.Session) -> None:
    http.get("/plain/1")
    http.get("/ring/1")
