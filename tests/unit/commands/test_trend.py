from __future__ import annotations

import json
from pathlib import Path

import pytest
from measurements import known_leak, within

from pytest_nodeleak.baselines.as_json import format_baseline
from pytest_nodeleak.baselines.baseline import Baseline, LeakRate, Rates
from pytest_nodeleak.commands.main import main

GOLDEN = Path(__file__).parents[2] / "golden" / "commands"
CLEAN = Rates(verdict="clean")
USERS, SEARCH, HEALTH, ORDERS = (
    "test_shop.py::test_users::GET /users/{n}",
    "test_shop.py::test_search::POST /search",
    "nodeleak::GET /health::GET /health",
    "test_shop.py::test_orders::POST /orders",
)


def leaking(*leaks: LeakRate) -> Rates:
    return Rates(verdict="leak", leaks={leak.fingerprint: leak for leak in leaks})


def listener(entries: float) -> LeakRate:
    return LeakRate(
        fingerprint="7d0f4a3be911",
        what="listener bus._events.order, package @acme/bus",
        entries=within(entries, 0.05 * entries),
        size_bytes=within(128 * entries, 30),
    )


def growing(rate: float) -> Rates:
    return Rates(verdict="over_limit", growth={"external": within(rate, 0.1 * rate)})


#: Four months: a leak gets worse, another one is fixed, a third one comes and goes.
MONTHS = {
    "2026-09": {USERS: leaking(known_leak(), listener(2)), SEARCH: growing(200)},
    "2026-10": {USERS: leaking(known_leak(), listener(2)), SEARCH: growing(200)},
    "2026-11": {
        USERS: leaking(known_leak(entries=2, size=804), listener(2)),
        HEALTH: CLEAN,
        ORDERS: CLEAN,
    },
    "2026-12": {
        USERS: leaking(known_leak(entries=2, size=804)),
        SEARCH: growing(100),
        HEALTH: CLEAN,
        ORDERS: leaking(known_leak("e2c94b7a0d15", size=65_700)),
    },
}


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    return [str(save(tmp_path, month)) for month in MONTHS]


def save(directory: Path, month: str) -> Path:
    file = directory / f"{month}.json"
    checks = {check_id: {24: rates} for check_id, rates in MONTHS[month].items()}
    file.write_text(format_baseline(Baseline(name=month, checks=checks)))
    return file


def test_the_history_reads_as_its_golden_text(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trend", *files]) == 0
    assert capsys.readouterr().out == (GOLDEN / "trend.txt").read_text("utf-8")


def test_the_data_has_every_rate_and_the_checks_that_add_nothing(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["trend", *files, "--json"])
    record = json.loads(capsys.readouterr().out)

    assert record["baselines"] == [*MONTHS]
    checks = {check["id"]: check for check in record["checks"]}
    assert checks[HEALTH]["rates"] == []
    assert checks[HEALTH]["is_in"] == [False, False, True, True]
    (external,) = checks[SEARCH]["rates"]
    assert [one and one["value"] for one in external["values"]] == [200, 200, None, 100]
    assert (external["status"], external["change"]) == ("better", -0.5)


def test_files_of_one_name_are_told_apart_by_their_paths(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = []
    for release in ("v1", "v2"):
        (tmp_path / release).mkdir()
        paths.append(str(save(tmp_path / release, "2026-09")))

    main(["trend", *paths])

    assert capsys.readouterr().out.splitlines()[0].endswith(f": {paths[0]}, {paths[1]}")


def test_more_baselines_than_a_curve_has_columns_are_sampled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    months = [*MONTHS] * 5
    main(["trend", *(str(save(tmp_path, month)) for month in months)])

    curves = [line for line in capsys.readouterr().out.splitlines() if "▁" in line]
    assert {sum(c in "·▁▂▃▄▅▆▇█" for c in line) for line in curves} == {8}


@pytest.mark.parametrize("content", [None, "{}"])
def test_what_is_no_baseline_is_told_in_a_line(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.json"
    if content is not None:
        file.write_text(content)

    assert main(["trend", str(file)]) == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"pytest_nodeleak: trend: file '{file}' is not a")
    assert printed.err.count("\n") == 1
