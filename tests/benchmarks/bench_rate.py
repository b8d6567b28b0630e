"""Seconds to a verdict by the rate of the requests, and by that of the leak.

A small app takes a while to answer that is set; eight requests are under way at a time,
so that 400 ms mean 20 requests per second. It keeps an object of each request, of each
tenth or of each hundredth. A scenario, a callable that takes a session of `requests`,
sends one request after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.checks import check_row, launched, written
from benchmarks.rows import Row, Size
from pytest_nodeleak.fixtures.outcome import Report
from pytest_nodeleak.load.scenario import BoundSession, Scenario

__all__ = ["measure_rate"]

_APP = """
const kept = new Map();
const [after, every] = [Number(process.env.AFTER_MS), Number(process.env.EVERY)];
let served = 0;
require('node:http').createServer((request, response) => {
  served += 1;
  if (every && served % every === 0) kept.set(served, { at: served });
  if (after) setTimeout(() => response.end('ok'), after);
  else response.end('ok');
}).listen(process.env.PORT, '127.0.0.1');
"""
# What is sent, the app's delay in milliseconds, and of how many requests one object stays.
_ROUTE = "GET /{n}"


def _one_request(http: BoundSession) -> None:
    http.get(f"/{http.number}")


_RUNS: Mapping[str, tuple[str | Scenario, int, int]] = {
    "leak, as fast as it goes": (_ROUTE, 0, 1),
    "leak, 2,000 requests/s": (_ROUTE, 4, 1),
    "leak, 200 requests/s": (_ROUTE, 40, 1),
    "leak, 20 requests/s": (_ROUTE, 400, 1),
    "leak, a scenario": (_one_request, 0, 1),
    "leak, 1 object in 10 requests": (_ROUTE, 0, 10),
    "leak, 1 object in 100 requests": (_ROUTE, 0, 100),
    "clean, as fast as it goes": (_ROUTE, 0, 0),
    "clean, 200 requests/s": (_ROUTE, 40, 0),
    "clean, 20 requests/s": (_ROUTE, 400, 0),
}
# Of the row that others are held against.
_REPEATS = {Size.FULL: 3, Size.QUICK: 1, Size.SMALLEST: 1}
_FEWER = {Size.QUICK: 2, Size.SMALLEST: 1}


def measure_rate(size: Size) -> Iterator[Row]:
    """Yield seconds, beside those of the first row of the same verdict."""
    fastest: dict[str, Row] = {}
    with written(_APP) as directory:
        for name in list(_RUNS)[: _FEWER.get(size)]:
            verdict = name.partition(",")[0]
            repeats = 1 if verdict in fastest else _REPEATS[size]
            reports = [_check(name, directory, size) for _ in range(repeats)]
            row = check_row(name, reports, verdict=verdict, beside=fastest.get(verdict))
            yield row
            fastest.setdefault(verdict, row)


def _check(name: str, directory: Path, size: Size) -> Report:
    target, after_ms, every = _RUNS[name]
    env = {"AFTER_MS": str(after_ms), "EVERY": str(every)}
    with launched("node app.cjs", directory, size, env=env) as app:
        return app.hammer(target)
