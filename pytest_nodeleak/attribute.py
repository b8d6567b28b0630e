"""Last stage: which functions allocated what stays, and which one blocks the loop."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_nodeleak.bench import Bench
from pytest_nodeleak.cdp.messages import (
    disable_cpu_profiler,
    enable_cpu_profiler,
    get_sampling_profile,
    start_cpu_profile,
    start_sampling,
    stop_cpu_profile,
    stop_sampling,
)
from pytest_nodeleak.cdp.profiles import CpuFunction, ProfileFrame, SamplingNode
from pytest_nodeleak.stacks import Stack

__all__ = ["find_allocations", "find_blocking"]

# A finer interval finds smaller objects and costs more per request.
_SAMPLING_INTERVAL_BYTES = 512
_SAMPLING_AT_MOST_S = 1.0
_PROFILE_REQUESTS, _PROFILE_AT_MOST_S = 200, 1.5


def find_allocations(bench: Bench, *, requests: int) -> tuple[Stack, ...]:
    """Return the stacks whose allocations in one more window are still alive."""
    deadline = bench.reply_deadline()
    bench.client.execute(
        start_sampling(interval_bytes=_SAMPLING_INTERVAL_BYTES), deadline
    )
    try:
        bench.load(requests, at_most_s=_SAMPLING_AT_MOST_S)
        bench.sampler.settle(bench.reply_deadline())
        head = bench.client.execute(get_sampling_profile(), bench.reply_deadline())
    finally:
        bench.client.execute(stop_sampling(), bench.reply_deadline())
    return tuple(_live_stacks(head, ()))


def _live_stacks(
    node: SamplingNode, callers: tuple[ProfileFrame, ...]
) -> Iterator[Stack]:
    frames = (node.frame, *callers)
    if node.self_bytes:
        yield Stack(frames=frames, weight=float(node.self_bytes))
    for child in node.children:
        yield from _live_stacks(child, frames)


def find_blocking(bench: Bench) -> tuple[Stack, ...]:
    """Return the stacks that used the CPU in one more window."""
    client = bench.client
    client.execute(enable_cpu_profiler(), bench.reply_deadline())
    try:
        client.execute(start_cpu_profile(), bench.reply_deadline())
        bench.load(_PROFILE_REQUESTS, at_most_s=_PROFILE_AT_MOST_S)
        functions = client.execute(stop_cpu_profile(), bench.reply_deadline())
    finally:
        client.execute(disable_cpu_profiler(), bench.reply_deadline())
    return tuple(_as_stack(function) for function in functions)


def _as_stack(function: CpuFunction) -> Stack:
    return Stack(frames=function.stack, weight=function.self_s)
