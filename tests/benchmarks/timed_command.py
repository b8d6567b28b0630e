"""A command, run to its end: how long it took, and what it used."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Finished", "run_timed"]

_STARTER = Path(__file__).with_name("usage_of_command.py")
_LAST_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a command took.

    Attributes:
        elapsed_s: From its start to its end.
        cpu_s: Processor time of all its threads and of the children it waited for.
        peak_rss_bytes: The most resident memory it had, or one of these children; not
            less than that of a Python that does nothing, about 10 MB.
        status: What it ended with; negative if it was killed.
        output: What it printed.

    """

    elapsed_s: float
    cpu_s: float
    peak_rss_bytes: int
    status: int
    output: str


def run_timed(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    timeout_s: float = 300.0,
    expect_status: Collection[int] | None = (0,),
) -> Finished:
    """Run a command.

    Args:
        command: With its arguments.
        cwd: Where.
        timeout_s: The time after which it is killed.
        expect_status: What it may end with; None for anything.

    Raises:
        RuntimeError: If it cannot be started, or ends with another status.

    """
    reading, writing = os.pipe()
    with os.fdopen(reading) as report, tempfile.TemporaryFile() as output:
        starter = (sys.executable, "-I", "-S", _STARTER, str(writing), str(timeout_s))
        try:
            process = subprocess.Popen(
                (*starter, *command),
                cwd=cwd,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(writing,),
            )
        finally:
            os.close(writing)
        told = report.read().split()
        process.wait()
        output.seek(0)
        text = output.read().decode(errors="replace")
    name = " ".join(str(part) for part in command[:4])
    if not told:
        raise RuntimeError(f"{name} was not run\n{text[-_LAST_CHARACTERS:]}")
    status = int(told[3])
    if expect_status is not None and status not in expect_status:
        raise RuntimeError(f"{name} ended with {status}\n{text[-_LAST_CHARACTERS:]}")
    return Finished(
        elapsed_s=float(told[0]),
        cpu_s=float(told[1]),
        peak_rss_bytes=int(told[2]) * 1024,
        status=status,
        output=text,
    )
