from __future__ import annotations

import pytest

from pytest_nodeleak.load.result import LoadResult, Tally


def result(*, requests: int, bad: int = 0, elapsed_s: float = 2.0) -> LoadResult:
    return LoadResult(
        requests=requests, elapsed_s=elapsed_s, statuses={}, bad=bad, first_bad=None
    )


@pytest.mark.parametrize(
    ("bad", "requests", "valid"),
    [
        pytest.param(0, 100, True, id="all good"),
        pytest.param(10, 1000, True, id="1 %"),
        pytest.param(11, 1000, False, id="more than 1 %"),
        pytest.param(1, 16, True, id="a single one is no share"),
        pytest.param(2, 16, False, id="two of a few"),
        pytest.param(5, 100, False, id="5 %"),
        pytest.param(2, 2, False, id="all bad"),
        pytest.param(0, 0, True, id="none sent"),
    ],
)
def test_a_load_is_valid_unless_more_than_1_percent_went_wrong(
    bad: int, requests: int, *, valid: bool
) -> None:
    assert result(requests=requests, bad=bad).is_valid is valid


def test_the_throughput_is_per_second() -> None:
    assert result(requests=500, elapsed_s=2.0).requests_per_s == 250.0


def test_a_load_that_took_no_time_has_no_throughput() -> None:
    assert result(requests=0, elapsed_s=0.0).requests_per_s == 0.0


def test_answers_are_counted_by_status_and_the_first_bad_one_is_kept() -> None:
    tally = Tally()
    for _ in range(3):
        tally.add_answer(200)
    tally.add_bad("404 Not Found", 404)
    tally.add_bad("connection refused")

    counted = tally.result(1.5)

    assert counted == LoadResult(
        requests=5,
        elapsed_s=1.5,
        statuses={200: 3, 404: 1},
        bad=2,
        first_bad="404 Not Found",
    )
    assert counted.lost == 1


def test_a_result_does_not_change_when_counting_goes_on() -> None:
    tally = Tally()
    tally.add_answer(200)
    counted = tally.result(1.0)

    tally.add_answer(200)

    assert counted.statuses == {200: 1}
    with pytest.raises(TypeError):
        counted.statuses[200] = 5  # type: ignore[index]


def test_nothing_but_bad_answers_is_hopeless() -> None:
    tally = Tally()
    for _ in range(19):
        tally.add_bad("500")
    assert not tally.is_hopeless

    tally.add_bad("500")

    assert tally.is_hopeless


def test_one_good_answer_gives_hope() -> None:
    tally = Tally()
    tally.add_answer(200)
    for _ in range(100):
        tally.add_bad("500")

    assert not tally.is_hopeless


def test_requests_that_were_under_way_are_kept_the_first_ones() -> None:
    tally = Tally()
    tally.add_bad("GET /0 answered 500", 500)
    for number in range(1, 40):
        tally.add_bad("the connection broke", unanswered=f"GET /{number}")

    assert tally.result(1.0).unanswered[:2] == ("GET /1", "GET /2")
    assert len(tally.result(1.0).unanswered) == 20
