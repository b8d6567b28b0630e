from __future__ import annotations

import re

import pytest
from endings import HOSTILE
from hypothesis import given
from hypothesis import strategies as st

from pytest_nodeleak.report.markdown import code, fenced


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET /users/{n}", "<code>GET /users/{n}</code>"),
        ("a|b", "<code>a&#124;b</code>"),
        ("a\\|b", "<code>a&#92;&#124;b</code>"),
        ("<b>&amp;", "<code>&#60;b&#62;&#38;amp&#59;</code>"),
        ("`x` *y* _z_", "<code>&#96;x&#96; &#42;y&#42; &#95;z&#95;</code>"),
        ("http://a.b", "<code>http&#58;//a.b</code>"),
        ("WWW.a.b", "<code>WWW&#46;a.b</code>"),
        ("ü…😀", "<code>ü…😀</code>"),
        ("a\nb\r\n\tc", "<code>a b c</code>"),
        ("\x1b[2J\ud800", "<code>\ufffd&#91;2J\ufffd</code>"),
    ],
)
def test_text_becomes_code_that_is_no_markup(text: str, expected: str) -> None:
    assert code(text) == expected


def test_long_text_is_cut() -> None:
    assert code("x" * 999) == f"<code>{'x' * 159}…</code>"


@given(st.text())
def test_nothing_in_code_can_be_markup(text: str) -> None:
    inside = code(text).removeprefix("<code>").removesuffix("</code>")
    assert not re.search(r"[<>|`*_\[\]\\!@~$\n]", inside)
    assert re.fullmatch(r"(?:[^&#]|&#\d+;)*", inside)


@pytest.mark.parametrize(
    ("text", "fence"),
    [("plain", "```"), ("a ``` b", "````"), ("`````", "``````"), (HOSTILE, "`````")],
)
def test_a_block_has_a_longer_fence_than_any_in_it(text: str, fence: str) -> None:
    first, *inside, last = fenced(text).split("\n")
    assert (first, last) == (f"{fence}text", fence)
    assert all(fence not in line for line in inside)


def test_a_block_has_printable_lines_only() -> None:
    assert fenced("a\x1b[2J\nb") == "```text\na\ufffd[2J\nb\n```"
