from __future__ import annotations

import time
from collections.abc import Callable

import pyte
import pytest

from pytest_nodeleak.progress import CheckBegun, Ended, StageBegun
from pytest_nodeleak.report.live import LiveLine
from pytest_nodeleak.session.live_line import TerminalLine, painter

BEGUN = CheckBegun(target="GET /users/{n}", allowed_s=600)
_DEADLINE_S = 10.0


class Terminal:
    """Six lines, with what pytest has written when a test begins."""

    def __init__(self, before: str = "") -> None:
        self.screen = pyte.Screen(60, 6)
        self._stream = pyte.Stream(self.screen)
        self.writes = 0
        self._stream.feed(f"{before}test_leaks.py ")
        self.line = TerminalLine(self.write, str, lambda: 60)

    def write(self, text: str) -> None:
        self.writes += 1
        self._stream.feed(text)

    @property
    def shown(self) -> list[str]:
        return "\n".join(map(str.rstrip, self.screen.display)).rstrip().split("\n")


def wait_until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + _DEADLINE_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("before", ["", "\n" * 5], ids=["at the top", "at the bottom"])
def test_the_line_comes_below_the_cursor_and_goes(before: str) -> None:
    terminal = Terminal(before)
    terminal.line.tell(BEGUN)
    wait_until(lambda: terminal.writes)
    assert terminal.shown[-2] == "test_leaks.py"
    assert terminal.shown[-1].startswith("GET /users/{n}  connecting  ")
    terminal.line.tell(StageBegun(name="screen"))
    wait_until(lambda: "  screen  " in terminal.shown[-1])
    terminal.line.tell(Ended())
    assert terminal.shown[-1] == "test_leaks.py"
    # pytest goes on where it was.
    terminal.write(".")
    assert terminal.shown[-1] == "test_leaks.py ."


def test_what_is_over_at_once_is_not_shown() -> None:
    terminal = Terminal()
    for _ in range(3):
        terminal.line.tell(BEGUN)
        terminal.line.tell(Ended())
    assert terminal.writes == 0


def test_each_check_has_its_line_and_none_comes_late() -> None:
    terminal = Terminal()
    terminal.line.tell(BEGUN)
    terminal.line.stop()
    terminal.line.tell(StageBegun(name="screen"))
    terminal.line.tell(BEGUN)
    wait_until(lambda: terminal.writes)
    assert "connecting" in terminal.shown[-1]
    terminal.line.stop()


def test_a_terminal_that_is_gone_ends_no_check() -> None:
    tried = []

    def write(text: str) -> None:
        tried.append(text)
        raise OSError

    line = TerminalLine(write, str, lambda: 80)
    line.tell(BEGUN)
    wait_until(lambda: tried)
    line.tell(Ended())
    assert len(tried) == 1


def test_characters_of_two_columns_are_counted_as_two() -> None:
    line = LiveLine(target="GET /" + "书" * 20, rest="57 s left")
    painted = painter(has_colours=False)(line, 30)
    assert painted == "GET /" + "书" * 12 + "…"


def test_only_the_target_is_coloured_and_only_where_that_is_allowed() -> None:
    line = LiveLine(target="GET /[red]", rest="57 s left")
    assert painter(has_colours=False)(line, 80) == "GET /[red]  57 s left"
    coloured = painter(has_colours=True)(line, 80)
    assert coloured == "\x1b[1;36mGET /[red]\x1b[0m  57 s left"
