from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_nodeleak.progress import (
    CheckBegun,
    Ended,
    HeapRead,
    LoadEnded,
    ProgressEvent,
    RoundBegun,
    SnapshotBegun,
    SnapshotEnded,
    StageBegun,
    Starting,
)
from pytest_nodeleak.report.live import Live, advance, live_line

BEGUN = CheckBegun(target="GET /u/{n}", allowed_s=60)
READ = [HeapRead(used_bytes=size) for size in (5_300_000, 7_000_000, 9_100_000)]
IN_ROUND: list[ProgressEvent] = [
    BEGUN,
    StageBegun(name="screen"),
    LoadEnded(requests_per_s=12_340.4),
    *READ,
    RoundBegun(number=3, most=6),
]


def after(events: Sequence[ProgressEvent]) -> Live | None:
    return reduce(advance, events, None)


def shown(events: Sequence[ProgressEvent], *, width: int = 120) -> str:
    live = after(events)
    assert live is not None
    return str(live_line(live, elapsed_s=3.2, width=width))


@pytest.mark.parametrize(
    ("events", "line"),
    [
        (
            [Starting(what="starting npm start", allowed_s=30)],
            "starting npm start  27 s left",
        ),
        ([BEGUN], "GET /u/{n}  connecting  57 s left"),
        ([BEGUN, StageBegun(name="screen")], "GET /u/{n}  screen  57 s left"),
        (
            IN_ROUND,
            "GET /u/{n}  screen 3/6  12,340 req/s  ▁▄█ 5.3 -> 9.1 MB  57 s left",
        ),
        (
            [*IN_ROUND[:-1], StageBegun(name="identify"), *2 * [SnapshotBegun()]],
            "GET /u/{n}  identify snapshot 2  12,340 req/s  ▁▄█ 5.3 -> 9.1 MB  57 s left",
        ),
        (
            [
                BEGUN,
                StageBegun(name="identify"),
                SnapshotBegun(),
                SnapshotEnded(),
                LoadEnded(requests_per_s=0.84),
            ],
            "GET /u/{n}  identify  0.8 req/s  57 s left",
        ),
    ],
    ids=["starting", "begun", "a stage", "a round", "a snapshot", "slow load after it"],
)
def test_the_line_tells_what_is_done_and_how_it_goes(
    events: Sequence[ProgressEvent], line: str
) -> None:
    assert shown(events) == line


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (67, "GET /u/{n}  screen 3/6  12,340 req/s  ▁▄█ 5.3 -> 9.1 MB  57 s left"),
        (65, "GET /u/{n}  screen 3/6  ▁▄█ 5.3 -> 9.1 MB  57 s left"),
        (46, "GET /u/{n}  screen 3/6  57 s left"),
        (25, "screen 3/6  57 s left"),
        (12, "screen… left"),
    ],
)
def test_a_narrow_terminal_is_told_what_is_missed_most(width: int, line: str) -> None:
    assert shown(IN_ROUND, width=width) == line


def test_a_long_target_loses_its_middle() -> None:
    begun = CheckBegun(target=f"GET /{'organisations/' * 9}{{n}}", allowed_s=60)
    assert shown([begun], width=60) == (
        "GET /organisations…/organisations/{n}  connecting  57 s left"
    )


def test_a_target_cannot_write_to_the_terminal() -> None:
    assert "\x1b" not in shown([CheckBegun(target="GET /\x1b[2J", allowed_s=60)])


def test_no_time_is_left_of_a_budget_that_is_overdrawn() -> None:
    assert shown([CheckBegun(target="GET /", allowed_s=1)]).endswith("  0 s left")


def test_nothing_is_shown_when_a_check_is_over() -> None:
    assert after([*IN_ROUND, Ended()]) is None
    # What comes late comes from a thread that has not heard of it.
    assert after([*IN_ROUND, Ended(), *READ]) is None


@given(st.text(max_size=200), st.integers(min_value=10, max_value=200))
def test_the_line_is_never_wider_than_the_terminal(target: str, width: int) -> None:
    events = [CheckBegun(target=target, allowed_s=60), *IN_ROUND[1:]]
    assert len(shown(events, width=width)) <= width
