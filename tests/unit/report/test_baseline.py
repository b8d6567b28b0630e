"""Reports of checks that were compared have golden texts in ``tests/golden/baselines``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from measurements import (
    check,
    collection_finding,
    known,
    known_leak,
    leaking,
    listener_finding,
    measurement,
    rise,
    timer_finding,
    within,
)

from pytest_nodeleak.baselines.baseline import Change, Rates, Status
from pytest_nodeleak.evidence.measurement import Measurement
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.ratchet import Reference
from pytest_nodeleak.report.baseline import change_text, metric_text, rate_text
from pytest_nodeleak.report.text import headline, lines

GOLDEN = Path(__file__).parents[2] / "golden" / "baselines"
CACHE = Rates(verdict="leak", leaks={"0c5e8b1d42aa": known_leak()})
EXTERNAL = {"external": rise(200.0, within=5.0, kept=190.0)}


def compared(
    measured: Measurement, rates: Rates | None, *, knows_major: bool = True
) -> Check:
    reference = Reference(name="main", major=24, rates=rates, knows_major=knows_major)
    return replace(check(measured), reference=reference)


CHECKS: Mapping[str, Check] = {
    "known": compared(measurement(watched=(leaking(collection_finding()),)), CACHE),
    "worse": compared(
        measurement(
            watched=(
                leaking(replace(collection_finding(), entries_per_request=2.0)),
                leaking(timer_finding()),
                leaking(listener_finding()),
            )
        ),
        Rates(
            verdict="leak",
            leaks={
                **CACHE.leaks,
                "7d0f4a3be911": replace(
                    known_leak("7d0f4a3be911", entries=4, size=256),
                    what="listener bus._events.order, package @acme/bus",
                ),
                "e2c94b7a0d15": replace(
                    known_leak("e2c94b7a0d15"), what="external uploads, upload.js"
                ),
            },
        ),
    ),
    "worse_growth": compared(
        measurement(rises=EXTERNAL),
        Rates(verdict="over_limit", growth={"external": within(100, 20)}),
    ),
    "known_growth": compared(
        measurement(rises=EXTERNAL),
        Rates(verdict="over_limit", growth={"external": within(200, 50)}),
    ),
    "new_check": compared(
        measurement(watched=(leaking(collection_finding()),)), None, knows_major=False
    ),
}


@pytest.mark.parametrize("name", CHECKS)
def test_a_report_reads_as_its_golden_text(name: str) -> None:
    golden = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")

    assert "\n".join(lines(CHECKS[name])) + "\n" == golden


def test_a_report_says_what_a_known_leak_left_no_room_to_look_for() -> None:
    few = measurement(watched=(leaking(collection_finding()),), detectable_objects=0.6)

    assert (
        "  baseline    beside what is known, a new leak of less than 0.60 objects per"
        " request would not have been seen"
    ) in lines(compared(few, CACHE))


def test_a_headline_says_whether_the_list_the_baseline_or_both_let_it_pass() -> None:
    both = replace(
        check(
            measurement(
                watched=(leaking(collection_finding()), leaking(listener_finding()))
            ),
            None,
            known({"holder": "bus.*"}),
        ),
        reference=Reference(name="main", major=24, rates=CACHE),
    )
    listed = replace(
        both,
        measurement=measurement(watched=(leaking(listener_finding()),)),
    )

    assert headline(CHECKS["known"]).endswith(": no worse than in baseline main")
    assert headline(both).endswith(": no worse than in baseline main or suppressed")
    assert headline(listed).endswith(": suppressed")


@pytest.mark.parametrize(
    ("status", "metric", "text"),
    [
        (Status.NEW, "entries", "cache is new, 2.00 entries/request"),
        (Status.GONE, "entries", "cache is gone: was 1.00 entries/request"),
        (Status.WORSE, "entries", "cache: 1.00 -> 2.00 entries/request"),
        (Status.BETTER, "bytes", "cache: 1 B -> 2 B/request"),
    ],
)
def test_a_change_is_told_with_its_rates(
    status: Status, metric: str, text: str
) -> None:
    change = Change(
        status=status,
        key="0c5e8b1d42aa",
        what="cache",
        metric=metric,
        before=None if status is Status.NEW else within(1, 0),
        after=None if status is Status.GONE else within(2, 0),
    )

    assert change_text(change) == text


def test_counters_are_named_as_in_reports() -> None:
    names = ("heap_used", "external", "listeners", "handles", "fds", "gremlins")

    assert [metric_text(name) for name in names] == [
        "the heap",
        "external memory",
        "listeners",
        "open handles",
        "file descriptors",
        "gremlins",
    ]
    assert rate_text(within(1500, 0), "external") == "1.50 KB/request"
    assert rate_text(within(0.25, 0), "fds") == "0.25/request"
