from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import FrameType
from typing import Any

import pytest
from integration.node_apps import LaunchApp, WriteApp, ask, serving

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.load.driver import RouteDriver
from pytest_nodeleak.load.plan import LoadPlan
from pytest_nodeleak.load.result import LoadResult
from pytest_nodeleak.nodejs.launcher import RunningApp

pytestmark = pytest.mark.nodejs

# Answers as the path says, and tells at /seen what it was sent.
APP = serving(
    """
  if (req.url === '/seen') return res.end(JSON.stringify({ requests, most }));
  most = Math.max(most, ++underWay);
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', async () => {
    requests.push({
      method: req.method, url: req.url, headers: req.headers,
      body: Buffer.concat(chunks).toString(), port: req.socket.remotePort,
    });
    if (req.url.startsWith('/never')) return;
    if (req.url.startsWith('/slow')) await new Promise((done) => setTimeout(done, 30));
    underWay -= 1;
    if (req.url.startsWith('/die') && requests.length === 50) process.exit(1);
    if (req.url.startsWith('/close')) res.setHeader('Connection', 'close');
    if (req.url.startsWith('/moved')) res.setHeader('Location', '/404');
    const status = /^(?:\\/moved|\\/binary)?\\/(302|404|500)\\b/.exec(req.url)?.[1];
    res.statusCode = Number(status ?? 200);
    if (req.url.startsWith('/binary')) res.end(Buffer.alloc(9000, 0xff));
    else res.end(`you sent ${req.url}`);
  });
""",
    setup="const requests = []; let underWay = 0, most = 0;",
)


@dataclass(frozen=True)
class Target:
    app: RunningApp
    drivers: ExitStack

    def driver(self, route: str, **arguments: Any) -> RouteDriver:  # noqa: ANN401
        plan = LoadPlan.for_route(route, **arguments)
        return self.drivers.enter_context(RouteDriver([plan], self.app.endpoint))

    def load(self, route: str, requests: int, **arguments: Any) -> LoadResult:  # noqa: ANN401
        return self.driver(route, **arguments).run(requests, Deadline(60.0))

    def seen(self) -> list[dict[str, Any]]:
        requests = json.loads(ask(self.app, "/seen"))["requests"]
        return [one for one in requests if one["url"] != "/"]  # the launcher's question

    def most_under_way(self) -> int:
        return int(json.loads(ask(self.app, "/seen"))["most"])


@pytest.fixture
def target(write_app: WriteApp, launch_app: LaunchApp) -> Iterator[Target]:
    write_app(APP)
    app = launch_app()
    with ExitStack() as drivers:
        yield Target(app, drivers)


def test_as_many_requests_arrive_as_are_counted(target: Target) -> None:
    result = target.load("GET /items/{n}", 250)
    assert (result.requests, result.bad, result.first_bad) == (250, 0, None)
    assert result.statuses == {200: 250}
    assert result.is_valid
    urls = [one["url"] for one in target.seen()]
    assert sorted(urls) == sorted(f"/items/{n}" for n in range(1, 251))


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
)
def test_every_method_arrives(target: Target, method: str) -> None:
    assert target.load(f"{method} /items", 20).statuses == {200: 20}
    assert {one["method"] for one in target.seen()} == {method}
    # An answer whose end is not known costs its connection.
    assert len({one["port"] for one in target.seen()}) <= 8


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_path_header_and_body_of_one_request_agree(target: Target, method: str) -> None:
    target.load(
        f"{method} /carts/{{uuid}}",
        30,
        headers={"X-Cart": "{uuid}", "X-Number": "no {n}"},
        json={"cart": "{uuid}", "number": "no {n}", "by": "Zoë"},
    )
    seen = target.seen()
    assert len({one["url"] for one in seen}) == 30
    for one in seen:
        body = json.loads(one["body"])
        assert one["url"] == f"/carts/{body['cart']}"
        assert one["headers"]["x-cart"] == body["cart"]
        assert one["headers"]["x-number"] == body["number"]
        assert one["headers"]["content-type"] == "application/json"
        assert body["by"] == "Zoë"


def test_text_beyond_ascii_is_sent_as_utf_8(target: Target) -> None:
    result = target.load("POST /käse/{n}?q=ö", 1, data="Käse", headers={"X-By": "Zoë"})
    assert result.statuses == {200: 1}
    (one,) = target.seen()
    assert one["url"] == "/k%C3%A4se/1?q=%C3%B6"
    assert one["body"] == "Käse"
    assert one["headers"]["x-by"].encode("latin-1").decode() == "Zoë"


def test_a_large_body_is_sent_without_asking_first(target: Target) -> None:
    assert target.load("POST /files", 2, data="x" * 3_000_000).statuses == {200: 2}
    assert [len(one["body"]) for one in target.seen()] == [3_000_000] * 2
    assert all("expect" not in one["headers"] for one in target.seen())


@pytest.mark.parametrize("concurrency", [1, 4])
def test_so_many_requests_are_under_way_at_once(
    target: Target, concurrency: int
) -> None:
    target.load("GET /slow", 20, concurrency=concurrency)
    assert target.most_under_way() == concurrency


