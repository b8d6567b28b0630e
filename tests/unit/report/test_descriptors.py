"""Descriptors that run out have golden texts in ``tests/golden/exhaustions``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from measurements import leaving_open

from pytest_nodeleak.endings.exhaustion import Exhaustion
from pytest_nodeleak.exceptions import DescriptorsExhausted, LoadFailed
from pytest_nodeleak.nodejs.descriptor_types import DescriptorType
from pytest_nodeleak.report.broken import broken_check
from pytest_nodeleak.report.descriptors import opener_rows
from pytest_nodeleak.report.record import check_record

GOLDEN = Path(__file__).parents[2] / "golden" / "exhaustions"
FULL = Exhaustion(
    failed=LoadFailed(
        target="GET /export/{n}",
        problem="16 of 26 requests went wrong",
        first_bad="GET /export/981 answered 500: EMFILE: too many open files",
        output_tail=("ready",),
    ),
    answered=980,
    descriptors=leaving_open(),
    limit=1024,
    node_version="v24.0.0",
)
EXHAUSTIONS = {
    "full": FULL,
    "at_once": replace(
        FULL,
        descriptors=replace(
            leaving_open(), open={DescriptorType.FILE: 20}, per_request={}, openers=()
        ),
        answered=1,
    ),
}


@pytest.mark.parametrize("name", EXHAUSTIONS)
def test_a_report_reads_as_its_golden_text(name: str) -> None:
    broken, error = broken_check("t::GET", EXHAUSTIONS[name], 1.5)
    golden = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")

    assert broken.reason + "\n" == golden
    assert str(error) == broken.reason


def test_the_error_is_of_its_kind_and_a_failed_load() -> None:
    _, error = broken_check("t::GET", FULL, 1.5)

    assert isinstance(error, DescriptorsExhausted)
    assert isinstance(error, LoadFailed)
    assert error.kind == "fd_exhaustion"
    assert error.first_bad.startswith("GET /export/981")


def test_the_record_has_the_finding_and_what_is_open() -> None:
    record = check_record(broken_check("t::GET", FULL, 1.5)[0])
    (finding,) = record["findings"]

    assert json.loads(json.dumps(record)) == record
    assert (record["verdict"], record["requests"]) == ("error", 980)
    assert record["node"] == "v24.0.0"
    assert finding["kind"] == "fd_exhaustion"
    assert finding["constructors"] == [{"name": "file", "per_request": 1.0}]
    assert finding["allocated_at"][0]["file"] == "export.js"
    assert len(finding["fingerprint"]) == 12
    assert record["descriptors"]["open"]["file"] == 988
    assert record["descriptors"]["left_open"] == {"file": 1.0}
    assert record["descriptors"]["opened_at"][0]["call"] == "fs.openSync()"


def test_an_app_that_leaves_nothing_open_has_no_rows() -> None:
    assert [*opener_rows(None)] == []


def test_a_text_of_the_app_s_is_harmless_in_a_terminal() -> None:
    failed = replace(
        FULL,
        failed=LoadFailed(target="GET /", problem="", first_bad="\x1b[31mEMFILE"),
    )
    assert "\x1b" not in broken_check("t::GET", failed, 1.5)[0].reason
