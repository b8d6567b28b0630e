"""Seconds by the number of routes.

*Mixed* is one check of all routes together (`mix=True`), one of which leaks. *Swept* is
a whole session of pytest that checks each route by itself, with one app for all of them
(`--nodeleak-route`); one route in ten leaks.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.checks import budget_s, check_row, launched, written
from benchmarks.rows import Readings, Row, Size
from benchmarks.timed_command import run_timed
from pytest_nodeleak.fixtures.outcome import Report

__all__ = ["measure_routes", "measure_sweep"]

_LEAK_EVERY = 10
# Each route is a function of its own, as in a real app; leaking ones have a Map each.
_APP = """
const routes = {};
const every = Number(process.env.LEAK_EVERY);
for (let number = 0; number < Number(process.env.ROUTES); number += 1) {
  const kept = new Map();
  routes[`r${number}`] = number % every
    ? (id) => `{"id":"${id}"}`
    : (id) => { kept.set(id, { id }); return String(kept.size); };
}
require('node:http').createServer((request, response) => {
  const [, route, id] = request.url.split('/');
  response.end(routes[route]?.(id));
}).listen(process.env.PORT, '127.0.0.1');
"""
# How many routes, and how often.
_MIXED = {
    Size.FULL: {1: 2, 10: 2, 50: 1, 240: 1},
    Size.QUICK: {1: 1, 10: 1},
    Size.SMALLEST: {2: 1},
}
_SWEPT = {Size.FULL: (1, 10), Size.QUICK: (1,), Size.SMALLEST: ()}
_SWEPT_LONG = {Size.FULL: (50, 240), Size.QUICK: (2,), Size.SMALLEST: (1,)}
_LONGEST_SWEEP_S = 3_600.0


def measure_routes(size: Size) -> Iterator[Row]:
    """Yield seconds of mixed checks and of short sweeps, beside those of one route."""
    one: Row | None = None
    with written(_APP) as directory:
        for routes, repeats in _MIXED[size].items():
            reports = [_check(routes, directory, size) for _ in range(repeats)]
            row = check_row(f"{routes} mixed", reports, verdict="leak", beside=one)
            yield row
            one = one or row
    yield from _sweeps(_SWEPT[size], size)


def measure_sweep(size: Size) -> Iterator[Row]:
    """Yield seconds of long sweeps."""
    yield from _sweeps(_SWEPT_LONG[size], size)


def _check(routes: int, directory: Path, size: Size) -> Report:
    env = {"ROUTES": str(routes), "LEAK_EVERY": str(routes)}
    with launched("node app.cjs", directory, size, env=env) as app:
        if routes == 1:
            return app.hammer(_routes(1)[0])
        return app.hammer(_routes(routes), mix=True)


def _routes(count: int) -> list[str]:
    return [f"GET /r{number}/{{n}}" for number in range(count)]


def _sweeps(counts: Sequence[int], size: Size) -> Iterator[Row]:
    first: Row | None = None
    with written(_APP) as directory:
        for count in counts:
            seconds, right = _sweep(count, directory, size)
            row = Row(
                what=f"{count} swept",
                unit="s",
                ours=Readings(values=(seconds,)),
                peer=first.what if first else "",
                theirs=first.ours if first else None,
                note=f"{right} of {count} right",
            )
            yield row
            first = first or row


def _sweep(count: int, directory: Path, size: Size) -> tuple[float, int]:
    """Return the seconds of the session, and how many verdicts were right."""
    record = directory / f"record-{count}.json"
    environment = [f"ROUTES={count}", f"LEAK_EVERY={_LEAK_EVERY}"]
    session = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    finished = run_timed(
        [
            *("env", *environment, *session),
            *("--nodeleak", "--nodeleak-app=node app.cjs"),
            *(f"--nodeleak-budget={budget_s(size)}", f"--nodeleak-json={record}"),
            *(f"--nodeleak-route={route}" for route in _routes(count)),
        ],
        cwd=directory,
        timeout_s=_LONGEST_SWEEP_S,
        # It fails, as it should: a route leaks.
        expect_status=(1,),
    )
    verdicts = {
        check["target"]: check["verdict"]
        for check in json.loads(record.read_text(encoding="utf-8"))["checks"]
    }
    right = sum(
        verdicts[route] == ("clean" if number % _LEAK_EVERY else "leak")
        for number, route in enumerate(_routes(count))
    )
    return finished.elapsed_s, right
