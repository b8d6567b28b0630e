from __future__ import annotations

import pytest

from pytest_nodeleak.forecast import HoursAt, forecast


def test_it_says_when_the_limit_is_reached_at_usual_traffic() -> None:
    outlook = forecast(
        used_bytes=10_000_000, bytes_per_request=1000, limit_bytes=1_810_000_000
    )

    assert outlook is not None
    assert outlook.limit_bytes == 1_810_000_000
    assert outlook.requests_to_limit == 1_800_000
    assert outlook.hours_at == (
        HoursAt(requests_per_s=10.0, hours=50.0),
        HoursAt(requests_per_s=50.0, hours=10.0),
        HoursAt(requests_per_s=200.0, hours=2.5),
    )


@pytest.mark.parametrize("bytes_per_request", [0.0, -3.5])
def test_what_does_not_grow_reaches_no_limit(bytes_per_request: float) -> None:
    assert (
        forecast(used_bytes=0, bytes_per_request=bytes_per_request, limit_bytes=100)
        is None
    )


def test_an_app_beyond_its_limit_has_no_requests_left() -> None:
    outlook = forecast(used_bytes=200, bytes_per_request=1, limit_bytes=100)

    assert outlook is not None
    assert outlook.requests_to_limit == 0
    assert {at.hours for at in outlook.hours_at} == {0.0}
