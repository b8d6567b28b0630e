"""What the app prints: kept within bounds, and watched for inspector banners."""

from __future__ import annotations

import re
import threading
from collections import deque
from typing import IO

__all__ = ["AppOutput", "parse_banner"]

_BANNER = re.compile(
    r"Debugger listening on ws://(?P<host>127\.0\.0\.1|0\.0\.0\.0|localhost|\[::1?\])"
    r":(?P<port>\d+)(?P<path>/[0-9a-f-]+)\s*"
)
# An app's own flags may open it to all; we reach it by the loopback all the same.
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104  # not bound
_KEPT_LINES = 200
_LONGEST_LINE = 2000
_ENDING = "Waiting for the debugger to disconnect..."


def parse_banner(line: str) -> tuple[int, str] | None:
    """Return the port and WebSocket address of an inspector banner, or None."""
    match = _BANNER.fullmatch(line)
    if match is None:
        return None
    host = _ANYWHERE.get(match["host"], match["host"])
    return int(match["port"]), f"ws://{host}:{match['port']}{match['path']}"


class AppOutput:
    """Reads the app's pipes in the background until they close.

    The pipes must be drained, or a chatty app blocks; of what is read, the last
    200 lines are kept, each cut at 2,000 bytes.
    """

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._inspectors: dict[int, str] = {}
        self._is_ending = False
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def follow(self, pipe: IO[bytes]) -> None:
        """Start reading a pipe."""
        thread = threading.Thread(
            target=self._drain, args=(pipe,), name="nodeleak-output", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _drain(self, pipe: IO[bytes]) -> None:
        with pipe:
            # readline's limit keeps an endless line from filling our memory.
            while piece := pipe.readline(_LONGEST_LINE):
                self.add_line(piece.decode(errors="replace").rstrip("\r\n"))

    def add_line(self, line: str) -> None:
        """Take one line of output."""
        banner = parse_banner(line)
        with self._lock:
            if banner is None:
                self._lines.append(line)
            else:
                self._inspectors[banner[0]] = banner[1]
            self._is_ending |= line.startswith(_ENDING)

    @property
    def is_ending(self) -> bool:
        """Whether Node has said that only our inspector session keeps it from exiting."""
        with self._lock:
            return self._is_ending

    def tail(self, count: int = 20) -> tuple[str, ...]:
        """Return the last lines, without those the inspector prints."""
        with self._lock:
            own = [line for line in self._lines if not _is_inspector_chatter(line)]
        return tuple(own[max(0, len(own) - count) :])

    def inspector_urls(self) -> dict[int, str]:
        """Return the inspector addresses seen so far, by port."""
        with self._lock:
            return dict(self._inspectors)

    def wait_closed(self, timeout_s: float) -> None:
        """Wait until what the app printed before its end has been read."""
        for thread in self._threads:
            thread.join(timeout_s)


def _is_inspector_chatter(line: str) -> bool:
    return line.startswith(
        (
            "For help, see: https://nodejs.org/",
            "Debugger attached.",
            "Debugger ending on ",
            _ENDING,
        )
    )
