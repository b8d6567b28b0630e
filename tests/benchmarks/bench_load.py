"""Requests per second that reach an app, and what they cost the sender.

The app answers a few bytes. There are eight connections that stay open, but for
`requests`, which has one. autocannon's rate is by its own clock, without its start. With
two processors the app and the sender have one each, and the fastest senders wait for the
app: what tells them apart is the processor time that a request costs the sender. A
*scenario* is a callable that takes a session of `requests`, and is held against such a
session alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp
import requests
from peers.readers import peer_node

from benchmarks.checks import written
from benchmarks.rows import Readings, Row, Size, in_turns
from benchmarks.timed_command import run_timed
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endpoint import Endpoint
from pytest_nodeleak.load.driver import LoadDriver, RouteDriver
from pytest_nodeleak.load.plan import LoadPlan
from pytest_nodeleak.load.scenario import BoundSession, ScenarioDriver
from pytest_nodeleak.nodejs.binary import find_node
from pytest_nodeleak.nodejs.command import AppSpec
from pytest_nodeleak.nodejs.launcher import RunningApp

__all__ = ["AUTOCANNON", "measure_load"]

# Where it lies; `make` puts it there.
AUTOCANNON = Path(__file__).parents[2] / ".cache" / "autocannon"
_APP = """
require('node:http')
  .createServer((request, response) => response.end('{"ok":true}'))
  .listen(process.env.PORT, '127.0.0.1');
"""
_CONCURRENCY = 8
_ROUNDS = {Size.FULL: 5, Size.QUICK: 2, Size.SMALLEST: 1}
_SHARE = {Size.FULL: 1.0, Size.QUICK: 0.2, Size.SMALLEST: 0.01}
_TIMEOUT_S = 60.0
_SAMPLE_MS = 20
_OURS, _SCENARIO, _REQUESTS = "routes", "scenario", "requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one sender did in one turn: its rate, and its own cost."""

    requests_per_s: float
    cpu_us_per_request: float


def measure_load(size: Size) -> Iterator[Row]:
    """Yield rates and costs beside each peer's."""
    with written(_APP) as directory:
        spec = AppSpec(command="node app.cjs", cwd=directory)
        node = find_node(None, os.environ)
        with RunningApp.launch(spec, node, Deadline(_TIMEOUT_S)) as app:
            senders = _senders(app.base_url, share=_SHARE[size])
            # The first turn warms up the app.
            in_turns(senders, rounds=1)
            sent = in_turns(senders, rounds=_ROUNDS[size])
    ours, scenario = sent.pop(_OURS), sent.pop(_SCENARIO)
    for peer, theirs in sent.items():
        yield _rate_row("a route", ours, peer, theirs)
    yield _rate_row("a scenario", scenario, _REQUESTS, sent[_REQUESTS])
    for peer, theirs in sent.items():
        yield Row(
            what="a route, at the sender",
            unit="CPU us/request",
            ours=Readings.of(ours, lambda one: one.cpu_us_per_request),
            peer=peer,
            theirs=Readings.of(theirs, lambda one: one.cpu_us_per_request),
        )


def _rate_row(what: str, ours: list[Sent], peer: str, theirs: list[Sent]) -> Row:
    return Row(
        what=what,
        unit="requests/s",
        ours=Readings.of(ours, lambda one: one.requests_per_s),
        peer=peer,
        theirs=Readings.of(theirs, lambda one: one.requests_per_s),
    )


def _senders(base_url: str, *, share: float) -> Mapping[str, Callable[[], Sent]]:
    """Return what sends, each as many requests as take a second or so, or a share."""

    def of(send: Callable[[str, int], Sent], count: int) -> Callable[[], Sent]:
        return partial(send, base_url, int(count * share))

    return {
        _OURS: of(partial(_timed, _drive), 30_000),
        "autocannon": of(_autocannon, 30_000),
        "aiohttp": of(partial(_timed, _gather), 5_000),
        _REQUESTS: of(partial(_timed, _one_by_one), 1_000),
        _SCENARIO: of(partial(_timed, _call), 1_000),
    }


def _timed(send: Callable[[str, int], None], base_url: str, count: int) -> Sent:
    started, cpu = time.perf_counter(), time.process_time()
    send(base_url, count)
    return Sent(
        requests_per_s=count / (time.perf_counter() - started),
        cpu_us_per_request=(time.process_time() - cpu) / count * 1e6,
    )


def _drive(base_url: str, count: int) -> None:
    plan = LoadPlan.for_route("GET /users/{n}", concurrency=_CONCURRENCY)
    with RouteDriver([plan], Endpoint(base_url=base_url)) as driver:
        _run(driver, count)


def _call(base_url: str, count: int) -> None:
    def scenario(http: BoundSession) -> None:
        http.get(f"/users/{http.number}")

    driver = ScenarioDriver(scenario, Endpoint(base_url=base_url))
    try:
        _run(driver, count)
    finally:
        driver.close()


def _run(driver: LoadDriver, count: int) -> None:
    done = driver.run(count, Deadline(_TIMEOUT_S))
    if done.requests != count:
        raise RuntimeError(f"{done.requests} of {count} requests were answered")


def _one_by_one(base_url: str, count: int) -> None:
    with requests.Session() as http:
        http.trust_env = False
        for n in range(count):
            http.get(f"{base_url}/users/{n}")


def _gather(base_url: str, count: int) -> None:
    asyncio.run(_gathered(base_url, count))


async def _gathered(base_url: str, count: int) -> None:
    numbers = iter(range(count))

    async def work(http: aiohttp.ClientSession) -> None:
        for n in numbers:
            async with http.get(f"{base_url}/users/{n}") as response:
                await response.read()

    async with aiohttp.ClientSession() as http:
        await asyncio.gather(*(work(http) for _ in range(_CONCURRENCY)))


def _autocannon(base_url: str, count: int) -> Sent:
    script = AUTOCANNON / "node_modules" / "autocannon" / "autocannon.js"
    if not script.is_file():
        raise FileNotFoundError(f"{AUTOCANNON} is not installed: run make bench")
    finished = run_timed(
        [
            *(peer_node().path, script, "--json", "--no-progress"),
            *("--connections", str(_CONCURRENCY), "--amount", str(count)),
            # It notices its end by its samples, which are a second apart by default.
            *("-L", str(_SAMPLE_MS)),
            f"{base_url}/users/1",
        ],
        timeout_s=_TIMEOUT_S,
    )
    # Notes of Node.js may stand before it.
    told = json.loads(finished.output[finished.output.index('{"') :])
    if told["2xx"] != count:
        raise RuntimeError(f"autocannon: {told['2xx']} of {count} were answered")
    return Sent(
        requests_per_s=count / told["duration"],
        cpu_us_per_request=finished.cpu_s / count * 1e6,
    )
