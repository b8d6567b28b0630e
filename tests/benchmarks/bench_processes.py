"""Seconds of a clean check by the number of processes of the app.

An app of `node:cluster` with one worker, two and four, all of which are measured in the
same check, beside the same app without a cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.checks import check_row, launched, written
from benchmarks.rows import Row, Size
from pytest_nodeleak.fixtures.outcome import Report

__all__ = ["measure_processes"]

_APP = """
const cluster = require('node:cluster');
const workers = Number(process.env.WORKERS);
if (workers && cluster.isPrimary) {
  for (let number = 0; number < workers; number += 1) cluster.fork();
} else {
  require('node:http')
    .createServer((request, response) => response.end('ok'))
    .listen(process.env.PORT, '127.0.0.1');
}
"""
_WORKERS = {Size.FULL: (0, 1, 2, 4), Size.QUICK: (0, 2), Size.SMALLEST: (2,)}
_REPEATS = {Size.FULL: 2, Size.QUICK: 1, Size.SMALLEST: 1}


def measure_processes(size: Size) -> Iterator[Row]:
    """Yield seconds by the number of workers, beside those without a cluster."""
    alone: Row | None = None
    with written(_APP) as directory:
        for workers in _WORKERS[size]:
            reports = [_check(workers, directory, size) for _ in range(_REPEATS[size])]
            name = f"cluster of {workers}" if workers else "no cluster"
            row = check_row(name, reports, verdict="clean", beside=alone)
            yield row
            alone = alone or row


def _check(workers: int, directory: Path, size: Size) -> Report:
    env = {"WORKERS": str(workers)}
    with launched("node app.cjs", directory, size, env=env) as app:
        return app.hammer("GET /{n}")
