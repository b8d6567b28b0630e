from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_nodeleak.units import (
    format_bytes,
    format_count,
    format_duration,
    format_mib,
    format_number,
    format_things,
    parse_bytes,
    parse_duration_s,
)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("64", 64),
        ("64 B", 64),
        ("0", 0),
        ("1.5 KiB", 1536),
        ("1.5KB", 1500),
        (" 256MiB ", 256 * 1024**2),
        ("2 mb", 2_000_000),
        ("2 GiB", 2 * 1024**3),
        ("1 gb", 10**9),
    ],
)
def test_a_size_is_read(text: str, size: float) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize(
    "text",
    ["", "B", "24MBps nonsense", "24XB", "nonsense 24MB", "-1 B", "1e3", "1,000", ".5 B",
     "1. B", "5 B 6 B", "nan", "inf", "64 ms"],
)  # fmt: skip
def test_what_is_no_size_from_end_to_end_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a size such as '64 B', '1\.5 KiB'"):
        parse_bytes(text)


@pytest.mark.parametrize(
    ("text", "duration_s"),
    [("50 ms", 0.05), ("30 s", 30), ("30", 30), ("1.5min", 90), (" 2 h ", 7200)],
)
def test_a_duration_is_read_as_seconds(text: str, duration_s: float) -> None:
    assert parse_duration_s(text) == pytest.approx(duration_s)


def test_a_bare_number_has_the_unit_that_is_usual_there() -> None:
    assert parse_duration_s("50", bare_unit="ms") == pytest.approx(0.05)
    assert parse_duration_s("50 s", bare_unit="ms") == 50


@pytest.mark.parametrize(
    "text", ["", "ms", "5 KB", "-5 ms", "5 ms 6 ms", "soon", "5 minutes", "inf"]
)
def test_what_is_no_duration_from_end_to_end_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a duration such as '50 ms'"):
        parse_duration_s(text)


@settings(deadline=None)
@given(st.floats(0, 999e9))
def test_a_size_that_was_written_is_read_back_within_its_digits(size: float) -> None:
    # Three digits, and a tenth of a byte at the lower end.
    assert parse_bytes(format_bytes(size)) == pytest.approx(size, rel=0.006, abs=0.06)


@settings(deadline=None)
@given(st.floats(-1e15, 1e15))
def test_a_size_never_needs_more_than_three_digits_before_its_unit(size: float) -> None:
    number, unit = format_bytes(size).split()

    assert len(number.strip("-").replace(".", "")) <= 3 or unit == "GB"
    assert float(number.replace(",", "")) * size >= 0


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (0.25, "0.2 B"),
        (8.04, "8.0 B"),
        (9.99, "10.0 B"),
        (10.5, "10.5 B"),
        (99.96, "100 B"),
        (10, "10 B"),
        (402, "402 B"),
        (999.4, "999 B"),
        (999.5, "1.00 KB"),
        (5321, "5.32 KB"),
        (9_994, "9.99 KB"),
        (9_996, "10.0 KB"),
        (65_536, "65.5 KB"),
        (99_960, "100 KB"),
        (999_499, "999 KB"),
        (999_500, "1.00 MB"),
        (5.3e6, "5.30 MB"),
        (2.19e9, "2.19 GB"),
        (1.5e13, "15,000 GB"),
        (-2048, "-2.05 KB"),
    ],
)
def test_a_size_is_written_with_three_digits(size: float, text: str) -> None:
    assert format_bytes(size) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0.00"),
        (1, "1.00"),
        (0.02, "0.02"),
        (0.005, "0.01"),
        (0.0049, "0.005"),
        (0.00042, "0.0004"),
        (1234.5, "1,234.50"),
        (-1, "-1.00"),
    ],
)
def test_a_rate_is_written_with_the_decimals_it_needs(count: float, text: str) -> None:
    assert format_count(count) == text


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [
        (0.0123, "12 ms"),
        (1, "1 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "120 min"),
        (7200, "2 h"),
        (28 * 3600, "28 h"),
        (2 * 86400, "2 days"),
        (700 * 86400, "700 days"),
        (2 * 365 * 86400, "2 years"),
        (1e12, "31,710 years"),
    ],
)
def test_a_duration_is_written_in_the_unit_a_person_would_use(
    duration_s: float, text: str
) -> None:
    assert format_duration(duration_s) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (0.25, "0.25"),
        (50.024, "50.02"),
        (999.94, "999.9"),
        (1024, "1,024"),
        (65_536.4, "65,536"),
        (-12_345_678, "-12,345,678"),
    ],
)
def test_a_number_has_four_digits_or_all_before_the_point(
    number: float, text: str
) -> None:
    assert format_number(number) == text


def test_things_are_counted_as_one_or_as_many() -> None:
    counted = [format_things(count, "route") for count in (0, 1, 1024)]

    assert counted == ["0 routes", "1 route", "1,024 routes"]


def test_a_limit_of_memory_is_written_as_it_is_set() -> None:
    assert format_mib(2 * 1024**3) == "2,048 MiB"
