from __future__ import annotations

import pytest

from pytest_nodeleak.nodejs.flags import flag_value, has_flag

OLD_SPACE = "--max-old-space-size"


@pytest.mark.parametrize(
    "words",
    [
        ["--max-old-space-size=64"],
        ["--max_old_space_size=64"],
        ["--inspect", "--max-old-space-size", "64"],
        ["--max-old-space-size=32", "--max_old-space_size=64"],
    ],
)
def test_every_way_to_write_a_flag_is_understood(words: list[str]) -> None:
    assert flag_value(words, OLD_SPACE) == "64"


@pytest.mark.parametrize("words", [[], ["--max-old-space-size-percentage=5"], ["64"]])
def test_a_flag_that_is_not_given_has_no_value(words: list[str]) -> None:
    assert flag_value(words, OLD_SPACE) is None
    assert not has_flag(words, OLD_SPACE)


def test_a_flag_without_a_value_is_there() -> None:
    assert has_flag(["--x", "--heapsnapshot_near-heap-limit"], "--x")
    assert flag_value(["--x"], "--x") is None
