from __future__ import annotations

import pytest
from outputs import FATAL, VERSIONS, output_of

from pytest_nodeleak.nodejs.v8_output import find_v8_failure, without_native_stacks


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_tells_of_a_full_heap(version: int) -> None:
    failure = find_v8_failure(output_of("heap_limit", version))

    assert failure is not None
    assert failure.is_heap
    assert failure.is_complete
    assert failure.message.endswith("JavaScript heap out of memory")
    # Started with --max-old-space-size=20; 22 overshoots before it gives up.
    assert 18e6 < (failure.used_bytes or 0) < 28e6


@pytest.mark.parametrize("prefix", ["", "web_1  | ", "\x1b[31m"])
def test_the_prefix_of_a_supervisor_and_colours_do_not_hide_a_full_heap(
    prefix: str,
) -> None:
    failure = find_v8_failure([prefix + line for line in output_of("heap_limit", 22)])

    assert failure is not None
    assert failure.is_complete


def test_the_words_alone_are_no_complete_report_of_v8() -> None:
    failure = find_v8_failure(["GET / failed", FATAL])

    assert failure is not None
    assert not failure.is_complete
    assert failure.used_bytes is None


def test_no_output_tells_nothing() -> None:
    assert find_v8_failure([]) is None


def test_a_process_without_memory_is_no_full_heap() -> None:
    failure = find_v8_failure(
        ["FATAL ERROR: Zone Allocation failed - process out of memory"]
    )

    assert failure is not None
    assert not failure.is_heap


@pytest.mark.parametrize("version", VERSIONS)
def test_readers_are_spared_native_stacks(version: int) -> None:
    lines = ["ready", *output_of("heap_limit", version), "bye"]
    shown = [line for line in without_native_stacks(lines) if line]

    assert shown[0] == "ready"
    assert shown[-1] == "bye"
    assert len(shown) == 3
    assert "FATAL ERROR" in shown[1]


# That of 24 is cut in the middle of the number.
@pytest.mark.parametrize(
    ("version", "share"), [(20, 0.344), (22, 0.08), (24, None), (26, 0.0)]
)
def test_v8_tells_how_little_of_its_last_time_was_the_app_s(
    version: int, share: float | None
) -> None:
    failure = find_v8_failure(output_of("heap_limit", version))

    assert failure is not None
    assert failure.mutator_share == share


def test_numbers_that_no_collection_has_are_none() -> None:
    lines = [
        f"-> {'9' * 400} ({'9' * 400}) MB",
        "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    ]

    failure = find_v8_failure(lines)

    assert failure is not None
    assert failure.used_bytes is None
