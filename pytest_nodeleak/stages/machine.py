"""What other processes do to the machine while a check runs."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Self

import psutil

from pytest_nodeleak.evidence.loop_delay import LoopDelay
from pytest_nodeleak.judging.policy import LeakPolicy

__all__ = ["CpuTimes", "foreign_load_note", "foreign_share", "waiting_note"]

# Below this it hardly shows in a delay.
_WORTH_SAYING = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuTimes:
    """CPU seconds used so far.

    Attributes:
        elapsed_s: When they were read.
        machine_s: By all processes together.
        own_s: By this process and by the app with all it started.
        is_whole: Whether the app's part of it is known.

    """

    elapsed_s: float
    machine_s: float
    own_s: float
    is_whole: bool = True

    @classmethod
    def read(cls, app_pid: int | None, *, elapsed_s: float) -> Self:
        """Read them now; None is an app that may run on any machine."""
        times = psutil.cpu_times()
        machine_s = times.user + times.system + getattr(times, "nice", 0.0)
        app_s = 0.0 if app_pid is None else _tree_s(app_pid)
        return cls(
            elapsed_s=elapsed_s,
            machine_s=machine_s,
            own_s=sum(os.times()[:2]) + app_s,
            is_whole=app_pid is not None,
        )


def _tree_s(pid: int) -> float:
    try:
        app = psutil.Process(pid)
        members = [app, *app.children(recursive=True)]
        return sum(sum(member.cpu_times()[:2]) for member in members)
    except psutil.Error:
        # It ended; what it used is no longer ours to tell.
        return 0.0


def foreign_share(before: CpuTimes, after: CpuTimes, *, cores: int) -> float:
    """Return the part of all cores that other processes used, from 0 to 1."""
    available_s = (after.elapsed_s - before.elapsed_s) * cores
    if available_s <= 0:
        return 0.0
    foreign_s = (after.machine_s - before.machine_s) - (after.own_s - before.own_s)
    return min(1.0, max(0.0, foreign_s / available_s))


def foreign_load_note(before: CpuTimes, after: CpuTimes) -> str:
    """Say that a check ran beside heavy load of others; empty if it did not."""
    share = foreign_share(before, after, cores=psutil.cpu_count() or 1)
    if share < _WORTH_SAYING or not before.is_whole:
        return ""
    return (
        f"other processes used {share:.0%} of this machine's CPU during the check:"
        " delays and times are theirs too, counts are not"
    )


def waiting_note(delay: LoopDelay, policy: LeakPolicy) -> str:
    """Say that a delay is not held against the app; empty if it is, or there is none."""
    as_if_alone = replace(delay, waited_share=0.0)
    if policy.is_late(delay) or not policy.is_late(as_if_alone):
        return ""
    return (
        f"the event loop's delay of {delay.p99_ms:,.0f} ms is not held against the app,"
        f" which waited for a CPU {delay.waited_share:.0%} of the time"
    )
