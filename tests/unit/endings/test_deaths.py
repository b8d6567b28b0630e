from __future__ import annotations

import signal
from dataclasses import replace
from typing import get_args

import pytest
from outputs import FATAL, VERSIONS, output_of

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
    classify_death,
    error_of,
    kind_of,
    swallowed_errors_note,
)
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.nodejs.last_output import PrintedError, parse_error
from pytest_nodeleak.nodejs.last_words import EscapedError, Exit, LastWords


def spoken(
    error: str = "Error: no\n    at f (/a.js:1:2)",
    *,
    is_rejection: bool = False,
    code: int | None = 1,
    after_s: float = 0.0,
) -> LastWords:
    parsed = replace(parse_error(error), is_rejection=is_rejection)
    # After an hour, as clocks of apps go.
    escaped = EscapedError(at_s=3600, error=parsed)
    end = None if code is None else Exit(at_s=3600 + after_s, code=code, called_by=None)
    return LastWords(errors=(escaped,), exit=end)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("returncode", [-signal.SIGABRT, 134])
def test_v8_that_gives_up_is_the_heap_limit_also_behind_a_shell(
    version: int, returncode: int
) -> None:
    death = classify_death(
        returncode, output_of("heap_limit", version), words=LastWords()
    )

    assert isinstance(death, HeapLimit)
    assert kind_of(death) is Kind.HEAP_LIMIT


@pytest.mark.parametrize("returncode", [None, 1])
def test_a_whole_report_of_v8_is_believed_where_a_script_hides_the_abort(
    returncode: int | None,
) -> None:
    death = classify_death(returncode, output_of("heap_limit", 24), words=LastWords())
    assert isinstance(death, HeapLimit)


@pytest.mark.parametrize("returncode", [0, 1])
def test_an_app_that_logs_the_words_and_ends_itself_did_not_run_out_of_heap(
    returncode: int,
) -> None:
    death = classify_death(returncode, [FATAL])
    assert death == EndedItself(code=returncode)


def test_an_app_that_logs_all_of_another_ones_report_and_exits_has_not_aborted() -> (
    None
):
    end = Exit(at_s=0, code=1, called_by=None)
    death = classify_death(1, output_of("heap_limit", 24), words=LastWords(exit=end))
    assert death == EndedItself(code=1, called_by=None)


def test_an_abort_without_a_reason_is_no_heap_limit() -> None:
    assert classify_death(-signal.SIGABRT, output_of("abort", 24)) == Aborted(
        signal="SIGABRT"
    )


@pytest.mark.parametrize("ended_by", [signal.SIGABRT, signal.SIGTRAP])
def test_a_process_without_memory_is_no_heap_limit(ended_by: signal.Signals) -> None:
    message = "Zone Allocation failed - process out of memory"
    death = classify_death(-ended_by, [f"FATAL ERROR: {message}"])
    assert death == Aborted(signal=ended_by.name, message=message)


def test_a_worker_without_heap_is_a_heap_limit_of_its_own() -> None:
    death = classify_death(1, output_of("worker_limit", 26))
    assert isinstance(death, HeapLimit)
    assert death.in_worker


@pytest.mark.parametrize("version", VERSIONS)
def test_an_error_that_is_printed_is_an_uncaught_exception(version: int) -> None:
    death = classify_death(1, output_of("thrown", version))

    assert isinstance(death, UncaughtException)
    assert death.error.title == "Error: no such user"


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_rejected_with_no_error_is_told_by_its_text(version: int) -> None:
    death = classify_death(1, output_of("rejected_text", version))

    assert isinstance(death, UnhandledRejection)
    assert kind_of(death) is Kind.UNHANDLED_REJECTION


def test_a_rejection_that_is_printed_like_an_exception_is_told_by_the_probe() -> None:
    output = output_of("rejected", 26)

    assert isinstance(classify_death(1, output), UncaughtException)
    death = classify_death(1, output, words=spoken(is_rejection=True))
    assert isinstance(death, UnhandledRejection)


