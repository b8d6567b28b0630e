from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import strategies as st

from pytest_nodeleak.traffic.openapi.drawing import NothingToDraw, draw


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


@pytest.mark.parametrize(
    "strategy",
    [
        st.integers().filter(lambda _: False),
        st.lists(st.just(1), min_size=2, unique=True),
        st.nothing(),
    ],
    ids=["filtered", "not enough", "nothing"],
)
def test_where_no_value_fits_it_is_said_of_what(
    strategy: st.SearchStrategy[object],
) -> None:
    with pytest.raises(NothingToDraw, match="of the schemas of GET /a one contradicts"):
        draw(strategy, 5, "GET /a")
