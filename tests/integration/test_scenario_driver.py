from __future__ import annotations

import json
import signal
import time
from typing import Any

import pytest
import requests
from integration.node_apps import LaunchApp, WriteApp, ask, serving

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.load.result import LoadResult
from pytest_nodeleak.load.scenario import BoundSession, Scenario, ScenarioDriver
from pytest_nodeleak.nodejs.launcher import RunningApp

pytestmark = pytest.mark.nodejs

APP = serving(
    """
  if (req.url === '/seen') return res.end(JSON.stringify({ requests, most }));
  if (req.url === '/never') return;
  most = Math.max(most, ++underWay);
  requests.push({ url: req.url, cookie: req.headers.cookie, port: req.socket.remotePort });
  const answer = () => {
    underWay -= 1;
    if (req.url === '/die') process.exit(1);
    res.setHeader('Set-Cookie', 'user=ann');
    res.statusCode = Number(/^\\/(404|500)\\b/.exec(req.url)?.[1] ?? 200);
    res.end(`you sent ${req.url}`);
  };
  if (req.url.startsWith('/slow')) setTimeout(answer, 30); else answer();
""",
    setup="const requests = []; let underWay = 0, most = 0;",
)


@pytest.fixture
def app(write_app: WriteApp, launch_app: LaunchApp) -> RunningApp:
    write_app(APP)
    return launch_app()


def run(
    app: RunningApp,
    scenario: Scenario,
    calls: int,
    *,
    concurrency: int = 1,
    expect_status: tuple[int, ...] = (),
) -> LoadResult:
    driver = ScenarioDriver(
        scenario, app.endpoint, concurrency=concurrency, expect_status=expect_status
    )
    try:
        return driver.run(calls, Deadline(60.0))
    finally:
        driver.close()


def seen(app: RunningApp) -> list[dict[str, Any]]:
    requests = json.loads(ask(app, "/seen"))["requests"]
    return [one for one in requests if one["url"] != "/"]  # the launcher's question


def shop(http: BoundSession) -> None:
    http.get("/login")
    http.post(f"{http.base_url}/cart", json={"sku": 1})


@pytest.mark.parametrize("concurrency", [1, 3])
def test_one_call_counts_as_one_request_and_starts_without_cookies(
    app: RunningApp, concurrency: int
) -> None:
    result = run(app, shop, 12, concurrency=concurrency)
    assert (result.requests, result.statuses) == (12, {200: 12})
    cookies = {(one["url"], one.get("cookie")) for one in seen(app)}
    assert cookies == {("/login", None), ("/cart", "user=ann")}
    assert len(seen(app)) == 24


def test_connections_are_shared_by_the_calls(app: RunningApp) -> None:
    run(app, shop, 12)
    assert len({one["port"] for one in seen(app)}) == 1


def test_so_many_calls_are_under_way_at_once(app: RunningApp) -> None:
    result = run(app, lambda http: http.get("/slow"), 12, concurrency=3)
    assert result.requests == 12
    assert json.loads(ask(app, "/seen"))["most"] == 3
    assert len({one["port"] for one in seen(app)}) == 3


def test_a_scenario_may_close_its_session(app: RunningApp) -> None:
    def tidy(http: BoundSession) -> None:
        with http:
            http.get("/items")

    assert run(app, tidy, 5).statuses == {200: 5}


def test_a_bad_answer_anywhere_makes_the_call_bad(app: RunningApp) -> None:
    def scenario(http: BoundSession) -> None:
        http.get("/500")
        http.get("/items")

    result = run(app, scenario, 3)
    assert (result.bad, result.statuses) == (3, {500: 3})
    assert result.first_bad == "GET /500 answered 500: you sent /500"


def test_which_answers_are_fine_can_be_said(app: RunningApp) -> None:
    result = run(app, lambda http: http.get("/404"), 3, expect_status=(404,))
    assert (result.bad, result.statuses) == (0, {404: 3})


def test_a_request_that_fails_makes_the_call_bad(app: RunningApp) -> None:
    result = run(app, lambda http: http.get("/die"), 100)
    assert result.statuses == {}
    assert result.lost == result.bad
    assert result.requests == 20  # nothing but bad answers ends a run early
    assert result.first_bad is not None
    assert result.first_bad.startswith("the scenario failed: ")


def test_an_answer_that_the_scenario_refuses_is_not_lost(app: RunningApp) -> None:
    result = run(app, lambda http: http.get("/500").raise_for_status(), 3)
    assert (result.bad, result.statuses, result.lost) == (3, {500: 3}, 0)
    assert result.unanswered == ()


@pytest.mark.parametrize("concurrency", [1, 3])
def test_any_other_exception_is_the_users_to_see(
    app: RunningApp, concurrency: int
) -> None:
    def scenario(http: BoundSession) -> None:
        assert http.get("/items").text == "nothing"

    with pytest.raises(AssertionError, match="you sent /items"):
        run(app, scenario, 100, concurrency=concurrency)
    assert len(seen(app)) <= concurrency


def test_an_exception_ends_the_other_calls_as_well(app: RunningApp) -> None:
    calls: list[int] = []

    def scenario(http: BoundSession) -> None:
        calls.append(1)
        if len(calls) == 5:
            raise LookupError("the fifth")
        http.get("/slow")

    with pytest.raises(LookupError, match="the fifth"):
        run(app, scenario, 10_000, concurrency=3)
    assert len(calls) < 100


def test_a_deadline_cuts_a_run_short(app: RunningApp) -> None:
    driver = ScenarioDriver(lambda http: http.get("/slow"), app.endpoint, concurrency=2)
    result = driver.run(10_000, Deadline(0.5))
    driver.close()
    assert 2 < result.requests < 10_000
    assert len(seen(app)) == result.requests


def test_a_proxy_of_the_environment_is_passed_by(
    app: RunningApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    assert run(app, shop, 2).statuses == {200: 2}


def test_a_session_is_a_requests_session(app: RunningApp) -> None:
    kinds = set[bool]()
    run(app, lambda http: kinds.add(isinstance(http, requests.Session)), 1)
    assert kinds == {True}


def test_ctrl_c_does_not_wait_for_answers_that_do_not_come(app: RunningApp) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    began = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            run(app, lambda http: http.get("/never"), 100, concurrency=3)
    finally:
        signal.signal(signal.SIGALRM, before)
    # One is waited for 30 s.
    assert time.monotonic() - began < 15.0
