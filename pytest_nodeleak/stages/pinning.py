"""Finds out whether what piles up are small pieces that keep large things whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import fmean

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.evidence.findings import Pinning
from pytest_nodeleak.evidence.occupancy import Linear
from pytest_nodeleak.evidence.watched import Watched
from pytest_nodeleak.exceptions import (
    CommandFailed,
    DeadlineExceeded,
    InspectorClosed,
    ScriptThrew,
)
from pytest_nodeleak.heap.pieces import Whole
from pytest_nodeleak.inspection.live import LiveObjects
from pytest_nodeleak.stages.bench import Bench

__all__ = ["find_pinning", "look_for_pinning"]

# Four times as much as is used, and 512 bytes a piece: a slice of a few bytes less than
# the whole, or of a pool that is full of such, is none.
_SMALLEST_RATIO = 4.0
_SMALLEST_WASTE_BYTES = 512
_AT_MOST_S = 2.0


def look_for_pinning(bench: Bench, watched: Watched) -> Watched:
    """Ask the app how large the pieces are that a leak consists of, if it does.

    A leak is one all the same where there is no time to, or no answer.
    """
    wholes = watched.suspect.wholes
    if not wholes or not isinstance(watched.curve, Linear):
        return watched
    deadline = bench.reply_deadline().at_most(_AT_MOST_S)
    try:
        live = bench.live_of(watched.suspect)
        return replace(watched, pinning=find_pinning(live, wholes, deadline))
    except (CommandFailed, DeadlineExceeded, InspectorClosed, ScriptThrew):
        return watched


def find_pinning(
    live: LiveObjects, wholes: Sequence[Whole], deadline: Deadline
) -> Pinning | None:
    """Return what small pieces keep whole; None if they are most of it, or unknown."""
    try:
        found = [
            pinning
            for is_text in (False, True)
            if (pinning := _pinning(live, wholes, deadline, is_text=is_text))
        ]
    finally:
        live.release(deadline)
    return max(found, key=lambda one: one.whole_bytes, default=None)


def _pinning(
    live: LiveObjects, wholes: Sequence[Whole], deadline: Deadline, *, is_text: bool
) -> Pinning | None:
    known = [
        (whole, fmean(sizes))
        for whole in wholes
        if whole.is_text is is_text and (sizes := [*_sizes(live, whole, deadline)])
    ]
    count = sum(whole.count for whole, _ in known)
    if not count:
        return None
    used = sum(min(whole.count * size, whole.size_bytes) for whole, size in known)
    kept = sum(whole.size_bytes for whole, _ in known)
    if kept < _SMALLEST_RATIO * used or kept - used < count * _SMALLEST_WASTE_BYTES:
        return None
    return Pinning(
        is_text=is_text,
        piece_bytes=used / count,
        whole_bytes=kept / len(known),
        pieces_of_each=count / len(known),
    )


def _sizes(live: LiveObjects, whole: Whole, deadline: Deadline) -> Iterator[float]:
    for piece in whole.pieces:
        one = live.find(piece.heap_id, deadline)
        if one is None:
            continue
        size_bytes = live.piece_bytes(one, piece.key, deadline)
        if size_bytes is not None:
            yield size_bytes
