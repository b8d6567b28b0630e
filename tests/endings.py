"""The record of a session in which every check ends in another way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from measurements import (
    START_UP,
    blocking_finding,
    check,
    collection_finding,
    delay,
    known,
    leaking,
    listener_finding,
    measurement,
    rise,
    timer_finding,
    unclear,
)

from pytest_nodeleak.artifacts import CPU_PROFILE, HEAP_SNAPSHOT
from pytest_nodeleak.endings.crash import Crash
from pytest_nodeleak.endings.deaths import UncaughtException
from pytest_nodeleak.evidence.findings import Finding, Frame, Place
from pytest_nodeleak.exceptions import AppExited
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.nodejs.last_output import parse_error
from pytest_nodeleak.report.crash import crashed_check
from pytest_nodeleak.report.record import check_record, session_record

__all__ = ["HOSTILE", "REPOSITORY", "hostile_session", "session", "whole_session"]

REPOSITORY = Path("/srv/shop")
#: What an app may call its things, to get out of wherever it is written.
HOSTILE = (
    "\x1b[2J\x00\ud800\u202e|a\\|b`c````d</code></summary><script>alert(1)</script>"
    "<!-- &amp; @everyone #1 [x](javascript:x) ![y](//z) **w** _v_ ~~u~~ www.t.uk a@b.cd"
    " %0A::error::s,r:q\r\n::stop-commands::p\n```\n</details>\n\n# o"
)


def session(*checks: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a session with these checks."""
    return session_record(
        checks, plugin="0.1.0", rootdir=REPOSITORY / "api", repository=REPOSITORY
    )


def whole_session() -> dict[str, Any]:
    """Return the record of a session with a check for each way to end."""
    listed = known(
        {"holder": "cache", "reason": "sessions move to Redis", "fingerprint": ""}
    )
    leak = measurement(
        watched=(leaking(collection_finding()), leaking(listener_finding())),
        rises={"heap_used": rise(658, within=10)},
    )
    few = measurement(
        target="GET /few",
        watched=(unclear(collection_finding(), reason="it grows slowly"),),
        detectable_objects=None,
    )
    kept = {CPU_PROFILE: Path("/srv/kept/t.cpuprofile")}
    return session(
        record(check(leak), "failed", line=3),
        record(_for("GET /orders/{n}", collection_finding()), "failed", line=9),
        record(
            replace(
                check(
                    measurement(
                        target="GET /block",
                        loop_delay=delay(310),
                        blocking=blocking_finding(),
                    )
                ),
                artifacts=kept,
            ),
            "failed",
            line=15,
        ),
        record(check(few), "failed", line=21),
        record(check(few), "passed", line=27),
        record(_crashed(), "failed", line=33),
        record(
            BrokenCheck(
                id="t", target="GET /gone", reason="GET /gone answered 404\nFirst of them",
                elapsed_s=0.5,
            ),
            "failed",
            line=39,
        ),
        record(
            check(
                measurement(
                    target="GET /known", watched=(leaking(collection_finding()),)
                ),
                suppressions=listed,
            ),
            "passed",
            line=45,
        ),
        record(_for("GET /demo", timer_finding()), "passed", line=51),
        record(check(measurement(target="GET /clean")), "passed", line=57),
        record(_for("GET /flaky", timer_finding()), "rerun", line=63),
        record(check(measurement(target="GET /own")), "failed", line=69),
        record(_for("GET /nowhere", _nowhere()), "failed", line=None),
    )  # fmt: skip


def hostile_session() -> dict[str, Any]:
    """Return the record of a session with an app that has the worst of names."""
    finding = replace(
        collection_finding(name=HOSTILE),
        title=f"{HOSTILE} gains 1.00 entry per request",
        path=(HOSTILE,),
        constructors=((HOSTILE, 1.0),),
        allocated_at=(Frame(function=HOSTILE, place=Place(file=f"{HOSTILE}.js")),),
    )
    holder = finding.holder
    assert holder is not None
    finding = replace(
        finding, holder=replace(holder, place=Place(file=f"{HOSTILE}.js", line=3))
    )
    measured = measurement(target=f"GET /{HOSTILE}", watched=(leaking(finding),))
    broken = BrokenCheck(id=HOSTILE, target=HOSTILE, reason=HOSTILE, elapsed_s=1.0)
    kept = {HEAP_SNAPSHOT: Path("/srv/kept") / HOSTILE.replace("\x00", "")}
    return session(
        record(replace(check(measured), artifacts=kept), "failed", line=3),
        record(broken, "failed", line=9, test=HOSTILE),
        record(check(replace(measured, watched=())), "passed", line=15),
    )


def record(
    one: Check | BrokenCheck,
    outcome: str,
    *,
    line: int | None,
    test: str = "test_shop.py::test_route",
) -> dict[str, Any]:
    """Return the record of a check, as a session has it."""
    return {
        **check_record(replace(one, directory=REPOSITORY / "api")),
        "attempt": 1,
        "test": {
            "id": f"{test}[{line}]",
            "outcome": outcome,
            "file": None if line is None else "tests/test_shop.py",
            "line": line,
        },
    }


def _for(target: str, finding: Finding) -> Check:
    return check(measurement(target=target, watched=(leaking(finding),)))


def _nowhere() -> Finding:
    """Return a leak of nobody knows which line."""
    finding = listener_finding()
    return replace(finding, fingerprint="", allocated_at=(), callback=None)


def _crashed() -> BrokenCheck:
    crash = Crash(
        death=UncaughtException(
            error=parse_error("TypeError: Cannot read properties of null")
        ),
        exited=AppExited(
            returncode=1,
            stage="under load (screen)",
            output_tail=("ready",),
            requests=1415,
        ),
        target="GET /crash",
        frames=(
            Frame(
                function="loadUser",
                place=Place(file="src/users.js", line=18, column=39),
            ),
        ),
        in_flight=("GET /crash",),
        start_up=START_UP,
        node_version="v24.3.0",
    )
    return crashed_check("t", crash, 2.5)


def tomorrow_is_the_last_day() -> date:
    """Return a day on which the known leaks of these sessions are about to expire."""
    return date(2027, 6, 29)
