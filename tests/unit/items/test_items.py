from __future__ import annotations

from pathlib import Path

from pytest_nodeleak.items.items import _named
from pytest_nodeleak.settings.settings import Settings


def test_an_item_has_a_name_that_a_terminal_and_a_runner_only_show() -> None:
    hostile = ("GET /a\x1b[2Jb\n::error::c", "GET /a\x1b[2Jb\r::error::c", "GET /ok")
    names = [name for name, _ in _named(Settings(cwd=Path(), routes=hostile))]
    assert names == [
        "GET /a\ufffd[2Jb\ufffd::error::c",
        "GET /a\ufffd[2Jb\ufffd::error::c (2)",
        "GET /ok",
    ]
