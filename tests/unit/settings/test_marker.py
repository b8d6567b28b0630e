from __future__ import annotations

from pathlib import Path

import pytest

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.nodejs.inspector_address import InspectorAddress
from pytest_nodeleak.settings.attachment import Attachment
from pytest_nodeleak.settings.limit_texts import MARKER_ARGUMENTS
from pytest_nodeleak.settings.marker import MarkerSettings, marker_settings
from pytest_nodeleak.settings.settings import Settings

SESSION = Settings(
    cwd=Path("/app"), budget_s=45.0, policy=LeakPolicy(heap_slope_bytes=128)
)


def test_a_marker_without_arguments_leaves_the_session_s_settings() -> None:
    assert marker_settings({}, SESSION, test="test_x") == MarkerSettings(
        policy=LeakPolicy(heap_slope_bytes=128), budget_s=45.0
    )


def test_a_marker_beats_the_session() -> None:
    arguments = {"heap_slope": "64 B", "loop_delay_p99": "50 ms", "budget": "2 min"}

    assert marker_settings(arguments, SESSION, test="test_x") == MarkerSettings(
        policy=LeakPolicy(heap_slope_bytes=64, loop_delay_p99_ms=50), budget_s=120.0
    )
    assert "budget" in arguments


def test_a_budget_is_seconds_when_it_is_a_number() -> None:
    assert marker_settings({"budget": 20}, SESSION, test="test_x").budget_s == 20.0


def test_a_memory_limit_of_the_marker_beats_the_session_s() -> None:
    session = Settings(cwd=Path("/app"), memory_limit_bytes=1000**3)
    marked = {"memory_limit": "256 MiB"}

    assert marker_settings({}, session, test="test_x").memory_limit_bytes == 1000**3
    assert marker_settings(marked, session, test="test_x").memory_limit_bytes == 2**28


def test_open_files_of_the_marker_beat_the_session_s() -> None:
    session = Settings(cwd=Path("/app"), max_open_files=200)
    marked = {"max_open_files": 100}

    assert marker_settings({}, session, test="test_x").max_open_files == 200
    assert marker_settings(marked, session, test="test_x").max_open_files == 100


ATTACHED = Attachment(
    address=InspectorAddress(host="127.0.0.1", port=9229),
    base_url="http://127.0.0.1:3000",
)


@pytest.mark.parametrize(
    "arguments", [{"memory_limit": "256 MiB"}, {"max_open_files": 100}]
)
def test_an_app_that_runs_already_gets_no_limits(
    arguments: dict[str, object],
) -> None:
    session = Settings(cwd=Path("/app"), attach=ATTACHED)
    with pytest.raises(InvalidSetting, match="is not possible with --nodeleak-attach:"):
        marker_settings(arguments, session, test="test_x")


def test_what_the_test_itself_wants_of_a_start_is_told_from_the_session_s() -> None:
    session = Settings(cwd=Path("/app"), memory_limit_bytes=2**28)
    own = marker_settings({"max_open_files": 100}, session, test="test_x")

    assert own.conditions_of_start(session) == {"max_open_files": 100}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            {"budget": "soon"},
            (
                "nodeleak marker on test_x: budget 'soon' is not a duration such as"
                " '50 ms', '30 s' or '2 min'"
            ),
        ),
        (
            {"budget": 0},
            "nodeleak marker on test_x: budget 0 is not longer than nothing",
        ),
        (
            {"memory_limit": "256"},
            (
                "nodeleak marker on test_x: memory_limit '256' is not at least 16 MiB;"
                " write e.g. '256 MiB'"
            ),
        ),
        (
            {"heap_slope": "24MBps nonsense"},
            (
                "nodeleak marker on test_x: heap_slope '24MBps nonsense' is not a size such"
                " as '64 B', '1.5 KiB' or '256 MiB'"
            ),
        ),
        (
            {"heapslope": 64},
            (
                "nodeleak marker on test_x: limit 'heapslope' is not one of "
                + ", ".join(MARKER_ARGUMENTS)
            ),
        ),
    ],
    ids=["no duration", "no time", "no memory", "no size", "no limit"],
)
def test_a_wrong_marker_is_refused_with_the_test_s_name(
    arguments: dict[str, object], text: str
) -> None:
    with pytest.raises(InvalidSetting) as refused:
        marker_settings(arguments, SESSION, test="test_x")

    assert str(refused.value) == text
