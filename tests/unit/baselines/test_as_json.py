"""A file is read by people: it has a line for each rate, and says what is wrong in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from measurements import known_leak, within

from pytest_nodeleak.baselines.as_json import (
    BaselineFormatError,
    format_baseline,
    parse_baseline,
)
from pytest_nodeleak.baselines.baseline import Baseline, LeakRate, Rates

GOLDEN = Path(__file__).parents[2] / "golden" / "baselines" / "file.json"
BASELINE = Baseline(
    name="main",
    checks={
        "test_shop.py::test_users::GET /users/{n}": {
            24: Rates(
                verdict="leak",
                leaks={
                    "7d0f4a3be911": LeakRate(
                        fingerprint="7d0f4a3be911",
                        what="listener bus._events.order, package @acme/bus",
                        entries=within(2.0, 0.1),
                        size_bytes=within(256.0, 57.6),
                    ),
                    "0c5e8b1d42aa": known_leak(size=402.123456),
                },
            ),
            20: Rates(verdict="leak", leaks={"0c5e8b1d42aa": known_leak()}),
        },
        "test_shop.py::test_search[ä]::POST /search": {
            24: Rates(
                verdict="over_limit",
                growth={
                    "fds": within(0.123456, 0.01),
                    "external": within(65_536, 6_600),
                },
            )
        },
        "nodeleak::GET /health::GET /health": {24: Rates(verdict="clean")},
    },
)


def test_a_file_has_a_line_for_each_rate_in_a_steady_order() -> None:
    assert format_baseline(BASELINE) == GOLDEN.read_text(encoding="utf-8")


def test_what_was_written_is_read_again_but_for_its_fourth_digit() -> None:
    text = format_baseline(BASELINE)

    assert format_baseline(parse_baseline(text, name="main")) == text


def test_a_check_that_nothing_is_known_of_is_left_out() -> None:
    empty = Baseline(name="main", checks={"t": {}})

    assert parse_baseline(format_baseline(empty), name="main").checks == {}


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.0, "0"), (1.0, "1"), (0.012345, "0.0123"), (65_536.7, "65500"), (-2.5, "-2.5")],
)
def test_numbers_are_kept_to_three_digits(value: float, written: str) -> None:
    rates = Rates(verdict="clean", growth={"fds": within(value, 0)})

    text = format_baseline(Baseline(name="main", checks={"t": {24: rates}}))

    assert f'"value": {written},' in text


def refused(text: str) -> str:
    with pytest.raises(BaselineFormatError) as raised:
        parse_baseline(text, name="main")
    return str(raised.value)


def with_check(rates: str) -> str:
    return f'{{"nodeleak_baseline": 1, "checks": {{"t": {{"24": {rates}}}}}}}'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no JSON: Expecting value"),
        (
            '{"nodeleak_baseline": 1,\n<<<<<<< HEAD\n',
            "no JSON, but conflict markers of a merge: ",
        ),
        ("[]", "it lacks 'nodeleak_baseline', so it is another file"),
        ("[" * 100_000, "no JSON: "),
        (
            f'{{"nodeleak_baseline": 1, "checks": {{"t": {{"{"9" * 5000}": {{}}}}}}}}',
            "and has to have major versions of Node.js",
        ),
        (
            with_check(
                f'{{"verdict": "leak", "growth": {{"fds": {{"low": 1{"0" * 400}}}}}}}'
            ),
            "checks['t']['24'].growth.fds.low is too large for a number",
        ),
        ('{"schema": 1}', "it lacks 'nodeleak_baseline', so it is another file"),
        (
            '{"nodeleak_baseline": 2}',
            "nodeleak_baseline is 2 and this version reads 1: update pytest-nodeleak,",
        ),
        ('{"nodeleak_baseline": 1}', "checks is None and has to be an object"),
        (
            '{"nodeleak_baseline": 1, "checks": {"t": {"v24": {}}}}',
            "checks['t'] has the key 'v24', and has to have major versions of Node.js",
        ),
        (with_check("[]"), "checks['t']['24'] is [] and has to be an object"),
        (with_check("{}"), "checks['t']['24'] lacks a verdict in quotes"),
        (
            with_check('{"verdict": "leak", "leaks": {"0c5e8b1d42aa": {}}}'),
            "checks['t']['24'].leaks.0c5e8b1d42aa.entries is None and has to be an",
        ),
        (
            with_check('{"verdict": "leak", "growth": {"fds": {"low": true}}}'),
            "checks['t']['24'].growth.fds.low is True and has to be a number",
        ),
        (
            with_check(
                '{"verdict": "leak",'
                ' "growth": {"fds": {"low": 0, "value": 1, "high": NaN}}}'
            ),
            "checks['t']['24'].growth.fds.high is nan and has to be finite",
        ),
        (
            with_check(
                '{"verdict": "leak",'
                ' "growth": {"fds": {"low": 0, "value": 3, "high": 2}}}'
            ),
            "growth.fds has to be low <= value <= high, and is 0.0, 3.0, 2.0",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place(
    text: str, problem: str
) -> None:
    assert problem in refused(text)


def test_rates_may_be_raised_by_hand() -> None:
    text = format_baseline(BASELINE).replace('"high": 1.05', '"high": 9')

    (leak,) = (
        parse_baseline(text, name="main")
        .checks["test_shop.py::test_users::GET /users/{n}"][20]
        .leaks.values()
    )

    assert (leak.entries.low, leak.entries.high) == (0.95, 9)


@pytest.mark.parametrize(
    "golden", ["baselines/file.json", "baselines/summary.txt", "commands/trend.txt"]
)
def test_the_document_shows_what_is_really_written(golden: str) -> None:
    document = Path(__file__).parents[3] / "docs" / "baselines.md"

    shown = (GOLDEN.parents[1] / golden).read_text(encoding="utf-8")

    assert shown in document.read_text(encoding="utf-8")
