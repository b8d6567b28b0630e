from __future__ import annotations

from dataclasses import replace

import pytest
from measurements import memory

from pytest_nodeleak.load.result import LoadResult
from pytest_nodeleak.stages.bench import _grace_s, longest_reply_s


@pytest.mark.parametrize(
    ("answered", "bad", "grace_s"),
    [
        pytest.param(1000, 5, 0.0, id="a few bad answers"),
        pytest.param(1000, 500, 0.5, id="too many bad answers"),
        pytest.param(999, 1, 0.5, id="a broken connection"),
        pytest.param(500, 500, 2.0, id="connections refused"),
    ],
)
def test_an_app_is_waited_for_where_it_may_be_about_to_end(
    answered: int, bad: int, grace_s: float
) -> None:
    result = LoadResult(
        requests=1000,
        elapsed_s=1.0,
        statuses={200: answered},
        bad=bad,
        first_bad="bad",
    )
    assert _grace_s(result) == grace_s


def test_v8_may_take_longer_for_an_answer_about_a_large_heap() -> None:
    assert longest_reply_s(None) == 30.0
    small, large = (
        replace(memory().before, heap_used_bytes=size) for size in (10**7, 5 * 10**8)
    )
    assert longest_reply_s(small) == pytest.approx(32.0)
    assert longest_reply_s(large) == pytest.approx(130.0)
