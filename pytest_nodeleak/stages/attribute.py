"""Last stage: which functions allocated what stays, and which one blocks the loop."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from pytest_nodeleak.artifacts import CPU_PROFILE, HEAP_PROFILE
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.cpu_profiler import (
    disable_cpu_profiler,
    enable_cpu_profiler,
    set_cpu_interval,
    start_coverage,
    start_cpu_profile,
    stop_coverage,
    stop_cpu_profile,
)
from pytest_nodeleak.cdp.messages import (
    get_sampling_profile,
    start_sampling,
    stop_sampling,
)
from pytest_nodeleak.cdp.profiles import (
    CpuProfile,
    HeapProfile,
    ProfileFrame,
    SamplingNode,
)
from pytest_nodeleak.culprits.blocks import Blocks, find_blocks
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.evidence.loop_delay import LoopDelay
from pytest_nodeleak.exceptions import DeadlineExceeded, InspectorError
from pytest_nodeleak.heap.threads import Thread
from pytest_nodeleak.inspection.worker import Worker
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.sources.stacks import Stack
from pytest_nodeleak.stages.bench import Bench

__all__ = ["find_allocations", "find_blocking", "profile_for", "profile_if_late"]

# A finer interval finds smaller objects and costs more per request.
_SAMPLING_INTERVAL_BYTES = 512
_SAMPLING_AT_MOST_S = 1.0
_WORKER_REPLY_S = 5.0
_PROFILE_REQUESTS, _PROFILE_AT_MOST_S = 200, 1.5
_REWARM_REQUESTS, _REWARM_AT_MOST_S = 5, 0.3
# Shorter than the loop is idle between two requests that come one after the other.
_CPU_INTERVAL_US = 200


def find_allocations(
    bench: Bench, *, requests: int, threads: Iterable[Thread] = ()
) -> tuple[Stack, ...]:
    """Return the stacks whose allocations in one more window are still alive.

    The profile of the thread that most of them are in is held ready, for a failed check
    to leave behind.

    Args:
        bench: The app under load.
        requests: The load.
        threads: Worker threads to look into as well.

    """
    workers = bench.workers.among(threads)
    start = start_sampling(interval_bytes=_SAMPLING_INTERVAL_BYTES)
    bench.client.execute(start, bench.reply_deadline())
    try:
        _in_each(
            workers, lambda one: one.client.execute(start, Deadline(_WORKER_REPLY_S))
        )
        bench.load(requests, at_most_s=_SAMPLING_AT_MOST_S)
        bench.sampler.settle(bench.reply_deadline())
        own = bench.client.execute(get_sampling_profile(), bench.reply_deadline())
        profiles: list[tuple[Thread | None, HeapProfile]] = [(None, own)]
        _in_each(workers, lambda one: profiles.append(_profile_of(one)))
    finally:
        bench.client.execute(stop_sampling(), bench.reply_deadline())
        stop = stop_sampling()
        _in_each(
            workers, lambda one: one.client.execute(stop, Deadline(_WORKER_REPLY_S))
        )
    stacks = [
        [
            replace(stack, thread=thread)
            for stack in _live_stacks(profile.head, callers=())
        ]
        for thread, profile in profiles
    ]
    weights = [sum(stack.weight for stack in of_thread) for of_thread in stacks]
    _, heaviest = profiles[weights.index(max(weights))]
    bench.artifacts.hold(HEAP_PROFILE, heaviest.text)
    return tuple(itertools.chain.from_iterable(stacks))


def _in_each(workers: Iterable[Worker], work: Callable[[Worker], None]) -> None:
    """Do something to workers; a leak is one all the same if one of them has ended."""
    for worker in workers:
        with suppress(InspectorError, DeadlineExceeded):
            work(worker)


def _profile_of(worker: Worker) -> tuple[Thread, HeapProfile]:
    worker.settle()
    command = get_sampling_profile()
    profile = worker.client.execute(command, Deadline(_WORKER_REPLY_S))
    return worker.thread, profile


def _live_stacks(
    node: SamplingNode, callers: tuple[ProfileFrame, ...]
) -> Iterator[Stack]:
    frames = (node.frame, *callers)
    if node.self_bytes:
        yield Stack(frames=frames, weight=float(node.self_bytes))
    for child in node.children:
        yield from _live_stacks(child, frames)


def profile_for(
    client: InspectorClient, deadline: Deadline, *, seconds: float
) -> CpuProfile:
    """Return a profile of what an app does by itself, or hangs in."""
    client.execute(enable_cpu_profiler(), deadline)
    try:
        client.execute(start_cpu_profile(), deadline)
        threading.Event().wait(seconds)
        return client.execute(stop_cpu_profile(), deadline)
    finally:
        client.execute(disable_cpu_profiler(), deadline)


def profile_if_late(
    bench: Bench, delay: LoopDelay, policy: LeakPolicy
) -> Blocks | None:
    """Return what kept the event loop busy, and keep its profile; None if it was free."""
    if not policy.is_late(delay):
        return None
    with bench.stage("profile"):
        profile, blocks = find_blocking(bench)
    bench.artifacts.save(CPU_PROFILE, profile.text)
    return blocks


def find_blocking(
    bench: Bench, *, at_most_s: float = _PROFILE_AT_MOST_S
) -> tuple[CpuProfile, Blocks]:
    """Return a profile of one more window of load, and what blocks the loop in it.

    Requests come one by one: many at once are answered without a break between them, and
    how long each of them blocks could not be told.
    """
    client = bench.client
    client.execute(enable_cpu_profiler(), bench.reply_deadline())
    try:
        for command in (
            set_cpu_interval(interval_us=_CPU_INTERVAL_US),
            start_cpu_profile(),
            # What was optimized before does not tell which function was inlined where.
            start_coverage(),
            stop_coverage(),
        ):
            client.execute(command, bench.reply_deadline())
        _send_one_by_one(bench, _REWARM_REQUESTS, at_most_s=_REWARM_AT_MOST_S)
        pauses_s = _send_one_by_one(bench, _PROFILE_REQUESTS, at_most_s=at_most_s)
        profile = client.execute(stop_cpu_profile(), bench.reply_deadline())
    finally:
        client.execute(disable_cpu_profiler(), bench.reply_deadline())
    return profile, find_blocks(profile, pauses_s)


def _send_one_by_one(bench: Bench, requests: int, *, at_most_s: float) -> list[float]:
    """Return when nothing was under way, by the clock that V8 uses as well."""
    window, pauses_s = bench.deadline.at_most(at_most_s), []
    for _ in range(requests):
        if window.has_passed():
            break
        pauses_s.append(time.monotonic())
        bench.load(1)
    return pauses_s