def test_connections_are_kept_from_run_to_run(target: Target) -> None:
    driver = target.driver("GET /items/{n}", concurrency=4)
    for _ in range(5):
        driver.run(100, Deadline(60.0))
    assert len({one["port"] for one in target.seen()}) == 4


def test_an_app_that_closes_each_connection_is_answered_with_new_ones(
    target: Target,
) -> None:
    assert target.load("GET /close/{n}", 60).statuses == {200: 60}
    assert len({one["port"] for one in target.seen()}) == 60


def test_a_redirect_is_an_answer_and_is_not_followed(target: Target) -> None:
    assert target.load("GET /moved/302", 10).statuses == {302: 10}
    assert len(target.seen()) == 10


@pytest.mark.parametrize("status", [404, 500])
def test_a_bad_answer_is_counted_and_the_first_is_shown(
    target: Target, status: int
) -> None:
    result = target.load(f"GET /{status}/{{n}}", 10, concurrency=1)
    assert (result.requests, result.bad) == (10, 10)
    assert result.statuses == {status: 10}
    assert (
        result.first_bad == f"GET /{status}/1 answered {status}: you sent /{status}/1"
    )
    assert not result.is_valid


def test_nothing_but_bad_answers_ends_a_run_early(target: Target) -> None:
    assert target.load("GET /500", 1000).requests < 40


def test_of_a_long_body_that_is_no_text_an_excerpt_is_shown(target: Target) -> None:
    result = target.load("GET /binary/500", 1)
    assert result.first_bad == "GET /binary/500 answered 500: " + 400 * "\ufffd"


@pytest.mark.parametrize(
    ("expect_status", "bad"), [(404, 0), ({200, 404}, 0), (200, 5), ([], 5)]
)
def test_which_answers_are_fine_can_be_said(
    target: Target,
    expect_status: Any,  # noqa: ANN401  # whatever hammer() takes
    bad: int,
) -> None:
    assert target.load("GET /404", 5, expect_status=expect_status).bad == bad


def test_a_success_is_bad_where_a_failure_is_expected(target: Target) -> None:
    result = target.load("GET /items", 5, expect_status=500)
    assert (result.bad, result.statuses) == (5, {200: 5})


def test_a_deadline_cuts_a_run_short_and_leaves_nothing_under_way(
    target: Target,
) -> None:
    result = target.driver("GET /slow", concurrency=2).run(10_000, Deadline(0.5))
    assert 2 < result.requests < 10_000
    assert result.bad == 0
    assert len(target.seen()) == result.requests


def test_an_app_that_dies_under_load_is_no_answer(target: Target) -> None:
    result = target.load("GET /die/{n}", 200, concurrency=1)
    # The launcher's question was one of the fifty.
    assert result.statuses == {200: 48}
    assert (result.requests, result.bad) == (200, 152)
    assert result.first_bad is not None
    assert result.first_bad.startswith("GET /die/49 failed: ")


def test_an_app_that_is_gone_between_runs_is_no_answer(target: Target) -> None:
    driver = target.driver("GET /items/{n}")
    driver.run(50, Deadline(60.0))
    target.app.stop()
    result = driver.run(50, Deadline(60.0))
    assert (result.statuses, result.bad) == ({}, result.requests)


def test_drivers_can_share_one_count(target: Target) -> None:
    plan, numbers = LoadPlan.for_route("GET /items/{n}"), itertools.count(7)
    for _ in range(2):
        with RouteDriver([plan], target.app.endpoint, numbers) as driver:
            driver.run(2, Deadline(60.0))
    urls = {one["url"] for one in target.seen()}
    assert urls == {"/items/7", "/items/8", "/items/9", "/items/10"}


def test_a_proxy_of_the_environment_is_passed_by(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    assert target.load("GET /items", 3).statuses == {200: 3}


def test_closing_twice_is_fine(target: Target) -> None:
    driver = target.driver("GET /items")
    driver.close()
    driver.close()


def test_only_a_silence_makes_it_ask_for_the_app(target: Target) -> None:
    silences: list[float] = []

    def may_answer(silent_s: float) -> bool:
        silences.append(silent_s)
        return len(silences) < 2

    def load(route: str) -> LoadResult:
        plan = LoadPlan.for_route(route, concurrency=1)
        with RouteDriver([plan], target.app.endpoint, may_answer=may_answer) as driver:
            return driver.run(10, Deadline(60.0))

    assert load("GET /slow").statuses == {200: 10}
    assert silences == []
    result = load("GET /never")
    assert result.unanswered == ("GET /never",)
    assert len(silences) == 2
    assert min(silences) >= 0.1


def test_no_python_runs_below_curl_where_ctrl_c_would_be_lost(target: Target) -> None:
    below, is_below = [], False

    def look(frame: FrameType, event: str, called: Any) -> None:  # noqa: ANN401
        nonlocal is_below
        if event.startswith("c_") and called.__name__ == "perform":
            is_below = event == "c_call"
        elif event == "call" and is_below:
            below.append(frame.f_code.co_qualname)

    driver = target.driver("GET /items/{n}")
    sys.setprofile(look)
    try:
        result = driver.run(50, Deadline(60.0))
    finally:
        sys.setprofile(None)
    assert (result.requests, result.bad, below) == (50, 0, [])
