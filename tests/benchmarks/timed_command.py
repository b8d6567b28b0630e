"""A command, run to its end: how long it took, and what it used."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Finished", "run_timed"]

_LAST_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a command took.

    Attributes:
        elapsed_s: From its start to its end.
        cpu_s: Processor time of all its threads and of the children it waited for.
        peak_rss_bytes: The most resident memory it had.
        output: What it printed.

    """

    elapsed_s: float
    cpu_s: float
    peak_rss_bytes: int
    output: str


def run_timed(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    timeout_s: float = 300.0,
    expect_status: Collection[int] = (0,),
) -> Finished:
    """Run a command.

    Raises:
        RuntimeError: If it ends with another status, or is killed after ``timeout_s``.

    """
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, stdout=output, stderr=subprocess.STDOUT
        )
        stop = threading.Timer(timeout_s, process.kill)
        stop.start()
        _, status, usage = os.wait4(process.pid, 0)
        elapsed_s = time.perf_counter() - started
        stop.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode not in expect_status:
        name = " ".join(str(part) for part in command[:4])
        raise RuntimeError(
            f"{name} ended with {process.returncode}\n{text[-_LAST_CHARACTERS:]}"
        )
    return Finished(
        elapsed_s=elapsed_s,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_rss_bytes=usage.ru_maxrss * 1024,
        output=text,
    )
