"""Clients that hang up, reconnect, stream, or talk over WebSockets."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import pytest
import requests
from integration.node_apps import CheckApp, LaunchApp, WriteApp

from pytest_nodeleak import Connections
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.load.driver import RouteDriver
from pytest_nodeleak.load.plan import LoadPlan
from pytest_nodeleak.load.result import LoadResult
from pytest_nodeleak.load.scenario import ScenarioDriver
from pytest_nodeleak.nodejs.launcher import RunningApp
from pytest_nodeleak.scenarios import (
    AbortedUpload,
    EventStream,
    NewConnection,
    SlowReader,
    WebSocket,
)

pytestmark = pytest.mark.nodejs

CALLS = 6
APP = """
const http = require('node:http');
const { WebSocketServer } = require('ws');
const piece = Buffer.alloc(64_000);
const seen = { connections: 0, brokenOff: 0, uploaded: 0, said: [], ended: 0, goodbyes: 0 };
const server = http.createServer((req, res) => {
  if (req.url === '/seen') return res.end(JSON.stringify(seen));
  let isAnswered = false;
  res.on('finish', () => { isAnswered = true; });
  res.on('close', () => { if (!isAnswered) seen.brokenOff++; });
  if (req.url.startsWith('/slow')) return setTimeout(() => res.end('slow'), 20);
  if (req.url === '/big') {
    let left = 1000;
    const more = () => {
      while (left-- > 0) if (!res.write(piece)) return res.once('drain', more);
      res.end();
    };
    return more();
  }
  if (req.url === '/events') {
    res.setHeader('Content-Type', 'text/event-stream');
    const timer = setInterval(() => res.write('data: tick\\n\\n'), 5);
    res.write(': keeps it alive\\n\\n');
    return res.on('close', () => clearInterval(timer));
  }
  if (req.url === '/upload') {
    req.on('data', (piece) => { seen.uploaded += piece.length; });
    return req.on('end', () => res.end());
  }
  res.statusCode = req.url === '/' ? 200 : 404;
  res.end();
});
server.on('connection', () => seen.connections++);
new WebSocketServer({ server, path: '/chat' }).on('connection', (socket) => {
  socket.on('message', (text) => { seen.said.push(String(text)); socket.send('yes'); });
  socket.on('close', (code) => { seen.ended++; if (code === 1000) seen.goodbyes++; });
});
server.listen(process.env.PORT, '127.0.0.1');
"""
# What is under way is forgotten when it is answered: only an abort shows the leak.
FORGETFUL = """
const pending = new Map();
let n = 0;
require('node:http').createServer((req, res) => {
  const id = n++;
  if (req.url !== '/') pending.set(id, { since: Date.now() });
  res.on('%s', () => pending.delete(id));
  setTimeout(() => res.end(), 2);
}).listen(process.env.PORT, '127.0.0.1');
"""


@pytest.fixture
def app(
    write_app: WriteApp, launch_app: LaunchApp, tmp_path: Path, gallery_directory: Path
) -> RunningApp:
    (tmp_path / "node_modules").symlink_to(gallery_directory / "node_modules")
    write_app(APP)
    return launch_app()


def seen_by(app: RunningApp) -> dict[str, int | list[str]]:
    with requests.Session() as http:
        http.trust_env = False
        seen: dict[str, int | list[str]] = http.get(f"{app.base_url}/seen").json()
    return seen


def broken_off(app: RunningApp, expected: int) -> object:
    """Return how many answers the app saw broken off, within 5 s."""
    deadline = Deadline(5.0)
    while (seen := seen_by(app)["brokenOff"]) != expected:
        if deadline.has_passed():
            break
    return seen


def ended(app: RunningApp, expected: int) -> dict[str, int | list[str]]:
    """Return what the app has seen once so many WebSockets have ended, within 5 s."""
    deadline = Deadline(5.0)
    while (seen := seen_by(app))["ended"] != expected and not deadline.has_passed():
        pass
    return seen


def run_route(app: RunningApp, route: str, connections: Connections) -> LoadResult:
    plan = LoadPlan.for_route(route, concurrency=2, connections=connections)
    with RouteDriver([plan], app.endpoint) as driver:
        return driver.run(40, Deadline(10.0))


def run_clients(
    app: RunningApp,
    client: Callable[..., None],
    *,
    expect_status: Collection[int] = (),
) -> LoadResult:
    driver = ScenarioDriver(
        client, app.endpoint, concurrency=2, expect_status=expect_status
    )
    try:
        return driver.run(CALLS, Deadline(10.0))
    finally:
        driver.close()


def test_half_of_the_clients_hang_up_and_are_counted_apart(app: RunningApp) -> None:
    before = seen_by(app)["brokenOff"]
    result = run_route(app, "GET /slow/{n}", Connections(abort=0.5))
    assert (result.requests, result.aborted, result.lost) == (40, 20, 0)
    assert dict(result.statuses) == {200: 20}
    assert result.is_valid
    assert (before, broken_off(app, 20)) == (0, 20)


def test_clients_that_hang_up_have_sent_their_body(app: RunningApp) -> None:
    plan = LoadPlan.for_route(
        "POST /upload", data="x" * 1000, connections=Connections(abort=1.0)
    )
    with RouteDriver([plan], app.endpoint) as driver:
        assert driver.run(10, Deadline(10.0)).aborted == 10
    assert seen_by(app)["uploaded"] == 10_000


def test_clients_reconnect_as_often_as_they_are_told_to(app: RunningApp) -> None:
    before = seen_by(app)["connections"]
    result = run_route(app, "GET /", Connections(reconnect_every=4))
    after = seen_by(app)["connections"]
    assert dict(result.statuses) == {200: 40}
    assert isinstance(before, int)
    assert isinstance(after, int)
    # The last one is that which asks.
    assert 10 <= after - before - 1 <= 12


def test_web_sockets_talk_and_say_goodbye(app: RunningApp) -> None:
    result = run_clients(app, WebSocket("/chat", messages=["hi {n}", "bye {n}"]))
    seen = seen_by(app)
    assert (result.requests, result.bad, result.first_bad) == (CALLS, 0, None)
    assert isinstance(seen["said"], list)
    assert sorted(seen["said"]) == sorted(
        f"{word} {n + 1}" for word in ("hi", "bye") for n in range(CALLS)
    )
    assert seen["goodbyes"] == CALLS


def test_web_sockets_break_off_where_they_are_told_to(app: RunningApp) -> None:
    client = WebSocket("/chat", messages=["hi"], says_goodbye=False)
    assert run_clients(app, client).bad == 0
    seen = ended(app, CALLS)
    assert (seen["ended"], seen["goodbyes"]) == (CALLS, 0)


@pytest.mark.parametrize(
    "client",
    [
        EventStream("/events", events=2),
        SlowReader("/big", lasts="20 ms", pause="5 ms"),
        AbortedUpload("/upload", size="100 KB"),
    ],
    ids=lambda client: client.name,
)
def test_clients_leave_in_the_middle(
    app: RunningApp, client: Callable[..., None]
) -> None:
    result = run_clients(app, client)
    assert (result.requests, result.bad, result.first_bad) == (CALLS, 0, None)
    assert broken_off(app, CALLS) == CALLS


def test_a_client_comes_with_a_connection_of_its_own(app: RunningApp) -> None:
    before = seen_by(app)["connections"]
    assert run_clients(app, NewConnection("/")).bad == 0
    after = seen_by(app)["connections"]
    assert isinstance(before, int)
    assert after == before + CALLS + 1


@pytest.mark.parametrize(
    ("client", "problem"),
    [
        (WebSocket("/none"), "rejected WebSocket connection: HTTP 400"),
        (EventStream("/none"), "GET /none answered 404"),
        (EventStream("/", events=1), "the stream ended before 1 events"),
        (NewConnection("/none", method="PUT"), "PUT /none answered 404"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_an_app_does_not_serve_is_a_bad_answer(
    app: RunningApp, client: Callable[..., None], problem: str
) -> None:
    result = run_clients(app, client)
    assert result.bad == CALLS
    assert problem in str(result.first_bad)


@pytest.mark.parametrize(
    ("client", "status"),
    [
        (WebSocket("/none"), 400),
        (EventStream("/none"), 404),
        (NewConnection("/none"), 404),
        (SlowReader("/none"), 404),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_clients_are_answered_as_expected_or_tallied_as_they_were(
    app: RunningApp, client: Callable[..., None], status: int
) -> None:
    expecting = run_clients(app, client, expect_status={status})
    assert (expecting.bad, expecting.first_bad) == (0, None)
    assert dict(expecting.statuses) == {status: CALLS}

    surprised = run_clients(app, client)
    assert surprised.bad == CALLS
    assert dict(surprised.statuses) == {status: CALLS}


def test_a_success_that_is_not_the_expected_status_is_a_bad_answer(
    app: RunningApp,
) -> None:
    result = run_clients(app, NewConnection("/"), expect_status={404})
    assert (result.bad, dict(result.statuses)) == (CALLS, {200: CALLS})
    assert str(result.first_bad).endswith("GET / answered 200")


@pytest.mark.parametrize(("event", "verdict"), [("finish", "leak"), ("close", "clean")])
def test_what_only_an_answer_lets_go_of_leaks_where_clients_hang_up(
    write_app: WriteApp, check_app: CheckApp, event: str, verdict: str
) -> None:
    write_app(FORGETFUL % event)
    app = check_app()
    report = app.hammer("GET /{n}", requests=1200, connections=Connections(abort=0.5))
    assert report.verdict == verdict, str(report)
    assert [one.holder and one.holder.name for one in report.findings] == (
        ["pending"] if verdict == "leak" else []
    )


@pytest.mark.parametrize(
    "bad", [{"abort": 1.5}, {"abort": -0.1}, {"reconnect_every": 0}], ids=str
)
def test_connections_that_make_no_sense_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(InvalidSetting, match=next(iter(bad))):
        Connections(**bad)  # type: ignore[arg-type]
