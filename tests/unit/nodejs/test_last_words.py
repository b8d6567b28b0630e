from __future__ import annotations

import json

import pytest

from pytest_nodeleak.nodejs.last_words import parse_last_words


def error(**words: object) -> str:
    told = {"at": 1000, "isError": True, "code": "", "origin": "uncaughtException"}
    return json.dumps({**told, **words})


def test_an_error_and_the_exit_it_led_to_are_understood() -> None:
    words = parse_last_words(
        error(error="Error: no\n    at f (/a.js:1:2)", origin="unhandledRejection")
        + "\n"
        + json.dumps({"at": 2500, "exit": 1, "stack": "Error: exit"})
    )

    (escaped,) = words.errors
    assert escaped.at_s == 1.0
    assert escaped.error.is_rejection
    assert escaped.error.title == "Error: no"
    assert words.exit is not None
    assert words.exit.at_s == 2.5
    assert words.exit.code == 1
    assert words.exit.called_by is None


def test_what_is_no_error_is_taken_as_text() -> None:
    (escaped,) = parse_last_words(error(error="Error", isError=False)).errors

    assert escaped.error.name == ""
    assert escaped.error.message == "Error"


def test_a_code_that_the_stack_does_not_show_is_known() -> None:
    (escaped,) = parse_last_words(error(error="Error: no files", code="EMFILE")).errors

    assert escaped.error.code == "EMFILE"


def test_who_called_exit_is_known() -> None:
    stack = (
        "Error: exit\n"
        "    at process.onExit (<anonymous>:1:1)\n"
        "    at process.emit (node:events:514:28)\n"
        "    at process.exit (node:internal/process/per_thread:236:15)\n"
        "    at stop (/app/a.js:3:4)"
    )
    words = parse_last_words(json.dumps({"at": 1, "exit": 3, "stack": stack}))

    assert words.exit is not None
    assert words.exit.called_by is not None
    assert [frame.function for frame in words.exit.called_by] == ["stop"]


def test_a_line_that_was_cut_off_is_left_out() -> None:
    words = parse_last_words(error(error="Error: a") + "\n" + error(error="b")[:20])

    assert len(words.errors) == 1
    assert words.exit is None


@pytest.mark.parametrize(
    "line",
    ["7", "[]", "{}", '{"at": "x"}', '{"at": 1, "exit": []}', "[" * 100_000],
    ids=lambda line: line[:20],
)
def test_a_line_that_the_app_has_written_there_is_left_out(line: str) -> None:
    words = parse_last_words(line + "\n" + error(error="Error: a"))

    assert len(words.errors) == 1
