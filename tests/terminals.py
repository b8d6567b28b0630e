"""A terminal of our own, which a command is run in and whose screen can be looked at."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyte

__all__ = ["Session", "run_in_terminal"]

# Whoever runs the tests may do so in CI, or with colours of one sort or the other.
_UNSET = {"CI", "BUILD_NUMBER", "NO_COLOR", "FORCE_COLOR", "PY_COLORS", "COLUMNS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What was seen of a command.

    Attributes:
        screens: Each different screen, as text without trailing blanks.
        written: All that was written, control sequences included.
        returncode: As ``subprocess`` gives it.

    """

    screens: Sequence[str]
    written: str
    returncode: int

    @property
    def last(self) -> str:
        """The screen at the end."""
        return self.screens[-1]


def run_in_terminal(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    columns: int = 100,
    lines: int = 60,
    interrupt_at: Callable[[str], bool] = lambda _screen: False,
) -> Session:
    """Run a command; press Ctrl-C once where a screen asks for it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    usual = {name: value for name, value in os.environ.items() if name not in _UNSET}
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**usual, "TERM": "xterm-256color", **(env or {})},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    screen = pyte.Screen(columns, lines)
    stream = pyte.ByteStream(screen)
    screens, written, is_interrupted = [""], b"", False
    while chunk := _read(ours):
        written += chunk
        stream.feed(chunk)
        shown = "\n".join(line.rstrip() for line in screen.display).rstrip()
        if shown != screens[-1]:
            screens.append(shown)
        if not is_interrupted and interrupt_at(shown):
            is_interrupted = True
            process.send_signal(signal.SIGINT)
    os.close(ours)
    return Session(
        screens=screens,
        written=written.decode(errors="replace"),
        returncode=process.wait(),
    )


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        # Linux says so where others say that it is at its end.
        return b""
