"""Requests per second of the load generator against its peers, on one trivial app."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
import requests

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endpoint import Endpoint
from pytest_nodeleak.load.driver import RouteDriver
from pytest_nodeleak.load.plan import LoadPlan
from pytest_nodeleak.nodejs.binary import find_node
from pytest_nodeleak.nodejs.command import AppSpec
from pytest_nodeleak.nodejs.launcher import RunningApp

_APP = """
require('node:http')
  .createServer((request, response) => response.end('{"ok":true}'))
  .listen(process.env.PORT, '127.0.0.1');
"""
_CONCURRENCY = 8
_ROUNDS = 5


def measure_load() -> None:
    """Print the median rates of five interleaved rounds, and ratios to ``requests``."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "app.cjs").write_text(_APP)
        spec = AppSpec(command="node app.cjs", cwd=Path(directory))
        node = find_node(None, os.environ)
        with RunningApp.launch(spec, node, Deadline(20.0)) as app:
            _compare(app.base_url)


def _compare(base_url: str) -> None:
    peers: dict[str, tuple[Callable[[str, int], None], int]] = {
        "pytest-nodeleak": (_drive, 20_000),
        "requests": (_request_one_by_one, 1_000),
        "aiohttp": (lambda url, count: asyncio.run(_gather(url, count)), 5_000),
    }
    rates: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(_ROUNDS):
        for name, (send, count) in peers.items():
            started = time.perf_counter()
            send(base_url, count)
            rates[name].append(count / (time.perf_counter() - started))
    slowest = statistics.median(rates["requests"])
    for name, values in rates.items():
        rate = statistics.median(values)
        print(f"{name:<18} {rate:>9,.0f} requests/s  {rate / slowest:5.1f} x requests")


def _drive(base_url: str, count: int) -> None:
    plan = LoadPlan.for_route("GET /users/{n}", concurrency=_CONCURRENCY)
    with RouteDriver([plan], Endpoint(base_url=base_url)) as driver:
        driver.run(count, Deadline(60.0))


def _request_one_by_one(base_url: str, count: int) -> None:
    with requests.Session() as http:
        for n in range(count):
            http.get(f"{base_url}/users/{n}")


async def _gather(base_url: str, count: int) -> None:
    numbers = iter(range(count))

    async def work(http: aiohttp.ClientSession) -> None:
        for n in numbers:
            async with http.get(f"{base_url}/users/{n}") as response:
                await response.read()

    async with aiohttp.ClientSession() as http:
        await asyncio.gather(*(work(http) for _ in range(_CONCURRENCY)))
