"""What becomes of texts before a page is made of them."""

from __future__ import annotations

import pytest

from pytest_nodeleak.report.html.harmless import harmless


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cache", "cache"),
        ("größer 漢字 🙂", "größer 漢字 🙂"),
        ("<b>&", "<b>&"),
        ("\x1b[1m", "\ufffd[1m"),
        ("\ud83d", "\ufffd"),
        ("\u202ecba", "\ufffdcba"),
        ("one\ntwo", "one\ntwo"),
        ("\tindented", "  indented"),
    ],
)
def test_a_text_keeps_what_can_be_read(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_a_long_line_is_cut() -> None:
    assert len(harmless("x" * 10_000)) == 400


def test_everything_in_a_record_is_looked_at_and_nothing_else_changed() -> None:
    record = {"a\x00": ["\x00", {"b": (1, 2.5, None, True)}]}

    assert harmless(record) == {"a\ufffd": ["\ufffd", {"b": [1, 2.5, None, True]}]}
