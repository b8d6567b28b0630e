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
# As much as a pipe holds.
_PIECE_BYTES = 65536
_ENDING = "Waiting for the debugger to disconnect..."

# What Node's own lines that we look for begin with.
_SIGNS = (b"Debugger listening on ", _ENDING.encode())


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
    200 lines are kept, each cut at 2,000 characters.
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
        rest = b""
        with pipe:
            while piece := pipe.read(_PIECE_BYTES):
                whole, is_cut, rest = (rest + piece).rpartition(b"\n")
                if is_cut:
                    self._add(whole)
                if len(rest) >= _LONGEST_LINE:
                    # An endless line must not fill our memory.
                    self._add(rest)
                    rest = b""
        if rest:
            self._add(rest)

    def _add(self, text: bytes) -> None:
        """Take whole lines.

        Of many only the last are looked at, unless Node's own may be among them: an app
        that prints millions of lines must not keep us, and by us itself, from all else.
        """
        may_be_nodes = any(sign in text for sign in _SIGNS)
        most = -1 if may_be_nodes else _KEPT_LINES
        for line in text.rsplit(b"\n", most)[-_KEPT_LINES if most > 0 else 0 :]:
            self._add_parts(line.decode(errors="replace").rstrip("\r"))

    def _add_parts(self, line: str) -> None:
        if len(line) <= _LONGEST_LINE:
            self.add_line(line)
            return
        for start in range(0, len(line), _LONGEST_LINE):
            self.add_line(line[start : start + _LONGEST_LINE])

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
