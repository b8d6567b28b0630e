from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import strategies as st

from pytest_nodeleak.openapi.drawing import draw


def test_the_same_values_are_drawn_in_every_run() -> None:
    strategy = st.integers(0, 10**9)

    assert draw(strategy, 30, "GET /a") == draw(strategy, 30, "GET /a")
    assert draw(strategy, 30, "GET /a") != draw(strategy, 30, "GET /b")


def test_there_are_no_more_values_than_there_are() -> None:
    assert sorted(draw(st.booleans(), 30, "GET /a")) == [False, True]


def test_nothing_is_left_where_pytest_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    draw(st.from_regex(r"^\w+$"), 5, "GET /a")

    assert list(tmp_path.iterdir()) == []
