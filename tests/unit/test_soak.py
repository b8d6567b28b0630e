"""Whether a long session is called flat is decided by how it went, and not by noise."""

from __future__ import annotations

import random

import pytest
from soak.flatness import COUNTS, LIMITS, judge
from soak.rotation import EXPECTED, KINDS

TURN = len(KINDS)


def session(
    checks: int, *, per_check: float = 0.0, settles_after: int = 0, fds: int = 13
) -> list[dict[str, float | str]]:
    """Return the samples of a session whose memory wanders by megabytes."""
    noise = random.Random(20261126)
    samples: list[dict[str, float | str]] = []
    for number in range(checks):
        filled = min(number, settles_after) * 300e3
        level = 150e6 + filled + number * per_check + noise.uniform(-3e6, 3e6)
        # One kind of check always leaves more behind than the others.
        level += 8e6 if number % TURN == 6 else 0
        open_fds = fds + (number > 200 and fds > 13)
        samples.append(
            {
                **dict.fromkeys(LIMITS, level),
                **dict.fromkeys(COUNTS, 4),
                "fds": open_fds,
            }
        )
    return samples


def answers(samples: list[dict[str, float | str]]) -> dict[str, str]:
    return {one.name: one.answer for one in judge(samples, kinds=TURN)}


def test_a_session_that_takes_what_it_needs_and_keeps_it_is_flat() -> None:
    assert answers(session(480, settles_after=100))["rss_bytes"] == "flat"


def test_a_session_that_grows_by_a_tenth_of_a_megabyte_per_check_is_not() -> None:
    assert answers(session(480, per_check=100e3))["rss_bytes"] == "grows"


def test_a_few_checks_prove_nothing() -> None:
    assert answers(session(4 * TURN))["rss_bytes"] == "not proven"


def test_one_descriptor_more_is_growth() -> None:
    assert answers(session(240, fds=13))["fds"] == "flat"
    assert answers(session(240, fds=14))["fds"] == "grows"


def test_less_than_two_turns_are_refused() -> None:
    with pytest.raises(ValueError, match="expected 24 or more"):
        judge(session(TURN), kinds=TURN)


def test_the_checks_end_in_every_way_a_check_of_a_small_app_does() -> None:
    assert set(EXPECTED.values()) == {"clean", "leak", "error", "crashed"}
