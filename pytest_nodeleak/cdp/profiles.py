"""Profiles as V8 sends them: call trees of live allocations and of CPU time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "CpuFunction",
    "ProfileFrame",
    "SamplingNode",
    "parse_cpu_profile",
    "parse_sampling_profile",
]


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
class CpuFunction:
    """The time one call-tree node of a CPU profile spent in itself.

    Attributes:
        stack: The function and its callers, innermost first.
        self_s: Seconds of self time.

    """

    stack: tuple[ProfileFrame, ...]
    self_s: float


def _parse_frame(call_frame: Mapping[str, Any]) -> ProfileFrame:
    return ProfileFrame(
        function=call_frame["functionName"],
        url=call_frame["url"],
        line=call_frame["lineNumber"] + 1,
        column=call_frame["columnNumber"] + 1,
    )


def parse_sampling_profile(node: Mapping[str, Any]) -> SamplingNode:
    """Return a node of a sampling heap profile with all below it."""
    return SamplingNode(
        frame=_parse_frame(node["callFrame"]),
        self_bytes=node["selfSize"],
        children=tuple(parse_sampling_profile(child) for child in node["children"]),
    )


def parse_cpu_profile(profile: Mapping[str, Any]) -> tuple[CpuFunction, ...]:
    """Return the functions of a CPU profile, the most expensive first."""
    frames = {node["id"]: _parse_frame(node["callFrame"]) for node in profile["nodes"]}
    caller = {
        child: node["id"]
        for node in profile["nodes"]
        for child in node.get("children", ())
    }
    self_us: dict[int, int] = {}
    samples, deltas = profile.get("samples", ()), profile.get("timeDeltas", ())
    for node_id, delta_us in zip(samples, deltas, strict=True):
        self_us[node_id] = self_us.get(node_id, 0) + delta_us

    def stack(node_id: int) -> tuple[ProfileFrame, ...]:
        chain = [frames[node_id]]
        while (parent := caller.get(node_id)) is not None:
            node_id = parent
            chain.append(frames[node_id])
        return tuple(chain)

    ranked = sorted(self_us, key=self_us.__getitem__, reverse=True)
    return tuple(
        CpuFunction(stack=stack(node_id), self_s=self_us[node_id] / 1e6)
        for node_id in ranked
    )
