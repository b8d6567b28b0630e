from __future__ import annotations

import pytest
from outputs import VERSIONS, output_of

from pytest_nodeleak.nodejs.last_output import (
    StackFrame,
    find_abort_stack,
    find_error,
    parse_error,
)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_tells_of_an_error_that_was_thrown(version: int) -> None:
    error = find_error(output_of("thrown", version))

    assert error is not None
    assert error.title == "Error: no such user"
    assert error.frames[0] == StackFrame(
        function="Object.throwerr", script="/app/die.cjs", line=7, column=22
    )
    assert not error.is_rejection


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_tells_of_a_rejection_with_what_is_no_error(version: int) -> None:
    error = find_error(output_of("rejected_text", version))

    assert error is not None
    assert error.is_rejection
    assert error.title == "just text"
    assert error.frames == ()


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_tells_that_descriptors_ran_out(version: int) -> None:
    error = find_error(output_of("emfile", version))

    assert error is not None
    assert error.code == "EMFILE"
    assert error.frames[0].is_internal
    assert error.frames[1].script == "/app/die.cjs"


def test_what_is_no_error_is_known_by_where_it_was_thrown() -> None:
    error = find_error(output_of("thrown_text", 22))

    assert error is not None
    assert error.title == "just text"
    assert error.frames == (
        StackFrame(function="", script="/app/die.cjs", line=9, column=1),
    )


def test_an_error_event_without_a_listener_is_the_error_it_carries() -> None:
    error = find_error(output_of("emfile_event", 24))

    assert error is not None
    assert error.code == "EMFILE"
    assert error.title == "Error: EMFILE: too many open files, open '/dev/null'"


def test_the_stack_of_the_cause_is_not_the_errors_own() -> None:
    error = find_error(output_of("cause", 20))

    assert error is not None
    assert error.title == "Error: outer"
    assert [frame.line for frame in error.frames] == [12, 2, 519]


def test_a_worker_that_ran_out_of_heap_is_known_by_its_code() -> None:
    error = find_error(output_of("worker_limit", 26))

    assert error is not None
    assert error.code == "ERR_WORKER_OUT_OF_MEMORY"


@pytest.mark.parametrize("prefix", ["web_1  | ", "[0] ", "0|server  | ", "12:03:04 "])
def test_the_prefix_of_a_supervisor_and_colours_do_not_hide_an_error(
    prefix: str,
) -> None:
    lines = [f"{prefix}\x1b[31m{line}\x1b[0m" for line in output_of("emfile", 24)]
    error = find_error(["started", *lines, "[nodemon] app crashed"])

    assert error is not None
    assert error.code == "EMFILE"
    assert len(error.frames) == 6


def test_a_clock_before_each_line_does_not_hide_an_error() -> None:
    lines = [
        f"12:03:{second:02} {line}"
        for second, line in enumerate(output_of("thrown", 22))
    ]
    error = find_error(lines)

    assert error is not None
    assert error.title == "Error: no such user"


def test_a_source_line_that_was_cut_does_not_hide_an_error() -> None:
    lines = output_of("thrown", 24)
    del lines[1:3]
    error = find_error(lines)

    assert error is not None
    assert error.title == "Error: no such user"
    assert len(error.frames) == 5


@pytest.mark.parametrize("kept", range(1, 9))
def test_output_that_begins_in_the_middle_raises_nothing(kept: int) -> None:
    find_error(output_of("emfile", 24)[-kept:])


def test_an_error_that_an_app_logs_is_not_what_ended_it() -> None:
    lines = output_of("thrown", 24)
    assert find_error([line for line in lines if "Node.js v" not in line]) is None


def test_a_message_of_several_lines_is_kept_and_shown_on_one() -> None:
    error = parse_error("TypeError: one\n  two\n    at f (/app/a.js:1:2)")

    assert error.message == "one\n  two"
    assert error.title == "TypeError: one two"


@pytest.mark.parametrize(
    ("line", "frame"),
    [
        ("    at f (/a.js:1:2)", ("f", "/a.js", 1, 2)),
        ("    at async C.f (file:///a.mjs:1:2)", ("C.f", "file:///a.mjs", 1, 2)),
        ("    at new C (/a.js:1:2)", ("C", "/a.js", 1, 2)),
        ("    at T.f [as g] (node:x:1:2)", ("T.f", "node:x", 1, 2)),
        ("    at /a.js:1:2", ("", "/a.js", 1, 2)),
        ("    at async /a.js:1:2", ("", "/a.js", 1, 2)),
        ("    at Server.<anonymous> (/a b.js:1:2)", ("", "/a b.js", 1, 2)),
    ],
)
def test_every_form_of_a_frame_is_understood(
    line: str, frame: tuple[str, str, int, int]
) -> None:
    (found,) = parse_error(f"Error: x\n{line}").frames

    assert (found.function, found.script, found.line, found.column) == frame


def test_no_output_tells_nothing() -> None:
    assert find_error([]) is None


def test_an_abort_has_a_stack_only_where_node_prints_one() -> None:
    assert find_abort_stack(output_of("thrown", 24)) == ()
    assert [one.script for one in find_abort_stack(output_of("abort", 24))][:2] == [
        "/app/die.cjs",
        "/app/die.cjs",
    ]


def test_a_line_number_that_no_file_has_is_none() -> None:
    abort = ["----- JavaScript stack trace -----", f"1: f (/app/a.js:{'9' * 5000}:1)"]

    assert find_abort_stack(abort) == ()
    assert parse_error(f"Error: no\n    at f (/app/a.js:1:{'9' * 5000})").frames == ()
