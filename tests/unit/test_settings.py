"""Markers and defaults; what comes from pytest's configuration is tested end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.limits import LIMITS
from pytest_nodeleak.options import OPTIONS
from pytest_nodeleak.policy import LeakPolicy
from pytest_nodeleak.settings import (
    MarkerSettings,
    Settings,
    marker_settings,
    resolve,
)

SESSION = Settings(
    cwd=Path("/app"), budget_s=45.0, policy=LeakPolicy(heap_slope_bytes=128)
)


def test_a_session_has_defaults_for_all_but_the_directory() -> None:
    settings = Settings(cwd=Path("/app"))

    assert (settings.app, settings.routes, settings.node) == (None, (), None)
    assert (settings.budget_s, settings.ready_timeout_s) == (60.0, 30.0)
    assert (settings.max_old_space_mb, settings.json_path) == (None, None)
    assert settings.memory_limit_bytes is None
    assert settings.fail_inconclusive is True
    assert settings.policy == LeakPolicy()


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
                + ", ".join(LIMITS)
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


def test_flag_and_ini_name_of_an_option_are_twins() -> None:
    spellings = {option.name: (option.flag, option.ini) for option in OPTIONS}

    assert spellings[""] == ("--nodeleak", "nodeleak")
    assert spellings["max_old_space"] == (
        "--nodeleak-max-old-space",
        "nodeleak_max_old_space",
    )
    assert len({option.dest for option in OPTIONS}) == len(OPTIONS)


@pytest.mark.parametrize(("arguments", "shows_all"), [([], False), (["-v"], True)])
def test_all_findings_are_shown_with_v(
    pytester: pytest.Pytester, arguments: list[str], *, shows_all: bool
) -> None:
    assert resolve(pytester.parseconfig(*arguments)).shows_all is shows_all
