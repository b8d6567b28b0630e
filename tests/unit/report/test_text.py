"""Every kind of verdict has a golden text in ``tests/golden``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from measurements import (
    blocking_finding,
    bounded,
    check,
    collection_finding,
    delay,
    drained,
    external_finding,
    known,
    leaking,
    leaving_open,
    listener_finding,
    measurement,
    memory,
    readings,
    rise,
    slices_finding,
    timed,
    timer_finding,
    unclear,
)

from pytest_nodeleak.artifacts import CPU_PROFILE, HEAP_SNAPSHOT
from pytest_nodeleak.diagnosis.check import diagnose
from pytest_nodeleak.evidence.findings import Finding, Frame, Place
from pytest_nodeleak.evidence.measurement import Reading
from pytest_nodeleak.heap.threads import Thread
from pytest_nodeleak.judging.check import Check, verdict_name
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.judging.suppressions import Rate
from pytest_nodeleak.report.text import headline, lines, whole_report

GOLDEN = Path(__file__).parents[2] / "golden"


def leak(*findings: Finding) -> Check:
    return check(
        measurement(
            watched=tuple(leaking(finding) for finding in findings),
            read=readings(heap_bytes=(5.3e6, 13.4e6)),
        )
    )


def with_events(
    read: tuple[Reading, ...], last: Mapping[str, int]
) -> tuple[Reading, ...]:
    return (*read[:-1], replace(read[-1], listeners_by_event=last))


CHECKS = {
    "collection": leak(collection_finding()),
    "listener": check(
        measurement(
            target="POST /orders",
            watched=(leaking(listener_finding(), requests=1508),),
            read=readings(heap_bytes=(6.1e6, 7.4e6), listeners=(31, 9631)),
        )
    ),
    "timer": check(
        measurement(
            target="GET /poll",
            watched=(leaking(timer_finding(), size=None),),
            read=readings(heap_bytes=(5e6, 6.5e6), timers=(1, 4801)),
        )
    ),
    "external_slices": check(
        measurement(
            target="PUT /files/{uuid}",
            watched=(leaking(slices_finding(), requests=1500),),
            read=readings(external_bytes=(2e6, 1.02e8)),
        )
    ),
    "external": check(
        measurement(
            target="PUT /files/{uuid}",
            watched=(leaking(external_finding(), requests=1500),),
            read=readings(external_bytes=(2e6, 1.02e8)),
        )
    ),
    "two_findings": leak(collection_finding(), listener_finding()),
    "suppressed": check(
        measurement(
            watched=(leaking(collection_finding()),),
            read=readings(heap_bytes=(5.3e6, 13.4e6)),
        ),
        suppressions=known({"holder": "cache", "reason": "sessions move to Redis"}),
    ),
    "suppressed_beside_others": check(
        measurement(
            watched=(
                leaking(collection_finding()),
                leaking(listener_finding()),
                leaking(timer_finding(), size=None),
            ),
            read=readings(heap_bytes=(5.3e6, 13.4e6)),
        ),
        suppressions=known(
            {"holder": "cache", "reason": "sessions move to Redis"},
            {
                "fingerprint": "7d0f4a3be911",
                "expires": date(2026, 3, 31),
                "reason": "waits for @acme/bus 3",
            },
            {
                "fingerprint": "5b1187c2d0e4",
                "at_most": Rate(value=0.5),
                "reason": "half of the requests poll",
            },
        ),
    ),
    "over_limit": replace(
        check(
            measurement(
                target="GET /fib",
                loop_delay=delay(310, p50_ms=301, max_ms=512),
                blocking=blocking_finding(),
                rises={"external": rise(65_536)},
            ),
            LeakPolicy(external_slope_bytes=1024, loop_delay_max_ms=500),
        ),
        artifacts={
            CPU_PROFILE: Path("/app/out/test_fib-1a2b3c4d.cpuprofile"),
            HEAP_SNAPSHOT: Path("/app/out/test_fib-1a2b3c4d.heapsnapshot"),
        },
    ),
    "clean": check(measurement()),
    "clean_bounded": check(
        measurement(
            watched=(
                bounded(collection_finding(size=5000), bound="max 5,000"),
                drained(collection_finding(name="sessions"), peak=9000, size=0),
            )
        )
    ),
    "clean_native": check(
        replace(measurement(), memory=memory(rss_grown_bytes=130_000_000))
    ),
    "clean_with_time": check(
        measurement(
            watched=(timed(collection_finding(name="ticks"), per_s=19.6, size=118),),
            rises={"heap_used": rise(120, within=20)},
        )
    ),
    "over_limit_descriptors": check(
        measurement(
            target="GET /export",
            rises={"fds": rise(1.0, kept=1.0), "listeners": rise(2.0, kept=2.0)},
            read=with_events(
                readings(listeners=(31, 9631)),
                {"Watcher change": 9600, "Bus close": 31},
            ),
        )
    ),
    "over_limit_full": check(
        replace(
            measurement(
                target="GET /export",
                read=tuple(
                    replace(one, fds=fds)
                    for one, fds in zip(readings()[::8], (22, 1023), strict=True)
                ),
            ),
            fd_limit=1024,
            descriptors=leaving_open(),
        )
    ),
    "over_limit_files": check(
        replace(
            measurement(target="GET /export", rises={"fds": rise(1.0, kept=1.0)}),
            descriptors=leaving_open(),
        )
    ),
    "inconclusive": check(
        measurement(
            watched=(
                unclear(
                    collection_finding(bound="max 50,000", size=None),
                    reason="it announces a bound (max 50,000) that 20,000 requests did"
                    " not reach; full it costs 20.1 MB."
                    " Raise --nodeleak-budget to see it there",
                ),
            )
        )
    ),
    "inconclusive_heap": check(
        measurement(rises={"heap_used": rise(1234, within=100)}),
        LeakPolicy(heap_slope_bytes=64),
    ),
}


def rows(label: str, report: list[str]) -> list[str]:
    return [line for line in report if line.startswith(f"  {label} ")]


@pytest.mark.parametrize("name", CHECKS)
def test_a_report_reads_as_its_golden_text(name: str) -> None:
    golden = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")

    assert "\n".join(lines(CHECKS[name])) + "\n" == golden


def test_every_golden_text_belongs_to_a_report() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CHECKS)


def test_the_first_line_is_the_verdict_where_nothing_is_wrong() -> None:
    assert lines(CHECKS["clean"])[0] == headline(CHECKS["clean"])


@pytest.mark.parametrize("name", ["collection", "over_limit", "inconclusive"])
def test_the_first_line_is_the_diagnosis_and_the_second_the_verdict(name: str) -> None:
    first, second, *_ = lines(CHECKS[name])

    assert first == str(diagnose(CHECKS[name]))
    assert second == headline(CHECKS[name])


def test_a_finding_in_worker_threads_says_in_which() -> None:
    threads = tuple(Thread(id=number, script="worker.js") for number in (1, 2))
    report = lines(leak(replace(collection_finding(), threads=threads)))
    where = "in 2 workers of worker.js (threads 1, 2), still linear"
    assert where in report[1]


def test_keys_of_an_app_are_harmless_in_a_terminal() -> None:
    finding = collection_finding()
    assert finding.holder is not None
    holder = replace(finding.holder, newest_keys=('"a\x1b[31m"', "7"))

    assert '  newest keys "a\N{REPLACEMENT CHARACTER}[31m", 7' in lines(
        leak(replace(finding, holder=holder))
    )


def test_keys_of_an_app_are_for_the_terminal_only() -> None:
    finding = collection_finding()
    assert finding.holder is not None
    holder = replace(finding.holder, newest_keys=('"secret"', "7"))
    shown, plain = leak(replace(finding, holder=holder)), leak(finding)

    assert "secret" in "\n".join(lines(shown))
    assert whole_report(shown) == whole_report(plain) == "\n".join(lines(plain))


def test_the_whole_report_has_all_findings() -> None:
    many = leak(*[collection_finding(name=f"cache{number}") for number in range(5)])

    assert whole_report(many) == "\n".join(lines(many, shows_all=True))


def test_a_leak_says_which_limits_are_exceeded_as_well() -> None:
    judged = check(
        measurement(
            watched=(leaking(collection_finding()),),
            loop_delay=delay(310),
            rises={"listeners": rise(2)},
        ),
        LeakPolicy(listener_growth=0),
    )

    assert [line for line in lines(judged) if "over limit" in line] == [
        "  over limit  event-loop delay p99 310 ms (limit 200)",
        "  over limit  listeners grow 2 listeners/request (limit 0)",
    ]


@pytest.mark.parametrize(
    ("value", "limit", "text"),
    [
        (12_345.6, 500, "12,346 ms (limit 500)"),
        (50.02, 50, "50.02 ms (limit 50)"),
        (0.5, 0.25, "0.5 ms (limit 0.25)"),
    ],
)
def test_limits_are_written_so_that_the_excess_can_be_seen(
    value: float, limit: float, text: str
) -> None:
    judged = check(
        measurement(loop_delay=delay(value)), LeakPolicy(loop_delay_p99_ms=limit)
    )

    assert headline(judged) == (
        f"GET /users/{{n}} is over its limit: event-loop delay p99 {text}"
    )


def test_more_than_three_suspects_are_only_counted() -> None:
    report = lines(leak(*(collection_finding(name=f"cache{n}") for n in range(5))))

    assert sum(line.startswith("  piling up") for line in report) == 3
    assert "  also        2 more findings: -v and --nodeleak-json show all" in report


def test_one_more_suspect_is_one_finding() -> None:
    report = lines(leak(*(collection_finding(name=f"cache{n}") for n in range(4))))

    assert "  also        1 more finding: -v and --nodeleak-json show all" in report


def test_all_suspects_are_shown_when_asked_for() -> None:
    judged = leak(*(collection_finding(name=f"cache{n}") for n in range(5)))

    report = lines(judged, shows_all=True)

    assert sum(line.startswith("  piling up") for line in report) == 5
    assert not [line for line in report if "more finding" in line]


def test_what_is_suppressed_is_not_among_the_three() -> None:
    found = [collection_finding(name=f"cache{n}") for n in range(4)]
    judged = check(
        measurement(watched=tuple(map(leaking, found))),
        suppressions=known({"holder": "cache1"}),
    )

    report = lines(judged)

    assert sum(line.startswith("  piling up") for line in report) == 3
    assert len(rows("suppressed", report)) == 1


def test_a_doubt_about_a_known_leak_is_no_doubt() -> None:
    doubtful = unclear(collection_finding(), reason="it may stop")
    judged = check(
        measurement(watched=(doubtful,)), suppressions=known({"holder": "cache"})
    )

    assert headline(judged).endswith("but it may stop: suppressed")


def test_a_reason_does_no_harm_in_a_terminal() -> None:
    judged = check(
        measurement(watched=(leaking(collection_finding()),)),
        suppressions=known({"holder": "cache", "reason": "one\ntwo \x1b[31m"}),
    )

    assert all(line.isprintable() for line in lines(judged))


def test_three_suspects_are_all() -> None:
    report = lines(leak(*(collection_finding(name=f"cache{n}") for n in range(3))))

    assert not [line for line in report if "more finding" in line]


def test_only_functions_that_are_called_back_are_shown_as_such() -> None:
    callback = timer_finding().callback

    report = lines(leak(replace(collection_finding(), callback=callback)))

    assert report == lines(leak(collection_finding()))


def test_a_suspect_whose_entries_cannot_be_counted_just_stopped() -> None:
    uncounted = bounded(collection_finding(size=None))

    report = lines(check(measurement(watched=(uncounted,))))

    assert report[1] == "  bounded     cache: Map stopped growing"


@pytest.mark.parametrize(
    ("grown_bytes", "heap"),
    [(190_000, "▁▁▁▁▁▁▁▁ 5.3 -> 5.5 MB"), (210_000, "▁▂▃▄▅▆▇█ 5.3 -> 5.5 MB")],
)
def test_a_heap_that_wanders_is_drawn_flat(grown_bytes: float, heap: str) -> None:
    read = readings(heap_bytes=(5.3e6, 5.3e6 + grown_bytes))

    (line,) = rows("heap", lines(check(measurement(read=read))))
    assert line.startswith(f"  heap        {heap} ")


def test_a_few_bytes_outside_the_heap_do_not_make_the_forecast() -> None:
    finding = replace(collection_finding(), external_bytes_per_request=64.0)

    assert any("heap limit is reached" in line for line in lines(leak(finding)))


def outlook(report: list[str]) -> list[str]:
    return rows("production", report)


def test_the_outlook_is_for_the_traffic_that_was_given() -> None:
    judged = Check.of(
        "t", leak(collection_finding()).measurement, LeakPolicy(), rates=(7.0,)
    )

    assert outlook(lines(judged)) == [
        "  production  at 7 req/s the 2,096 MB heap limit is reached after 9 days"
    ]


def test_in_a_container_the_outlook_says_who_kills() -> None:
    measured = replace(
        leak(collection_finding()).measurement, memory_limit_bytes=256 * 1024**2
    )

    assert outlook(lines(check(measured)))[-1] == (
        "  production  at 50 req/s the 256 MiB memory limit is reached after 3 h"
        " (14 h at 10, 41 min at 200): the kernel kills the process then (137)"
    )


@pytest.mark.parametrize(
    ("name", "limit", "prospect"),
    [
        ("fds", 512, "EMFILE: all 512 file descriptors are open after 10 s"),
        ("fds", None, "180,000 more file descriptors are open each hour"),
        (
            "listeners",
            None,
            "180,000 more listeners each hour, all called by every event",
        ),
    ],
    ids=["fds", "fds without a limit", "listeners"],
)
def test_the_outlook_is_in_the_words_of_what_runs_out(
    name: str, limit: int | None, prospect: str
) -> None:
    measured = replace(measurement(rises={name: rise(1, kept=1)}), fd_limit=limit)

    (line,) = outlook(lines(check(measured)))
    assert line.startswith(f"  production  at 50 req/s {prospect}")


def test_only_the_most_frequent_constructors_are_shown() -> None:
    labels = tuple((f"Class{n}", 1.0) for n in range(9))

    report = lines(leak(replace(collection_finding(), constructors=labels)))

    assert report[2] == (
        "  piling up   Class0 1.00/req, Class1 1.00/req, Class2 1.00/req,"
        " Class3 1.00/req"
    )


def test_a_check_without_readings_says_so() -> None:
    assert "  heap        not read" in lines(check(measurement(read=())))


def test_the_counters_go_on_to_the_end_of_the_push() -> None:
    last = replace(readings()[-1], heap_used_bytes=21_000_000, listeners=13, timers=0)

    report = lines(check(measurement(last_reading=last)))

    (line,) = rows("heap", report)
    assert line == (
        "  heap        ▁▁▁▁▁▁▁█ 5.3 -> 21.0 MB      listeners +1      timers -1"
        "      loop p99 2 ms"
    )


def test_listeners_that_were_not_counted_are_not_called_none() -> None:
    read = tuple(replace(one, listeners=None, objects=None) for one in readings())

    (line,) = rows("heap", lines(check(measurement(read=read))))
    assert "      listeners not counted      timers +0" in line


def test_what_the_reader_should_know_about_the_run_is_noted() -> None:
    noted = check(measurement(notes=("other processes used 60% of the CPU",)))

    assert rows("note", lines(noted)) == [
        "  note        other processes used 60% of the CPU"
    ]


HOSTILE = {
    "colours": "\x1b[31mred\x1b[0m",
    "newlines": "one\ntwo\r\nthree\u2028four\x0bfive\x85six",
    "backspace": "safe\b\b\b\bevil",
    "right to left": "abc\u202ecba",
    "lone surrogate": "a\ud800b",
    "nul": "a\0b",
}


def hostile_leak(name: str) -> Check:
    finding = collection_finding(name=name)
    assert finding.holder is not None
    assert finding.holder.place is not None
    place = replace(finding.holder.place, file=name)
    return leak(
        replace(
            finding,
            title=f"{name} grows",
            constructors=((name, 1.0),),
            holder=replace(finding.holder, class_name=name, place=place, package=name),
            path=(name, name),
            allocated_at=tuple(
                replace(frame, function=name) for frame in finding.allocated_at
            ),
        )
    )


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_names_from_the_app_do_no_harm_in_a_terminal(name: str) -> None:
    report = lines(hostile_leak(name))

    assert len(report) == len(lines(CHECKS["collection"]))
    assert all(line.isprintable() for line in report)
    assert all(line.splitlines() == [line] for line in report)
    assert all(line.encode() for line in report)


def test_a_name_of_10_000_characters_does_not_make_a_line_unbearable() -> None:
    report = lines(hostile_leak("x" * 10_000))

    assert len(report) == len(lines(CHECKS["collection"]))
    assert max(map(len, report)) == 400
    assert report[2].endswith("x…")


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_cannot_break_the_line_of_an_inconclusive_check(
    name: str,
) -> None:
    finding = replace(collection_finding(), title=f"{name} grows")
    judged = check(measurement(watched=(unclear(finding, reason="it may stop"),)))

    assert all(line.isprintable() for line in lines(judged))


@pytest.mark.parametrize(
    ("objects_per_request", "verdict"), [(1.0, "over_limit"), (0.2, "inconclusive")]
)
def test_samples_tell_what_stays_where_no_heap_was_compared(
    objects_per_request: float, verdict: str
) -> None:
    frame = Frame(function="open", place=Place(file="app.js", line=11, column=14))
    measured = replace(
        measurement(
            rises={
                "objects": rise(
                    objects_per_request, within=0.01, kept=objects_per_request
                )
            },
            detectable_objects=None,
        ),
        why_not_compared="it is too large",
        allocated_at=(frame,),
    )
    judged = check(measured)
    assert verdict_name(judged.verdict) == verdict
    assert "  put there   open app.js:11:14" in lines(judged)
    sampled = [one.allocated_at for one in judged.findings]
    assert sampled == ([(frame,)] if verdict == "over_limit" else [])
