from __future__ import annotations

import pytest

from pytest_nodeleak.judging.forecast import HoursAt, Resource, extrapolate


def test_it_says_when_the_limit_is_reached_at_usual_traffic() -> None:
    outlook = extrapolate(
        Resource.HEAP, used=10_000_000, per_request=1000, limit=1_810_000_000
    )

    assert outlook is not None
    assert outlook.limit == 1_810_000_000
    assert outlook.requests_to_limit == 1_800_000
    assert outlook.hours_at == (
        HoursAt(requests_per_s=10.0, hours=50.0, per_hour=36e6),
        HoursAt(requests_per_s=50.0, hours=10.0, per_hour=180e6),
        HoursAt(requests_per_s=200.0, hours=2.5, per_hour=720e6),
    )
    assert outlook.usual.requests_per_s == 50.0


def test_a_traffic_that_is_known_is_the_only_one() -> None:
    outlook = extrapolate(Resource.FDS, per_request=0.5, limit=1024, rates=(2.0,))

    assert outlook is not None
    assert [at.requests_per_s for at in outlook.hours_at] == [2.0]
    assert outlook.usual.hours == pytest.approx(1024 / 3600)


def test_without_a_limit_there_is_a_rate_and_no_end() -> None:
    outlook = extrapolate(Resource.LISTENERS, per_request=2)

    assert outlook is not None
    assert outlook.requests_to_limit is None
    assert outlook.usual == HoursAt(requests_per_s=50.0, hours=None, per_hour=360e3)


@pytest.mark.parametrize("per_request", [0.0, -3.5])
def test_what_does_not_grow_reaches_no_limit(per_request: float) -> None:
    assert extrapolate(Resource.HEAP, per_request=per_request, limit=100) is None


def test_an_app_beyond_its_limit_has_no_requests_left() -> None:
    outlook = extrapolate(Resource.HEAP, used=200, per_request=1, limit=100)

    assert outlook is not None
    assert outlook.requests_to_limit == 0
    assert {at.hours for at in outlook.hours_at} == {0.0}
