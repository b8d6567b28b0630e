from __future__ import annotations

import re

import pytest
from openapi_documents import rendered

from pytest_nodeleak.traffic.openapi.drawing import draw
from pytest_nodeleak.traffic.openapi.patterns import matching
from pytest_nodeleak.traffic.openapi.texts import FreshText

NUMBERS = [0, 1, 9, 61, 4711, 10**9, 10**15]


@pytest.mark.parametrize(
    "pattern",
    [
        "^[0-9a-f]{24}$",
        "^[A-Z]{2}-[0-9]{4}$",
        r"^\+[0-9]{8,14}$",
        "^[1-9][0-9]{5}$",
        "[a-z]{8}",
        r"^usr_[A-Za-z0-9]{16}$",
    ],
)
def test_a_text_stays_a_match_with_its_new_part(pattern: str) -> None:
    strategy = matching(pattern, None, None)
    assert strategy is not None

    for text in draw(strategy, 20, pattern):
        assert isinstance(text, FreshText)
        assert all(re.search(pattern, rendered(text, n)) for n in NUMBERS)
        assert rendered(text, 1) != rendered(text, 2)


def test_a_text_without_room_for_a_new_part_is_a_match_all_the_same() -> None:
    pattern = "^20[23][0-9]-(0[1-9]|1[0-2])$"
    strategy = matching(pattern, None, None)
    assert strategy is not None

    texts = draw(strategy, 20, pattern)

    assert len(set(texts)) > 10
    assert all(isinstance(one, str) and re.search(pattern, one) for one in texts)


def test_lengths_count_beside_the_pattern() -> None:
    strategy = matching("^[a-z]+$", 3, 5)
    assert strategy is not None

    assert {len(rendered(one)) for one in draw(strategy, 20, "x")} <= {3, 4, 5}


def test_a_pattern_that_python_does_not_read_is_none() -> None:
    assert matching(r"^\p{L}+$", None, None) is None
