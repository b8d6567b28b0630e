"""Stacks of profiles, reduced to the frames a reader of a report can act on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.heap.sources import package_of
from pytest_nodeleak.heap.threads import Thread

__all__ = ["Stack", "heaviest_stack", "readable_frames"]

_MOST_FRAMES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A call stack with what it stands for.

    Attributes:
        frames: The function and its callers, innermost first.
        weight: Live bytes, or seconds.
        hot_line: The line of the innermost function that the time was spent on; None
            where that is unknown.
        thread: The worker thread it is of; None for the main one.

    """

    frames: tuple[ProfileFrame, ...]
    weight: float
    hot_line: int | None = None
    thread: Thread | None = None


def heaviest_stack(
    stacks: Sequence[Stack], *, scripts: Collection[str] = ()
) -> tuple[tuple[ProfileFrame, ...], float]:
    """Return the readable stack with the most weight, and its share of all weight.

    Stacks that differ only inside Node or inside a package count together. A stack
    without any frame of the app or a package is left out.

    Args:
        stacks: In any order.
        scripts: Where the culprit is known to be: stacks through one of these scripts,
            or through another one of the same package, come first, since what a request
            drags along (the response, its headers) may weigh more than what was stored
            on purpose.

    """
    weights: defaultdict[tuple[ProfileFrame, ...], float] = defaultdict(float)
    for stack in stacks:
        if frames := readable_frames(stack.frames):
            weights[frames] += stack.weight
    if not weights:
        return (), 0.0

    packages = {package_of(script) for script in scripts} - {None}

    def rank(frames: tuple[ProfileFrame, ...]) -> tuple[bool, float]:
        is_near = any(
            frame.url in scripts or package_of(frame.url) in packages
            for frame in frames
        )
        return is_near, weights[frames]

    heaviest = max(weights, key=rank)
    return heaviest, weights[heaviest] / sum(weights.values())


def readable_frames(frames: Sequence[ProfileFrame]) -> tuple[ProfileFrame, ...]:
    """Drop Node's frames; of a run of frames in one package keep the outermost.

    The app's innermost function is always among what is kept.
    """
    kept: list[ProfileFrame] = []
    for frame in frames:
        if not frame.url or frame.url.startswith("node:"):
            continue
        package = package_of(frame.url)
        if package is not None and kept and package_of(kept[-1].url) == package:
            kept[-1] = frame
        else:
            kept.append(frame)
    # The frames that matter end with the app's handler; the router above it is noise,
    # and so is what lies above the same router between the handler and a middleware.
    own = [i for i, frame in enumerate(kept) if package_of(frame.url) is None]
    if own:
        routers = {package_of(frame.url) for frame in kept[own[-1] + 1 :]}
        ends = (
            i for i in range(own[0], own[-1] + 1) if package_of(kept[i].url) in routers
        )
        kept = kept[: next(ends, own[-1] + 1)]
        own = [i for i in own if i < len(kept)]
    if own and own[0] >= _MOST_FRAMES:
        # Packages that call each other must not keep the app's own function out.
        kept = [*kept[: _MOST_FRAMES - 1], kept[own[0]]]
    return tuple(kept[:_MOST_FRAMES])
