"""From the record of a session to families of samples."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measurements import (
    check,
    collection_finding,
    known,
    leaking,
    measurement,
)
from sessions import BROKEN, CLEAN, LEAK, session

from pytest_nodeleak.evidence.estimate import Estimate
from pytest_nodeleak.evidence.measurement import Rise
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.counters import COUNTERS
from pytest_nodeleak.report.measures import MEASURES
from pytest_nodeleak.report.metrics import VERDICTS, Family, Kind, metrics_of


def families(
    *checks: Check | BrokenCheck, attempts: Sequence[int] = ()
) -> Mapping[str, Family]:
    record = session(*checks, attempts=attempts)
    return {one.name: one for one in metrics_of(record, ended_s=1.8e9)}


def values(family: Family) -> list[float]:
    return [sample.value for sample in family.samples]


def test_the_growth_of_every_counter_has_its_interval() -> None:
    found = families(LEAK)

    for counter in COUNTERS:
        unit = "bytes_per_request" if counter.unit == "B/request" else "per_request"
        growth, low, high = (
            values(found[f"{counter.name}_{part}_{unit}"])
            for part in ("growth", "growth_low", "growth_high")
        )
        assert (growth, low, high) == ([402.0], [392.0], [412.0])


def test_milliseconds_become_seconds() -> None:
    delay = LEAK.measurement.loop_delay
    found = families(LEAK)

    assert values(found["loop_delay_p50_seconds"]) == pytest.approx(
        [delay.p50_ms / 1000]
    )
    assert values(found["loop_delay_p99_seconds"]) == pytest.approx(
        [delay.p99_ms / 1000]
    )
    assert values(found["loop_delay_max_seconds"]) == pytest.approx(
        [delay.max_ms / 1000]
    )
    assert found["loop_delay_p99_seconds"].unit == "seconds"


def test_exactly_one_state_of_a_verdict_holds() -> None:
    known_leaks = known({"fingerprint": "0c5e8b1d42aa"})
    suppressed = check(
        measurement(watched=(leaking(collection_finding()),)), suppressions=known_leaks
    )
    found = families(suppressed)

    for name, expected in (("verdict", "leak"), ("outcome", "clean")):
        assert found[name].kind is Kind.STATES
        states = {sample.state: sample.value for sample in found[name].samples}
        assert states == {state: float(state == expected) for state in VERDICTS}


def test_the_worst_finding_is_told_and_a_clean_check_has_0() -> None:
    found = families(LEAK, CLEAN)

    assert values(found["findings"]) == [2, 0]
    assert values(found["finding_objects_per_request"]) == [4.0, 0]
    assert values(found["finding_bytes_per_request"]) == [402.0, 0]


def test_a_suppressed_leak_is_no_finding() -> None:
    measured = measurement(watched=(leaking(collection_finding()),))
    found = families(
        check(measured, suppressions=known({"fingerprint": "0c5e8b1d42aa"}))
    )

    assert values(found["findings"]) == [0]
    assert values(found["finding_bytes_per_request"]) == [0]


def test_what_was_not_measured_has_no_sample() -> None:
    found = families(BROKEN)

    assert set(found) == {
        "run",
        "run_timestamp_seconds",
        "verdict",
        "outcome",
        "check_duration_seconds",
    }


def test_an_interval_without_an_end_has_no_sample_for_it() -> None:
    growth = Estimate(value=1.0, low=float("-inf"), high=float("inf"))
    endless = measurement(rises={"rss": Rise(growth=growth, first=0, last=1)})
    found = families(check(endless))

    assert values(found["rss_growth_bytes_per_request"]) == [1.0]
    assert "rss_growth_low_bytes_per_request" not in found
    assert "rss_growth_high_bytes_per_request" not in found


def test_the_levels_are_those_after_the_load() -> None:
    found = families(LEAK)

    after = LEAK.measurement.memory.after
    assert values(found["rss_bytes"]) == [after.rss_bytes]
    assert values(found["heap_used_bytes"]) == [after.heap_used_bytes]
    assert values(found["heap_limit_bytes"]) == [after.heap_limit_bytes]


def test_a_leak_has_the_requests_to_each_limit() -> None:
    (sample,) = families(LEAK)["requests_to_limit"].samples

    assert sample.labels["resource"] == "heap"
    assert sample.value == LEAK.forecasts[0].requests_to_limit


def test_of_a_test_that_was_run_again_the_last_attempt_counts() -> None:
    again = replace(BROKEN, elapsed_s=9.0)
    found = families(BROKEN, again, attempts=[1, 2])

    assert values(found["check_duration_seconds"]) == [9.0]


def test_a_target_that_a_test_checks_twice_has_two_series() -> None:
    samples = families(BROKEN, BROKEN)["check_duration_seconds"].samples

    assert [sample.labels["check"] for sample in samples] == ["t#1", "t#1 #2"]


def test_a_check_whose_name_looks_like_a_repeated_one_stays_apart() -> None:
    alike = replace(BROKEN, id="t#1 #2")
    samples = families(alike, BROKEN, BROKEN)["check_duration_seconds"].samples

    assert len({sample.labels["check"] for sample in samples}) == 3


DOCUMENT = Path(__file__).parents[3] / "docs" / "metrics.md"
names = st.text(st.characters(codec=None), max_size=400)


@given(names, names)
def test_any_name_becomes_a_label_of_one_line(name: str, target: str) -> None:
    hostile = replace(BROKEN, id=name, target=target)
    (sample,) = families(hostile)["check_duration_seconds"].samples

    for label in sample.labels.values():
        assert 0 < len(label) <= 200
        assert label.isprintable()
        label.encode("utf-8")


def test_names_end_in_their_unit() -> None:
    for measure in MEASURES:
        if measure.unit:
            assert measure.name.endswith(f"_{measure.unit}")


def test_nothing_that_an_app_names_is_a_label() -> None:
    labels = {
        name: set(sample.labels)
        for name, family in families(LEAK, CLEAN, BROKEN).items()
        for sample in family.samples
    }

    assert labels.pop("run") == {"version"}
    assert labels.pop("run_timestamp_seconds") == set()
    assert labels.pop("check") == {"check", "target", "node"}
    assert labels.pop("requests_to_limit") == {"check", "target", "resource"}
    assert all(names == {"check", "target"} for names in labels.values())


def test_a_session_without_checks_still_tells_that_it_ran() -> None:
    assert set(families()) == {"run", "run_timestamp_seconds"}


def test_every_metric_is_in_the_document() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    table = document.partition("| metric | what it is |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`nodeleak_(\w+)`", table))
    counters = set(re.findall(r"`(\w+)`", table))

    for counter in COUNTERS:
        assert counter.name in counters
    growths = re.compile(rf"({'|'.join(one.name for one in COUNTERS)})_growth_\w+")
    undocumented = {
        measure.name for measure in MEASURES if not growths.fullmatch(measure.name)
    } - named
    assert undocumented == set()
    assert named - {measure.name for measure in MEASURES} == {
        "verdict",
        "outcome",
        "requests_to_limit",
        "check_info",
        "run_info",
        "run_timestamp_seconds",
    }
