"""How a check went, as the JSON record has it."""

from __future__ import annotations

from dataclasses import replace

from measurements import (
    bounded,
    collection_finding,
    delay,
    drained,
    history,
    leaking,
    readings,
    timed,
    unclear,
    watched_sizes,
)

from pytest_nodeleak.evidence.measurement import History
from pytest_nodeleak.report.history import history_record, suspects_record

FINDING = collection_finding()


def test_a_history_has_one_list_for_each_counter() -> None:
    record = history_record(history(readings(heap_bytes=(5e6, 13e6))))

    assert record["requests"][0] == 1500
    assert record["heap_used_bytes"][0] == 5_000_000
    assert record["heap_used_bytes"][-1] == 13_000_000
    assert {len(record[name]) for name in record.keys() - {"loop_delay", "stages"}} == {
        9
    }


def test_a_history_tells_when_the_stages_began() -> None:
    assert history_record(history())["stages"] == [
        {"name": "screen", "requests": 0, "seconds": 0.1},
        {"name": "identify", "requests": 6300, "seconds": 1.3},
    ]


def test_a_history_has_the_delays_of_each_round() -> None:
    first, *_, last = history_record(history())["loop_delay"]

    assert first == {"requests": 2100, "p50_ms": 1.0, "p99_ms": 2.0, "max_ms": 2.0}
    assert last["p99_ms"] == 9.0


def test_a_round_in_which_nobody_looked_at_the_loop_has_no_delay() -> None:
    whole = history()
    unseen = replace(delay(0.0), count=0)
    last = replace(whole.delays[-1], delay=unseen)

    record = history_record(replace(whole, delays=(*whole.delays[:-1], last)))

    assert len(record["loop_delay"]) == len(whole.delays) - 1


def test_a_check_without_readings_has_empty_lists() -> None:
    record = history_record(History())

    assert not any(record.values())


def test_of_many_readings_sixty_are_kept_with_the_first_and_the_last() -> None:
    (reading,) = readings()[:1]
    many = tuple(replace(reading, requests=number) for number in range(1000))

    requests = history_record(History(readings=many))["requests"]

    assert len(requests) == 60
    assert (requests[0], requests[-1]) == (0, 999)
    assert requests == sorted(set(requests))


def test_every_suspect_tells_what_became_of_it() -> None:
    watched = [
        leaking(FINDING),
        bounded(FINDING),
        drained(FINDING, peak=10, size=0),
        timed(FINDING, per_s=2.0, size=5),
        unclear(FINDING, reason="few"),
    ]

    assert [(one["curve"], one["reason"]) for one in suspects_record(watched)] == [
        ("linear", None),
        ("plateau", None),
        ("drained", None),
        ("timed", None),
        ("unclear", "few"),
    ]


def test_a_suspect_has_the_sizes_it_was_seen_with_and_when_silence_began() -> None:
    (record,) = suspects_record(
        [replace(leaking(FINDING), readings=watched_sizes(silent=2))]
    )

    assert record["entries"][:2] == [1100, 1200]
    assert record["seconds"][:2] == [0.0, 0.25]
    assert record["requests"][-1] == 800
    assert record["silent"] == 8


def test_a_suspect_that_could_not_be_polled_has_no_sizes() -> None:
    (record,) = suspects_record([leaking(FINDING, size=None)])

    assert (record["entries"], record["silent"]) == ([], None)
