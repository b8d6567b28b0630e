"""The numbers behind the page's charts."""

from __future__ import annotations

from typing import Any

from html_records import usual_session

from pytest_nodeleak.report.html.charts import (
    Chart,
    Line,
    counter_charts,
    history_charts,
    occupancy_chart,
)


def check_of(target: str) -> dict[str, Any]:
    checks = usual_session()["checks"]
    return next(one for one in checks if one["target"] == target)


LEAK = check_of("GET /leak")


def test_memory_and_the_event_loop_are_drawn_over_the_requests() -> None:
    heap, external, rss, delay = history_charts(LEAK)

    assert [one.title for one in (heap, external, rss, delay)] == [
        "Heap in use",
        "External memory",
        "Resident memory (rss)",
        "Event loop delay",
    ]
    assert (heap.x[0], heap.x[-1]) == (1500, 6300)
    assert heap.lines[0].values[-1] == 13_000_000
    assert [one.label for one in external.lines] == ["external", "Buffers"]
    assert [one.label for one in delay.lines] == ["p99", "median", "max"]
    assert delay.limit == 200


def test_stages_are_marked_where_they_begin_within_the_curve() -> None:
    heap, *_ = history_charts(
        LEAK
        | {
            "history": LEAK["history"]
            | {
                "stages": [
                    {"name": "screen", "requests": 0},
                    {"name": "identify", "requests": 3000},
                    {"name": "profile", "requests": 3000},
                    {"name": "sources", "requests": 6300},
                ]
            }
        }
    )

    assert heap.marks == ((3000, "identify, profile"),)


def test_a_counter_is_drawn_where_it_rose() -> None:
    assert [one.title for one in counter_charts(LEAK)] == ["Listeners"]
    assert counter_charts(check_of("GET /late")) == ()


def test_a_check_without_readings_has_no_charts() -> None:
    broken = check_of("GET /gone")

    assert (*history_charts(broken), *counter_charts(broken)) == ()


def test_a_suspect_is_drawn_over_time_with_the_silence() -> None:
    chart = occupancy_chart(LEAK["suspects"][0])

    assert chart is not None
    assert chart.title == "Entries in cache"
    # It began with the last reading under load.
    assert chart.silent_from == chart.x[7] == 1.75
    assert chart.span == "1,100 → 1,800"


def test_of_what_rose_and_fell_the_peak_is_told() -> None:
    suspect = {**LEAK["suspects"][0], "entries": [0, 5, 3000, 10]}
    suspect |= {"seconds": [0, 1, 2, 3], "silent": 3}

    chart = occupancy_chart(suspect)

    assert chart is not None
    assert chart.span == "0 → 3,000 → 10"


def test_a_suspect_that_could_not_be_polled_is_not_drawn() -> None:
    assert occupancy_chart(LEAK["suspects"][1]) is None


def test_a_chart_is_a_table_as_well_with_a_dash_for_what_was_not_read() -> None:
    chart = Chart(
        title="File descriptors",
        x=(1000, 2000),
        x_label="requests",
        unit="",
        lines=(Line(label="fds", values=(None, 22)),),
    )

    assert list(chart.rows) == [("1,000", ["–"]), ("2,000", ["22"])]
    assert chart.words == (
        "File descriptors: 22 → 22, at most 22, over 1,000 to 2,000 requests"
    )
