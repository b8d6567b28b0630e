from __future__ import annotations

from typing import Any

import pytest

from pytest_nodeleak.cdp.answers import reading_answer, whole
from pytest_nodeleak.exceptions import AnswerMalformed, DeadlineExceeded


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({}, "it lacks 'usedSize'"),
        ([], "list indices must be integers or slices, not str"),
        (None, "'NoneType' object is not subscriptable"),
        ({"usedSize": None}, "float() argument must be"),
        ({"usedSize": "many"}, "could not convert string to float: 'many'"),
        ({"usedSize": 10**400}, "int too large to convert to float"),
        ({"usedSize": float("inf")}, "cannot convert float infinity to integer"),
        ({"usedSize": float("nan")}, "cannot convert float NaN to integer"),
    ],
)
def test_an_answer_that_is_none_says_what_is_wrong_with_it(
    told: Any,  # noqa: ANN401  # JSON
    problem: str,
) -> None:
    with (
        pytest.raises(
            AnswerMalformed, match=r"answer to Runtime\.getHeapUsage"
        ) as info,
        reading_answer("Runtime.getHeapUsage"),
    ):
        whole(told["usedSize"])
    assert info.value.problem.startswith(problem)


def test_an_answer_is_not_quoted_at_length() -> None:
    with pytest.raises(AnswerMalformed) as info, reading_answer("A.b"):
        whole("x" * 10_000_000)  # type: ignore[arg-type]  # it is what JSON has
    assert len(str(info.value)) < 1000


def test_an_error_of_ours_stays_what_it_is() -> None:
    with pytest.raises(DeadlineExceeded), reading_answer("A.b"):
        raise DeadlineExceeded(waiting_for="answer to A.b", allowed_s=1.0)
