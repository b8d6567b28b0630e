"""Processor time that reading an app's output costs pytest.

An app prints 100 MB of lines of twenty characters as fast as it can. We look through them
for the banners of inspectors and keep the last 200 lines; beside that, Python reads them
and keeps as many.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

from benchmarks.rows import Readings, Row, Size, in_turns
from pytest_nodeleak.nodejs.binary import find_node
from pytest_nodeleak.nodejs.output import AppOutput

__all__ = ["measure_output"]

_LINE = "GET /books/17 200 ok"
_PRINTS = """
const { writeSync } = require('node:fs');
const [line, bytes] = process.argv.slice(1);
const piece = Buffer.from(`${line}\\n`.repeat(1000));
for (let left = Number(bytes); left > 0; left -= piece.length) {
  for (let at = 0; at < piece.length;) at += writeSync(1, piece, at);
}
"""
_MEGABYTES = {Size.FULL: 100, Size.QUICK: 20, Size.SMALLEST: 1}
_ROUNDS = {Size.FULL: 3, Size.QUICK: 1, Size.SMALLEST: 1}
_KEPT_LINES = 200
_TIMEOUT_S = 60.0


def measure_output(size: Size) -> Iterator[Row]:
    """Yield our processor time, beside that of the simplest loop."""
    megabytes = _MEGABYTES[size]
    read = in_turns(
        {
            "ours": partial(_cpu_s, _follow, megabytes, bufsize=0),
            "loop": partial(_cpu_s, _loop, megabytes),
        },
        rounds=_ROUNDS[size],
    )
    yield Row(
        what=f"{megabytes} MB of short lines",
        unit="CPU s",
        ours=Readings(values=tuple(read["ours"])),
        peer="reading the lines",
        theirs=Readings(values=tuple(read["loop"])),
    )


def _cpu_s(
    read: Callable[[IO[bytes]], None], megabytes: int, *, bufsize: int = -1
) -> float:
    node = find_node(None, os.environ)
    command: list[str | Path] = [
        node.path,
        "-e",
        _PRINTS,
        _LINE,
        str(megabytes * 1_000_000),
    ]
    started = time.process_time()
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=bufsize) as app:
        assert app.stdout is not None
        read(app.stdout)
        app.wait(_TIMEOUT_S)
    return time.process_time() - started


def _follow(pipe: IO[bytes]) -> None:
    output = AppOutput()
    output.follow(pipe)
    output.wait_closed(_TIMEOUT_S)


def _loop(pipe: IO[bytes]) -> None:
    deque(pipe, maxlen=_KEPT_LINES)
