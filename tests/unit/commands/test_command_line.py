from __future__ import annotations

from pathlib import Path

import pytest

from pytest_nodeleak.commands.asked import (
    DiffAsked,
    DoctorAsked,
    ExplainAsked,
    InitAsked,
    RedactAsked,
    ShowAsked,
    TrendAsked,
)
from pytest_nodeleak.commands.command_line import parse


def test_diff_takes_files_in_order_and_numbers_of_requests() -> None:
    asked = parse(["diff", "a", "b", "c", "--requests", "500", "520", "--app", "src"])
    assert asked == DiffAsked(
        files=(Path("a"), Path("b"), Path("c")),
        app=Path("src"),
        requests=(500, 520),
        show_all=False,
        as_json=False,
    )


def test_one_number_of_requests_is_for_all_windows() -> None:
    asked = parse(["diff", "a", "b", "c", "--requests", "500"])
    assert isinstance(asked, DiffAsked)
    assert asked.requests == (500, 500)


def test_show_hides_strings_unless_asked() -> None:
    assert parse(["show", "a", "--json"]) == ShowAsked(
        file=Path("a"), app=None, show_strings=False, as_json=True
    )
    shown = parse(["show", "a", "--strings"])
    assert isinstance(shown, ShowAsked)
    assert shown.show_strings


def test_redact_replaces_names_and_no_file_unless_asked() -> None:
    assert parse(["redact", "a", "b"]) == RedactAsked(
        file=Path("a"),
        target=Path("b"),
        keep_property_names=False,
        force=False,
        as_json=False,
    )


def test_explain_takes_a_kind() -> None:
    assert parse(["explain", "timer"]) == ExplainAsked(kind="timer", as_json=False)


def test_init_takes_a_directory_and_starts_the_app_unless_told_not_to() -> None:
    assert parse(["init"]) == InitAsked(
        directory=Path(), starts=True, is_dry=False, node=None, as_json=False
    )
    assert parse(["init", "api", "--dry-run", "--no-start"]) == InitAsked(
        directory=Path("api"), starts=False, is_dry=True, node=None, as_json=False
    )


def test_doctor_takes_a_node() -> None:
    assert parse(["doctor", "--node", "x"]) == DoctorAsked(node="x", as_json=False)


def test_trend_takes_files_in_order() -> None:
    asked = parse(["trend", "b.json", "a.json", "--json"])
    assert asked == TrendAsked(files=(Path("b.json"), Path("a.json")), as_json=True)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["diff", "a"], "diff compares two or three snapshots, got 1"),
        (["diff", "a", "b", "c", "d"], "two or three snapshots, got 4"),
        (["diff", "a", "b", "--requests", "0"], "of at least 1; got '0'"),
        (["diff", "a", "b", "--requests", "5", "6"], "one number for each of the 1"),
        (["diff", "a", "b", "--requests", "many"], "invalid int value: 'many'"),
        (["redact", "a"], "the following arguments are required: OUT"),
        (["compare", "a", "b"], "invalid choice: 'compare'"),
    ],
)
def test_a_wrong_command_line_is_answered_by_one_line_and_status_2(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        parse(arguments)
    assert raised.value.code == 2
    printed = capsys.readouterr().err
    assert complaint in printed
    assert printed.count("\n") == 1
    assert "--help" in printed


@pytest.mark.parametrize("command", ["diff", "show", "redact", "explain"])
def test_help_is_the_documentation(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        parse([command, "--help"])
    assert raised.value.code == 0
    assert "--json" in capsys.readouterr().out
