"""Profiles as V8 sends them: call trees of live allocations and of CPU time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_nodeleak.cdp.answers import whole

__all__ = [
    "CpuFunction",
    "CpuProfile",
    "HeapProfile",
    "ProfileFrame",
    "SamplingNode",
    "parse_cpu_profile",
    "parse_heap_profile",
    "parse_sampling_profile",
]


# V8 looks at 255 frames, each of which may stand for several that were inlined.
_DEEPEST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFrame:
    """A function in a profile; line and column are 1-based."""

    function: str
    url: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingNode:
    """A node of the sampling heap profile's call tree.

    Attributes:
        frame: The function.
        self_bytes: Live bytes allocated by it, as sampled.
        children: The functions it called.

    """

    frame: ProfileFrame
    self_bytes: int
    children: tuple[SamplingNode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeapProfile:
    """A sampling heap profile: live bytes by the stack that allocated them.

    Attributes:
        head: The root of its call tree.
        text: The profile as V8 sent it, in the format of a ``.heapprofile`` file.

    """

    head: SamplingNode
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuFunction:
    """The time one call-tree node of a CPU profile spent in itself.

    Attributes:
        stack: The function and its callers, innermost first.
        self_s: Seconds of self time.
        hot_line: The line of the function that most of it was spent on, what V8 itself
            did for it included; 1-based, None where V8 has none.

    """

    stack: tuple[ProfileFrame, ...]
    self_s: float
    hot_line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuProfile:
    """A CPU profile.

    Attributes:
        functions: The most expensive first.
        timeline: In the order of time: the position of what ran in ``functions``, and
            for how many seconds.
        started_s: When it began, by the app's monotonic clock.
        text: The profile as V8 sent it, in the format of a ``.cpuprofile`` file.

    """

    functions: tuple[CpuFunction, ...]
    timeline: tuple[tuple[int, float], ...]
    started_s: float
    text: str


def _parse_frame(call_frame: Mapping[str, Any]) -> ProfileFrame:
    return ProfileFrame(
        function=str(call_frame["functionName"]),
        url=str(call_frame["url"]),
        line=whole(call_frame["lineNumber"]) + 1,
        column=whole(call_frame["columnNumber"]) + 1,
    )


def parse_sampling_profile(node: Mapping[str, Any]) -> SamplingNode:
    """Return a node of a sampling heap profile with all below it."""
    return SamplingNode(
        frame=_parse_frame(node["callFrame"]),
        self_bytes=whole(node["selfSize"]),
        children=tuple(parse_sampling_profile(child) for child in node["children"]),
    )


def parse_heap_profile(profile: Mapping[str, Any]) -> HeapProfile:
    """Return a sampling heap profile."""
    return HeapProfile(
        head=parse_sampling_profile(profile["head"]), text=json.dumps(profile)
    )


def parse_cpu_profile(profile: Mapping[str, Any]) -> CpuProfile:
    """Return a CPU profile with its functions ranked.

    Raises:
        ValueError: If its calls go round in a circle.

    """
    nodes = {node["id"]: node for node in profile["nodes"]}
    frames = {key: _parse_frame(node["callFrame"]) for key, node in nodes.items()}
    caller = {
        child: key for key, node in nodes.items() for child in node.get("children", ())
    }
    self_us: dict[int, int] = {}
    samples, deltas = profile.get("samples", ()), profile.get("timeDeltas", ())
    for node_id, delta_us in zip(samples, deltas, strict=True):
        self_us[node_id] = self_us.get(node_id, 0) + whole(delta_us)

    def stack(node_id: int) -> tuple[ProfileFrame, ...]:
        chain = [frames[node_id]]
        while (parent := caller.get(node_id)) is not None:
            node_id = parent
            chain.append(frames[node_id])
            if len(chain) > _DEEPEST:
                msg = "its call tree has no root"
                raise ValueError(msg)
        return tuple(chain)

    ranked = sorted(self_us, key=self_us.__getitem__, reverse=True)
    position = {node_id: n for n, node_id in enumerate(ranked)}
    return CpuProfile(
        functions=tuple(
            CpuFunction(
                stack=stack(node_id),
                self_s=self_us[node_id] / 1e6,
                hot_line=_hot_line(nodes[node_id]),
            )
            for node_id in ranked
        ),
        timeline=tuple(
            (position[node_id], whole(delta_us) / 1e6)
            for node_id, delta_us in zip(samples, deltas, strict=True)
        ),
        started_s=profile.get("startTime", 0) / 1e6,
        text=json.dumps(profile),
    )


def _hot_line(node: Mapping[str, Any]) -> int | None:
    ticks = {
        whole(one["line"]): whole(one["ticks"])
        for one in node.get("positionTicks") or ()
    }
    # V8 counts what it has no line for under 0.
    ticks.pop(0, None)
    return max(ticks, key=ticks.__getitem__) if ticks else None
