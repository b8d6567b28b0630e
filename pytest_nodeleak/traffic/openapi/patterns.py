"""Texts that match a pattern, with a part that is new in every request if one fits."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_nodeleak.load.fresh import Fresh, Numeral
from pytest_nodeleak.traffic.openapi.texts import FreshText

__all__ = ["matching"]

_ALPHABETS = (
    string.digits + "abcdef",
    string.digits,
    string.ascii_lowercase,
    string.ascii_uppercase,
)
_PRINTABLE = string.digits + string.ascii_letters + string.punctuation + " "
_SHORTEST_RUN = 3
# Numbers of requests that a text with a fresh part is tried with.
_TRIED = (0, 1, 2, 7, 10, 35, 99, 100, 12_345, 999_999, 1_764_137_123_456_789)


def matching(
    pattern: str, fewest: int | None, most: int | None
) -> SearchStrategy[FreshText | str] | None:
    """Return texts that match; None for a pattern that Python does not read.

    Args:
        pattern: As in JavaScript, where most of it means the same.
        fewest: How many characters there must be at least; None for no bound.
        most: How many there may be; None for no bound.

    """
    try:
        compiled = re.compile(pattern, re.ASCII)
    except re.error:
        return None

    def fits(text: str) -> bool:
        return (
            (fewest or 0) <= len(text)
            and (most is None or len(text) <= most)
            and text.isprintable()
            and compiled.search(text) is not None
        )

    def freshened(text: str) -> FreshText | str:
        for candidate in _candidates(text):
            if all(
                fits(f"{candidate.before}{candidate.fresh.at(n)}{candidate.after}")
                for n in _TRIED
            ):
                return candidate
        return text

    # Plain characters only: others are no better, and Hypothesis would count them all.
    texts = st.from_regex(compiled, fullmatch=True, alphabet=_PRINTABLE)
    return texts.filter(fits).map(freshened)


def _candidates(text: str) -> Iterator[FreshText]:
    """Yield the text with its runs of letters and digits counted through, longest first."""
    runs = sorted(
        re.finditer(f"[0-9A-Za-z]{{{_SHORTEST_RUN},}}", text, re.ASCII),
        key=lambda run: run.start() - run.end(),
    )
    for run in runs:
        # A first digit may not be 0; the first part of a name may have to be a letter.
        for start in (run.start(), run.start() + 1):
            for alphabet in _ALPHABETS:
                fresh: Fresh = Numeral(alphabet=alphabet, width=run.end() - start)
                yield FreshText(text[:start], fresh, text[run.end() :])
