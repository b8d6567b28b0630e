"""Descriptors that stay open, and apps that run out of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests
from integration.node_apps import OpenFactory, WriteApp, serving

from pytest_nodeleak.exceptions import (
    AppCrashed,
    DescriptorsExhausted,
    InvalidSetting,
)
from pytest_nodeleak.fixtures.outcome import Report
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.report.record import check_record

pytestmark = pytest.mark.nodejs

APPS = Path(__file__).parent / "apps"
Records = list[Check | BrokenCheck]
LIMITS = "require('node:fs').readFileSync('/proc/self/limits', 'utf8')"


def test_an_app_gets_its_own_limit_of_open_files(
    open_factory: OpenFactory, write_app: WriteApp
) -> None:
    write_app(serving(f"res.end({LIMITS});"))
    app = open_factory().launch(max_open_files=99, command="node app.cjs")
    with requests.Session() as http:
        http.trust_env = False
        limits = http.get(app.base_url, timeout=10).text
    (line,) = [line for line in limits.splitlines() if line.startswith("Max open")]
    assert line.split()[3:5] == ["99", "99"]


def test_a_limit_of_open_files_that_no_app_can_run_with_is_refused(
    open_factory: OpenFactory,
) -> None:
    with pytest.raises(InvalidSetting, match=r"launch\(\): max_open_files 8 is not a"):
        open_factory().launch("node app.cjs", max_open_files=8)


def hammer(
    open_factory: OpenFactory, route: str, *, limit: int, requests: int = 200
) -> Report:
    factory = open_factory(cwd=APPS)
    app = factory.launch("node descriptors.cjs", max_open_files=limit)
    return app.hammer(f"GET /{route}/{{n}}", requests=requests)


@pytest.mark.parametrize(
    ("route", "first"),
    [
        ("file", "answered 500: Error: EMFILE"),
        ("silent", "EMFILE: too many open files, uv_resident_set_memory"),
        ("refusing", "failed: "),
    ],
)
def test_an_app_that_lives_on_without_a_descriptor_is_told_by_who_opened_them(
    open_factory: OpenFactory, records: Records, route: str, first: str
) -> None:
    with pytest.raises(DescriptorsExhausted) as failure:
        hammer(open_factory, route, limit=99)
    said = str(failure.value)
    diagnosis, headline, *_ = said.splitlines()
    assert diagnosis.startswith("Out of descriptors: the app lives on ")
    assert re.match(
        r"leaked descriptors or connections: all 99 file descriptors are open after"
        rf" \d+ requests of GET /{route}/",
        headline,
    )
    assert first in said
    assert re.search(r"^  open        file [67]\d, ", said, re.MULTILINE)
    assert "  left open   file 1.00/req\n" in said
    opener = "file" if route == "file" else "silent"
    assert re.search(rf"  opened at   {opener} descriptors\.cjs:\d+:\d+ ", said)
    assert "by fs.openSync(), 1.00/req" in said
    (record,) = map(check_record, records)
    assert record["verdict"] == "error"
    assert [one["kind"] for one in record["findings"]] == ["fd_exhaustion"]


def test_an_app_that_dies_without_a_descriptor_is_told_by_who_opened_them(
    open_factory: OpenFactory, records: Records
) -> None:
    with pytest.raises(AppCrashed) as failure:
        hammer(open_factory, "handle", limit=99)
    assert failure.value.kind == "fd_exhaustion"
    said = str(failure.value)
    assert said.startswith("Out of descriptors: after ")
    assert "\nleaked descriptors or connections: Error: EMFILE: " in said
    assert "  limit       99 descriptors (ulimit -n)\n" in said
    assert re.search(r"  open        file [3-9]\d, ", said)
    assert re.search(r"  opened at   inner descriptors\.cjs:\d+:\d+ <- handle ", said)
    (record,) = map(check_record, records)
    assert record["verdict"] == "crashed"
    assert record["descriptors"]["opened_at"][0]["call"] == "fs.promises.open()"


def test_a_leak_of_connections_is_told_by_type_and_place(
    open_factory: OpenFactory,
) -> None:
    report = hammer(open_factory, "socket", limit=5000, requests=100)
    assert report.verdict == "leak", str(report)
    assert report.findings[0].kind == "handle"
    said = str(report)
    assert "  left open   " in said
    assert "outbound connection 1.00/req" in said
    assert re.search(
        r"  opened at   socket descriptors\.cjs:\d+:\d+ .*by connect", said
    )


def test_descriptors_that_are_closed_or_reused_are_no_leak(
    open_factory: OpenFactory,
) -> None:
    report = hammer(open_factory, "pooled", limit=120, requests=400)
    assert report.verdict == "clean", str(report)
    assert "opened at" not in str(report)