@pytest.mark.parametrize("version", VERSIONS)
def test_emfile_is_descriptors_however_it_came(version: int) -> None:
    death = classify_death(1, output_of("emfile", version))

    assert isinstance(death, FdExhaustion)
    assert isinstance(
        classify_death(
            1, (), words=spoken("Error: EMFILE: too many open files", is_rejection=True)
        ),
        FdExhaustion,
    )


def test_a_stack_overflow_is_no_memory_problem() -> None:
    death = classify_death(1, output_of("stack_overflow", 22))

    assert isinstance(death, StackOverflow)
    assert kind_of(death) is Kind.UNCAUGHT_EXCEPTION


@pytest.mark.parametrize(
    "error",
    ["RangeError: Invalid array length", "Error: Maximum call stack size exceeded"],
)
def test_another_error_that_reads_like_one_is_no_stack_overflow(error: str) -> None:
    death = classify_death(1, (), words=spoken(f"{error}\n    at f (/a.js:1:2)"))

    assert isinstance(death, UncaughtException)


def test_a_handler_that_logs_cleans_up_and_exits_does_not_hide_the_error() -> None:
    death = classify_death(70, (), words=spoken(code=70, after_s=5))
    assert isinstance(death, UncaughtException)


@pytest.mark.parametrize(("code", "after_s"), [(0, 1), (3, 600)])
def test_an_error_that_was_swallowed_is_not_what_ended_the_app(
    code: int, after_s: float
) -> None:
    death = classify_death(code, (), words=spoken(code=code, after_s=after_s))
    assert death == EndedItself(code=code, called_by=None)


def test_an_error_that_was_swallowed_does_not_explain_a_kill() -> None:
    death = classify_death(-signal.SIGKILL, (), words=spoken(code=None))
    assert death == Killed(signal="SIGKILL")


def test_an_error_counts_even_if_another_listener_kept_the_probe_from_the_end() -> None:
    assert isinstance(classify_death(7, (), words=spoken(code=None)), UncaughtException)


def test_an_error_of_another_process_is_not_the_one_of_a_probe_that_saw_none() -> None:
    death = classify_death(1, output_of("thrown", 24), words=LastWords())
    assert death == EndedItself(code=1)


def test_who_ended_the_app_is_kept() -> None:
    frames = parse_error("Error\n    at stop (/a.js:1:2)").frames
    end = Exit(at_s=0, code=0, called_by=frames)
    death = classify_death(0, (), words=LastWords(exit=end))
    assert death == EndedItself(code=0, called_by=frames)


@pytest.mark.parametrize(
    ("returncode", "death"),
    [
        (-signal.SIGKILL, Killed(signal="SIGKILL")),
        (137, Killed(signal="SIGKILL")),
        (143, Killed(signal="SIGTERM")),
        (-signal.SIGSEGV, Aborted(signal="SIGSEGV")),
        (139, Aborted(signal="SIGSEGV")),
        (-64, Killed(signal="SIGRTMAX")),
        (200, EndedItself(code=200)),
        (144, EndedItself(code=144)),
        (0, EndedItself(code=0)),
        (None, Vanished()),
    ],
)
def test_without_words_the_exit_code_decides(
    returncode: int | None, death: Death
) -> None:
    assert classify_death(returncode, ["bye"]) == death


def test_a_kill_for_the_containers_limit_is_not_any_kill() -> None:
    death = classify_death(-signal.SIGKILL, (), was_oom_kill=True)

    assert death == OomKill()
    assert kind_of(death) is Kind.OOM_KILL


def test_only_a_death_by_an_error_has_one() -> None:
    error = PrintedError(name="Error", message="no")
    with_error = (UncaughtException, UnhandledRejection, FdExhaustion, StackOverflow)

    assert [error_of(death(error=error)) for death in with_error] == [error] * 4
    assert error_of(Vanished()) is None
    assert len(get_args(Death)) == 10


def test_swallowed_errors_are_noted_and_counted() -> None:
    assert swallowed_errors_note(LastWords()) == ""
    once = spoken("Error: no")
    assert "an uncaught error went to the app's own handler" in swallowed_errors_note(
        once
    )
    twice = LastWords(errors=once.errors * 2)
    assert "at least 2 uncaught errors" in swallowed_errors_note(twice)
    assert swallowed_errors_note(twice).endswith("the first: Error: no")
