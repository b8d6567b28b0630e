"""How long the event loop was blocked in one go, and by what, by a CPU profile."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pytest_nodeleak.cdp.profiles import CpuFunction, CpuProfile
from pytest_nodeleak.culprits.sync_work import COLLECTOR
from pytest_nodeleak.sources.stacks import Stack

__all__ = ["Blocks", "find_blocks"]

_IDLE = "(idle)"
# Native code that no function called: the loop itself, or what V8 could not look into.
_PROGRAM = "(program)"
# Blocks that are shorter than this part of the longest are other work.
_AS_LONG_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """The longest stretches of time in which the loop did not come round.

    Attributes:
        longest_ms: The longest, in milliseconds.
        stacks: What ran in those that were at least half as long, in seconds. Garbage
            collection is on top of what ran before it.

    """

    longest_ms: float = 0.0
    stacks: tuple[Stack, ...] = ()


_Ran = list[tuple[CpuFunction, float]]


def find_blocks(profile: CpuProfile, pauses_s: Sequence[float] = ()) -> Blocks:
    """Return the longest blocks of a profile.

    Args:
        profile: In which requests came one by one.
        pauses_s: When the app had answered one and not got the next one yet, ascending
            and by its monotonic clock. Such a pause may be too short to be sampled.
            What ran before the first of them was for warming up, and does not count.

    """
    # On a busy machine the profiler may have slept through the rest.
    blocks = _blocks(profile, pauses_s) or _blocks(profile, ())
    lengths = [sum(seconds for _, seconds in block) for block in blocks]
    longest_s = max(lengths, default=0.0)
    if longest_s <= 0:
        return Blocks()
    weights: defaultdict[Stack, float] = defaultdict(float)
    for block, length_s in zip(blocks, lengths, strict=True):
        if length_s >= _AS_LONG_SHARE * longest_s:
            for stack, seconds in _stacks(block):
                weights[stack] += seconds
    return Blocks(
        longest_ms=1000 * longest_s,
        stacks=tuple(replace(stack, weight=own) for stack, own in weights.items()),
    )


def _blocks(profile: CpuProfile, pauses_s: Sequence[float]) -> list[_Ran]:
    """Return what ran from one time that the loop was free to the next."""
    blocks: list[_Ran] = [[]]
    unknown: _Ran = []
    now_s = profile.started_s
    for position, lasted_s in profile.timeline:
        function = profile.functions[position]
        name = function.stack[0].function
        now_s, seconds = now_s + lasted_s, lasted_s
        passed = bisect_right(pauses_s, now_s)
        if passed and (paused_s := pauses_s[passed - 1]) > now_s - lasted_s:
            seconds = now_s - paused_s
            blocks = [[]] if pauses_s[0] > now_s - lasted_s else [*blocks, []]
            unknown = []
        if name == _IDLE:
            blocks.append([])
            unknown = []
        elif name == _PROGRAM:
            unknown.append((function, seconds))
        else:
            # What came before the first function was the loop's own.
            blocks[-1] += [*(unknown if blocks[-1] else ()), (function, seconds)]
            unknown = []
    return [block for block in blocks if block]


def _stacks(block: _Ran) -> Iterator[tuple[Stack, float]]:
    before = None
    for function, seconds in block:
        frames = function.stack
        if frames[0].function == COLLECTOR:
            frames = (frames[0], *(before.stack if before else frames[1:]))
        elif frames[0].function != _PROGRAM:
            before = function
        yield Stack(frames=frames, weight=0.0, hot_line=function.hot_line), seconds
