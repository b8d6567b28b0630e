from __future__ import annotations

from dataclasses import replace

from measurements import blocking_finding

from pytest_nodeleak.endings.hang import Hang
from pytest_nodeleak.report.hang import hang_lines, hung_check
from pytest_nodeleak.report.record import check_record

HANG = Hang(
    finding=replace(
        blocking_finding(),
        title="the event loop hangs in a computation in JavaScript in fib (slow.js:2)",
    ),
    target="GET /fib",
    stage="under load (screen)",
    requests=17,
    waited_s=1.0,
    cpu_share=0.98,
    node_version="v24.1.0",
    output_tail=("listening", "\x1b[2Jgot /fib"),
)


def test_the_report_of_an_app_that_froze_begins_with_where_it_hangs() -> None:
    diagnosis, headline, *rows = hang_lines(HANG)
    assert diagnosis == (
        "Blocked event loop: the app froze under GET /fib, as the one thread that runs"
        " JavaScript is in fib slow.js:2:1 and does not come back, and no other request"
        " is answered."
    )
    assert headline == (
        "blocked loop: GET /fib froze the app: the event loop hangs in a computation in"
        " JavaScript in fib (slow.js:2)"
    )
    assert [row[:14].strip() for row in rows[:4]] == [
        "froze",
        "at",
        "process",
        "to fix",
    ]
    assert rows[0].endswith(
        "after 17 requests; its loop did not come round within 1 s, and nothing has crashed"
    )
    assert rows[1] == "  at          fib slow.js:2:1 <- handler slow.js:8:30"
    assert rows[2] == "  process     uses 98% of a processor: it computes"
    assert "setImmediate()" in rows[3]
    assert rows[4:] == [
        "Last output of the app:",
        "  listening",
        "  \N{REPLACEMENT CHARACTER}[2Jgot /fib",
    ]


def test_what_waits_in_native_code_is_told_by_its_processor_and_children() -> None:
    native = replace(HANG.finding, allocated_at=(), title="the event loop hangs")
    waiting = replace(
        HANG, finding=native, cpu_share=0.0, children=("sleep",), output_tail=()
    )
    rows = hang_lines(waiting)
    assert "  process     uses no processor: it waits for something outside" in rows
    assert "  children    sleep: it may be waiting for one of them to end" in rows


def test_the_record_of_an_app_that_froze_is_an_error_with_a_finding() -> None:
    record = check_record(hung_check("t::GET /fib", HANG, 3.2))
    assert (record["verdict"], record["outcome"]) == ("error", "error")
    assert (record["node"], record["requests"]) == ("v24.1.0", 17)
    (finding,) = record["findings"]
    assert finding["kind"] == "loop_blocked"
    assert record["reason"] == "\n".join(hang_lines(HANG))
