"""The line that shows, below pytest's own, how a check goes. Only where somebody watches.

pytest leaves the cursor behind the name of the test file, and goes on from there with a dot
when the test is over. So the cursor is put back after each drawing: whoever writes in
between, writes where it would have without us.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from io import StringIO
from typing import TYPE_CHECKING

from pytest_nodeleak.progress import SILENT, Progress, ProgressEvent
from pytest_nodeleak.report.live import Live, LiveLine, advance, live_line
from pytest_nodeleak.session.session import PROGRESS
from pytest_nodeleak.session.terminal import TERMINAL

if TYPE_CHECKING:
    import pytest

__all__ = ["TerminalLine", "painter", "progress_of"]

_INTERVAL_S = 0.25
_USUAL_WIDTH = 80
# Go down a line and up again, which scrolls where there is none below; remember where one
# is; go to the line below.
_BELOW = "\x1bD\x1b[A\x1b7\r\x1b[B"
_ERASE = "\x1b[2K"
_BACK = "\x1b8"


class TerminalLine:
    """Draws what it is told, four times a second at most; erases it at the end.

    Args:
        write: Takes what goes to the terminal, whole.
        paint: Turns the line into text for the terminal.
        width: Tells the terminal's width.

    """

    def __init__(
        self,
        write: Callable[[str], None],
        paint: Callable[[LiveLine], str],
        width: Callable[[], int],
    ) -> None:
        self._write = write
        self._paint = paint
        self._width = width
        self._live: Live | None = None
        self._began_s = 0.0
        # Which of several processes of an app is shown may end in a thread of its own.
        self._telling = threading.Lock()
        self._over = threading.Event()
        self._drawing: threading.Thread | None = None

    def tell(self, event: ProgressEvent) -> None:
        """Take note of an event; what it changes is seen with the next drawing."""
        with self._telling:
            live = self._live = advance(self._live, event)
        if live is None:
            self.stop()
        elif self._drawing is None:
            self._start()

    def stop(self) -> None:
        """Erase the line and draw no more until something begins."""
        with self._telling:
            self._live = None
        drawing, self._drawing = self._drawing, None
        if drawing is not None:
            self._over.set()
            drawing.join()

    def _start(self) -> None:
        self._began_s = time.monotonic()
        self._over = threading.Event()
        self._drawing = threading.Thread(
            target=self._draw, args=(self._over,), name="nodeleak-line", daemon=True
        )
        self._drawing.start()

    def _draw(self, over: threading.Event) -> None:
        # A terminal that is gone is no reason to end a check.
        with suppress(OSError):
            drawn = ""
            while not over.wait(_INTERVAL_S):
                line = self._painted()
                if line and line != drawn:
                    self._write(f"{_BELOW}{_ERASE}{line}{_BACK}")
                    drawn = line
            if drawn:
                self._write(f"{_BELOW}{_ERASE}{_BACK}")

    def _painted(self) -> str:
        live, elapsed_s = self._live, time.monotonic() - self._began_s
        if live is None:
            return ""
        # What fills the last column makes some terminals wrap.
        width = self._width() - 1
        return self._paint(live_line(live, elapsed_s=elapsed_s, width=width))


def progress_of(config: pytest.Config) -> Progress:
    """Return what shows how checks go, which is nothing where nobody watches."""
    if PROGRESS not in config.stash:
        terminal = config.stash.get(TERMINAL, None)
        config.stash[PROGRESS] = (
            SILENT
            if terminal is None
            # pytest's writer is there only when the session has started.
            else _line_on(terminal, lambda: config.get_terminal_writer().hasmarkup)
        )
    return config.stash[PROGRESS]


def _line_on(terminal: int, has_colours: Callable[[], bool]) -> TerminalLine:
    def write(text: str) -> None:
        os.write(terminal, text.encode(errors="replace"))

    def width() -> int:
        return os.get_terminal_size(terminal).columns or _USUAL_WIDTH

    def paint(line: LiveLine) -> str:
        return painter(has_colours=has_colours())(line, width() - 1)

    return TerminalLine(write, paint, width)


@cache
def painter(*, has_colours: bool) -> Callable[[LiveLine, int], str]:
    """Return what turns a line into text for a terminal, by what that can show."""
    # Lazy, and so loaded while the first app starts, by those who see it.
    from rich.console import Console
    from rich.text import Text

    console = Console(
        file=StringIO(),
        force_terminal=True,
        color_system="standard" if has_colours else None,
    )

    def paint(line: LiveLine, width: int) -> str:
        text = Text(str(line))
        text.stylize("bold cyan", end=len(line.target))
        # Only here it is known that some characters are two columns wide.
        text.truncate(width, overflow="ellipsis")
        with console.capture() as painted:
            console.print(text, end="", soft_wrap=True)
        return painted.get()

    return paint
