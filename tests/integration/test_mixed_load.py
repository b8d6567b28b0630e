"""Several routes as one load: what grows is put down to the route that makes it grow."""

from __future__ import annotations

from collections import Counter

import pytest
from integration.node_apps import CheckApp, WriteApp, serving

from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.exceptions import InvalidSetting

pytestmark = pytest.mark.nodejs

ROUTES = ["GET /fine/{n}", "GET /cached/{n}", "POST /wrapped/{n}"]
APP = serving(
    """
  if (req.url.startsWith('/cached')) cache.set(req.url, { at: 1 });
  if (req.url.startsWith('/wrapped')) { const inner = chain; chain = () => inner.length; }
  if (req.url === '/seen') return res.end(JSON.stringify(seen));
  const key = `${req.method} ${req.url.split('/')[1]}`;
  seen[key] = (seen[key] ?? 0) + 1;
  res.end();
""",
    setup="const cache = new Map(); let chain = () => 0; const seen = {};",
)


def shares(finding: Finding) -> dict[str, float]:
    return {share.target: round(share.per_request, 2) for share in finding.routes}


def test_each_leak_is_put_down_to_its_route(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(APP)
    report = check_app().hammer(ROUTES, mix=True)
    assert report.verdict == "leak", str(report)
    by_holder = {one.holder.name: one for one in report.findings if one.holder}
    # The one can be polled, the other is a chain that only snapshots can count.
    assert by_holder.keys() == {"cache", "chain"}
    assert by_holder["cache"].entries_per_request == pytest.approx(1 / 3, rel=0.02)
    cached, wrapped = shares(by_holder["cache"]), shares(by_holder["chain"])
    assert cached == {ROUTES[1]: 1.0, ROUTES[0]: 0.0, ROUTES[2]: 0.0}
    assert wrapped.pop(ROUTES[2]) >= 1
    assert all(share < 0.05 for share in wrapped.values())
    assert report.measurement.target == " + ".join(ROUTES)
    assert "  by route    GET /cached/{n} 1.00/req, GET /fine/{n} 0.00/req" in str(
        report
    )


@pytest.mark.matrix
def test_a_leak_is_put_down_to_its_route_among_more_than_there_are_seconds_left(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    # Several entries each, so that few requests show them.
    handler = """
  if (req.url.startsWith('/cached')) for (let i = 0; i < 4; i++) cache.set(cache.size, {});
  res.end();
"""
    write_app(serving(handler, setup="const cache = new Map();"))
    clean = [f"GET /fine/{number}/{{n}}" for number in range(69)]
    routes = [*clean, "GET /cached/{n}"]
    report = check_app().hammer(routes, mix=True, requests=4_000)
    assert report.verdict == "leak", str(report)
    assert shares(report.findings[0]) == {
        "GET /cached/{n}": 4.0,
        **dict.fromkeys(clean, 0.0),
    }
    assert "GET /fine/2/{n} + 67 more leaks 0.0" in str(report)
    by_route = "GET /cached/{n} 4.00/req, GET /fine/0/{n} 0.00/req"
    assert by_route in str(report)
    assert "GET /fine/2/{n} 0.00/req, 66 more\n" in str(report)


def test_routes_are_sent_in_turn_and_are_clean_together(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(APP)
    app = check_app()
    report = app.hammer(["GET /fine/{n}", "PUT /good"], mix=True, data="{n}")
    assert report.verdict == "clean", str(report)
    seen: list[Counter[str]] = []
    app.hammer(lambda http: seen.append(http.get("/seen").json()), requests=1)
    assert seen[0]["GET fine"] == pytest.approx(seen[0]["PUT good"], abs=10)


@pytest.mark.parametrize(
    "target", ["GET /", ["GET /"], ["GET /", print], print], ids=repr
)
def test_only_several_routes_can_be_mixed(
    check_app: CheckApp, write_app: WriteApp, target: object
) -> None:
    write_app(APP)
    app = check_app()
    with pytest.raises(InvalidSetting, match="a list of at least two routes"):
        app.hammer(target, mix=True)  # type: ignore[call-overload]
