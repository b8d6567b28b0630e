"""What an app says is shown, and neither a terminal nor a CI runner obeys it."""

from __future__ import annotations

import pytest

from pytest_nodeleak.printed import printable, visible


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("  ::error file=a,line=1::b", "  : :error file=a,line=1::b"),
        ("GET / ::stop-commands::x", "GET / : :stop-commands::x"),
        ("##[add-mask]e and ##[group]", "# #[add-mask]e and # #[group]"),
        ("x ##vso[task.setvariable]y", "x # #vso[task.setvariable]y"),
        ("##teamcity[testFailed]", "# #teamcity[testFailed]"),
        ("\x1b[2J\u202e\x00\ud800", "\ufffd[2J\ufffd\ufffd\ufffd"),
        ("\u2003::debug::x", "\ufffd::debug::x"),
    ],
)
def test_nothing_in_a_line_is_obeyed(said: str, shown: str) -> None:
    assert visible(said) == shown


@pytest.mark.parametrize(
    "said",
    [
        "1: 0xaaa node::Abort() [node]",
        "listening on :::3000 and ::1",
        "listening on ::ffff:127.0.0.1",
        "## How to fix it",
        "#[private] cache #1",
    ],
)
def test_what_only_looks_like_a_command_stays_as_it_is(said: str) -> None:
    assert visible(said) == said


def test_a_line_is_cut_before_anything_else_is_done_with_it() -> None:
    assert printable("x" * 50_000_000) == "x" * 399 + "…"
    assert len(printable("#" * 399 + "##[error]")) == 400
