from __future__ import annotations

import pytest

from pytest_nodeleak.endings.exhaustion import is_exhausted
from pytest_nodeleak.exceptions import LoadFailed


def failed(first_bad: str = "answered 500: sorry", *output: str) -> LoadFailed:
    return LoadFailed(
        target="GET /", problem="all", first_bad=first_bad, output_tail=output
    )


def test_a_full_table_is_why_requests_fail() -> None:
    assert is_exhausted(failed("Connection reset"), open_now=99, limit=99)


@pytest.mark.parametrize("code", ["EMFILE", "ENFILE"])
def test_the_code_in_an_answer_tells_of_a_table_that_was_full(code: str) -> None:
    told = failed(f"GET /1 answered 500: Error: {code}: too many open files")
    assert is_exhausted(told, open_now=30, limit=1024)


def test_the_code_in_what_was_printed_last_tells_the_same() -> None:
    told = failed("answered 500: ", "Error: EMFILE: too many open files")
    assert is_exhausted(told, open_now=30, limit=None)


def test_a_code_that_was_printed_long_ago_does_not() -> None:
    told = failed("answered 500: ", "Error: EMFILE", *["later"] * 20)
    assert not is_exhausted(told, open_now=30, limit=1024)


def test_requests_that_fail_for_other_reasons_are_no_exhaustion() -> None:
    assert not is_exhausted(failed(), open_now=30, limit=1024)
