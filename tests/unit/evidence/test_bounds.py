from __future__ import annotations

import pytest

from pytest_nodeleak.evidence.bounds import LifetimeBound, SizeBound, read_bound


@pytest.mark.parametrize(
    "name",
    ["max", "maxSize", "maxEntries", "maxItems", "maxKeys", "maxLength", "capacity",
     "limit"],
)  # fmt: skip
def test_a_size_bound_is_read_by_its_name(name: str) -> None:
    assert read_bound({name: 5000}) == SizeBound(name=name, entries=5000)


@pytest.mark.parametrize(
    "name", ["ttl", "ttlMs", "maxAge", "maxAgeMs", "windowMs", "expiresIn"]
)
def test_a_lifetime_is_milliseconds_where_the_name_does_not_say_more(name: str) -> None:
    assert read_bound({name: 1500}) == LifetimeBound(name=name, lifetime_s=1.5)


@pytest.mark.parametrize("name", ["ttlSeconds", "stdTTL"])
def test_a_lifetime_is_seconds_where_the_name_says_so(name: str) -> None:
    assert read_bound({name: 90}) == LifetimeBound(name=name, lifetime_s=90)


def test_a_size_comes_before_a_lifetime() -> None:
    assert read_bound({"ttl": 60_000, "max": 500}) == SizeBound(name="max", entries=500)


@pytest.mark.parametrize("total", ["totalSize", "calculatedSize"])
def test_a_bound_on_sizes_is_as_many_entries_as_are_like_the_present_ones(
    total: str,
) -> None:
    """100 entries of 200 bytes each, and room for 50,000."""
    bound = read_bound({"maxSize": 50_000, total: 20_000}, present=100)

    assert bound == SizeBound(name="maxSize", entries=250, size=50_000)
    assert str(bound) == "maxSize 50,000, about 250 entries"


@pytest.mark.parametrize(
    ("announced", "present"),
    [
        pytest.param({"maxSize": 500, "totalSize": 100}, 100, id="sizes of 1"),
        pytest.param({"maxSize": 500, "totalSize": 900}, None, id="unknown number"),
        pytest.param({"maxSize": 500, "totalSize": 900}, 0, id="empty"),
        pytest.param({"maxSize": 500}, 100, id="no sizes"),
    ],
)
def test_a_bound_on_entries_stays_one(
    announced: dict[str, float], present: int | None
) -> None:
    bound = read_bound(announced, present=present)

    assert bound == SizeBound(name="maxSize", entries=500)


def test_a_number_of_entries_comes_before_their_sizes() -> None:
    announced = {"max": 500, "maxSize": 50_000, "calculatedSize": 20_000}

    assert read_bound(announced, present=100) == SizeBound(name="max", entries=500)


def test_other_numbers_are_no_bounds() -> None:
    assert read_bound({"size": 10, "maximum": 10, "Max": 10, "port": 80}) is None


def test_bounds_read_as_a_person_would_write_them() -> None:
    assert str(SizeBound(name="max", entries=5000)) == "max 5,000"
    assert str(LifetimeBound(name="ttl", lifetime_s=1.5)) == "ttl 1.5 s"
    assert str(LifetimeBound(name="stdTTL", lifetime_s=3600)) == "stdTTL 3,600 s"
