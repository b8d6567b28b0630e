"""Every way to die has a golden text in ``tests/golden/crashes``."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from measurements import (
    START_UP,
    collection_finding,
    leaving_open,
    readings,
    rise,
)
from outputs import output_of
from unit.capacity.test_fitting import IDLE

from pytest_nodeleak.capacity.fitting import Fit
from pytest_nodeleak.endings.crash import Crash, Filling
from pytest_nodeleak.endings.deaths import (
    Aborted,
    Death,
    EndedItself,
    FdExhaustion,
    HeapLimit,
    Killed,
    OomKill,
    StackOverflow,
    UncaughtException,
    UnhandledRejection,
    Vanished,
)
from pytest_nodeleak.evidence.findings import Frame, Place
from pytest_nodeleak.evidence.memory import MemoryReading
from pytest_nodeleak.exceptions import AppCrashed, AppExited
from pytest_nodeleak.memory_kill import MemoryKill
from pytest_nodeleak.nodejs.last_output import PrintedError, parse_error
from pytest_nodeleak.report.crash import crash_lines, crashed_check
from pytest_nodeleak.report.record import check_record

GOLDEN = Path(__file__).parents[2] / "golden" / "crashes"
ERROR = parse_error("TypeError: Cannot read properties of null (reading 'id')")
FRAMES = (
    Frame(function="loadUser", place=Place(file="users.js", line=18, column=39)),
    Frame(function="handler", place=Place(file="server.js", line=4, column=2)),
)


def crash(death: Death, *, returncode: int | None = 1, **parts: object) -> Crash:
    exited = AppExited(
        returncode=returncode,
        stage="under load (screen)",
        output_tail=("ready",),
        requests=1415,
    )
    made = Crash(
        death=death,
        exited=exited,
        target="GET /users/{n}",
        in_flight=("GET /users/1416",),
        start_up=START_UP,
        readings=readings(heap_bytes=(5.3e6, 19.1e6)),
        node_version="v24.0.0",
    )
    return replace(made, **parts)  # type: ignore[arg-type]  # fields by name


CRASHES = {
    "heap_limit": crash(
        HeapLimit(
            message="Reached heap limit Allocation failed - JavaScript heap out of memory",
            used_bytes=31 * 2**20,
        ),
        returncode=-6,
        start_up=replace(START_UP, old_space_limit_bytes=32 * 2**20),
        in_flight=tuple(f"GET /users/{n}" for n in range(1416, 1424)),
        rises={"heap_used": rise(9_800, within=100)},
        exited=AppExited(
            returncode=-6,
            stage="under load (confirm)",
            output_tail=("ready", *output_of("heap_limit", 22)),
            requests=1415,
        ),
        filling=Filling(
            found="grew in both windows of load",
            findings=(collection_finding(), collection_finding()),
        ),
    ),
    "heap_limit_thrashing": crash(
        HeapLimit(
            message="Ineffective mark-compacts near heap limit Allocation failed -"
            " JavaScript heap out of memory",
            used_bytes=31 * 2**20,
            mutator_share=0.34,
        ),
        returncode=-6,
        filling=Filling(found="unknown: it died before two snapshots were taken"),
    ),
    "heap_limit_unknown": crash(
        HeapLimit(message="Reached heap limit"),
        returncode=134,
        readings=(),
        filling=Filling(found="unknown: it died before two snapshots were taken"),
    ),
    "worker_limit": crash(HeapLimit(message="no memory", in_worker=True), readings=()),
    "oom_kill": crash(
        OomKill(),
        # V8 takes no less than 256 MB, whatever it is told that there is.
        fit=Fit.of(IDLE, memory_bytes=128 * 2**20),
        exited=AppExited(
            returncode=-9,
            stage="under load (screen)",
            output_tail=(),
            requests=12,
            memory_kill=MemoryKill(
                limit_bytes=128 * 2**20, peak_bytes=None, stood_in="no cgroups"
            ),
        ),
    ),
    "oom_kill_outside_the_heap": crash(
        OomKill(),
        exited=AppExited(
            returncode=None,
            stage="under load (screen)",
            output_tail=(),
            requests=16,
            memory_kill=MemoryKill(limit_bytes=4 * 2**30, peak_bytes=4 * 2**30),
        ),
        readings=(),
        memory=MemoryReading(
            requests=0,
            rss_bytes=3_900_000_000,
            heap_total_bytes=6_000_000,
            heap_used_bytes=5_000_000,
            heap_limit_bytes=2096 * 2**20,
            external_bytes=3_800_000_000,
            array_buffers_bytes=3_800_000_000,
            spaces={},
        ),
        filling=Filling(found="unknown: it died before two snapshots were taken"),
    ),
    "uncaught_exception": crash(UncaughtException(error=ERROR), frames=FRAMES),
    "unhandled_rejection": crash(UnhandledRejection(error=ERROR), frames=FRAMES),
    "fd_exhaustion": crash(
        FdExhaustion(
            error=PrintedError(
                name="Error", message="EMFILE: too many open files", code="EMFILE"
            )
        ),
        frames=FRAMES[:1],
        descriptors=leaving_open(),
    ),
    "stack_overflow": crash(
        StackOverflow(
            error=PrintedError(
                name="RangeError", message="Maximum call stack size exceeded"
            )
        ),
        frames=FRAMES[:1],
    ),
    "exit_called": crash(EndedItself(code=3), returncode=3, frames=FRAMES[1:]),
    "exit_empty": crash(EndedItself(code=0, called_by=None), returncode=0),
    "killed": crash(Killed(signal="SIGKILL"), returncode=-9),
    "terminated": crash(Killed(signal="SIGTERM"), returncode=143),
    "aborted": crash(Aborted(signal="SIGSEGV"), returncode=-11),
    "restarted": crash(
        UncaughtException(error=ERROR),
        exited=AppExited(
            returncode=None,
            stage="under load (screen)",
            output_tail=("restarting",),
            requests=119,
            hidden_by="node super.cjs",
            restarted_as=4712,
        ),
    ),
    "attached": crash(
        Vanished(),
        exited=AppExited(
            returncode=None,
            stage="under load (screen)",
            output_tail=None,
            requests=1415,
            seen="neither its inspector at 127.0.0.1:9229 nor http://127.0.0.1:3000 answers"
            " any more, so it has ended, or the way to it is cut",
        ),
    ),
    "not_restarted": crash(
        Vanished(),
        exited=AppExited(
            returncode=None,
            stage="under load (screen)",
            output_tail=(),
            requests=119,
            hidden_by="nodemon server.js",
        ),
    ),
}


@pytest.mark.parametrize("name", CRASHES)
def test_a_crash_reads_as_its_golden_text(name: str) -> None:
    golden = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert "\n".join(crash_lines(CRASHES[name])) + "\n" == golden


def test_a_trap_of_several_processes_divides_the_memory() -> None:
    fit = Fit.of(
        replace(IDLE, old_space_bytes=200 * 2**20),
        memory_bytes=512 * 2**20,
        processes=4,
    )
    text = "\n".join(crash_lines(replace(CRASHES["oom_kill"], fit=fit)))

    assert "  trap        4 processes may take " in text
    assert "start Node with --max-old-space-size=80 in each of 4 processes" in text


def test_a_watchdog_s_limit_is_none_that_v8_knows() -> None:
    own = replace(IDLE, old_space_bytes=60 * 2**20)
    fit = Fit.of(own, memory_bytes=128 * 2**20)
    text = "\n".join(crash_lines(replace(CRASHES["oom_kill"], fit=fit)))

    assert "trap" not in text
    assert "  V8          may use 2,096 MiB, for it does not know of" in text


def test_every_golden_text_belongs_to_a_crash() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CRASHES)


@pytest.mark.parametrize("name", CRASHES)
def test_a_crash_has_a_record_that_is_json(name: str) -> None:
    one = CRASHES[name]
    record = check_record(crashed_check("t::GET", one, 1.5))

    assert json.loads(json.dumps(record)) == record
    assert record["verdict"] == "crashed"
    assert (record["diagnosis"] is None) == (name in {"not_restarted", "attached"})
    assert record["requests"] == one.exited.requests
    assert [finding["kind"] for finding in record["findings"]] == (
        [one.kind] if one.kind else []
    )
    for finding in record["findings"]:
        assert finding["title"] == one.headline
        assert finding["advice"]
        assert len(finding["fingerprint"]) == 12


def fingerprint_of(error: str, *, code: str = "", line: int = 18) -> str:
    parsed = replace(parse_error(error), code=code)
    at = Place(file="users.js", line=line, column=1)
    (finding,) = crash(
        UncaughtException(error=parsed), frames=(Frame(function="loadUser", place=at),)
    ).findings
    return finding.fingerprint


def test_an_error_is_the_same_whatever_its_message_and_line() -> None:
    assert fingerprint_of("TypeError: no id") == fingerprint_of(
        "TypeError: Cannot read properties of null", line=20
    )


def test_errors_of_another_class_or_code_are_others() -> None:
    all_of_them = [
        fingerprint_of("TypeError: no"),
        fingerprint_of("RangeError: no"),
        fingerprint_of("Error: connect ECONNREFUSED", code="ECONNREFUSED"),
        fingerprint_of("Error: connect ETIMEDOUT", code="ETIMEDOUT"),
    ]

    assert len(set(all_of_them)) == 4


def test_the_record_of_a_heap_limit_has_the_holder_and_what_was_measured() -> None:
    record = check_record(crashed_check("t::GET", CRASHES["heap_limit"], 1.5))
    (finding,) = record["findings"]

    assert finding["holder"]["name"] == "cache"
    assert finding["path"]
    assert record["metrics"]["heap_used"]["slope"] == 9_800
    assert record["metrics"]["rss"]["slope"] is None
    assert record["node"] == "v24.0.0"


def test_the_record_of_an_error_has_its_stack() -> None:
    record = check_record(crashed_check("t::GET", CRASHES["uncaught_exception"], 1.5))
    (finding,) = record["findings"]

    assert finding["allocated_at"][0] == {
        "function": "loadUser",
        "file": "users.js",
        "line": 18,
        "column": 39,
    }


def test_the_words_of_an_app_are_harmless_in_a_terminal() -> None:
    error = PrintedError(name="Error", message="\x1b[31mred\x1b[0m")
    text = "\n".join(crash_lines(crash(UncaughtException(error=error))))

    assert "\x1b" not in text


def test_the_error_that_is_raised_keeps_the_bare_facts() -> None:
    one = CRASHES["restarted"]
    error = AppCrashed(one.exited, kind=one.kind, report="the report")

    assert isinstance(error, AppExited)
    assert str(error) == "the report"
    assert error.kind == "uncaught_exception"
    assert error.requests == 119
    assert error.restarted_as == 4712
    assert error.output_tail == ("restarting",)


def test_the_document_has_the_words_that_every_crash_begins_with() -> None:
    document = (Path(__file__).parents[3] / "docs" / "findings.md").read_text()
    table = document.partition("| the second line begins with |")[2].partition("\n\n")[
        0
    ]
    words = re.findall(
        r"`([^`]+)`", "\n".join(re.findall(r"^\| (`.*?) \|", table, re.MULTILINE))
    )

    firsts = [one.headline for one in CRASHES.values()]
    assert [first for first in firsts if not first.startswith(tuple(words))] == []
    assert [
        word for word in words if not any(first.startswith(word) for first in firsts)
    ] == []
