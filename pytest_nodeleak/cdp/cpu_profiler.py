"""The commands of V8's CPU profiler; see :mod:`pytest_nodeleak.cdp.messages`."""

from __future__ import annotations

from pytest_nodeleak.cdp.messages import Command, nothing
from pytest_nodeleak.cdp.profiles import CpuProfile, parse_cpu_profile

__all__ = [
    "disable_cpu_profiler",
    "enable_cpu_profiler",
    "set_cpu_interval",
    "start_coverage",
    "start_cpu_profile",
    "stop_coverage",
    "stop_cpu_profile",
]


def enable_cpu_profiler() -> Command[None]:
    """Enable the CPU profiler's domain."""
    return Command(method="Profiler.enable", parse=nothing)


def set_cpu_interval(*, interval_us: int) -> Command[None]:
    """Set the time between two samples of the next CPU profile."""
    return Command(
        method="Profiler.setSamplingInterval",
        params={"interval": interval_us},
        parse=nothing,
    )


def start_coverage() -> Command[None]:
    """Start to record which code runs: V8 gives up all optimized code for it."""
    return Command(
        method="Profiler.startPreciseCoverage",
        params={"callCount": True, "detailed": False},
        parse=nothing,
    )


def stop_coverage() -> Command[None]:
    """Stop to record which code runs."""
    return Command(method="Profiler.stopPreciseCoverage", parse=nothing)


def start_cpu_profile() -> Command[None]:
    """Start a CPU profile."""
    return Command(method="Profiler.start", parse=nothing)


def stop_cpu_profile() -> Command[CpuProfile]:
    """Stop the CPU profile and get it."""
    return Command(
        method="Profiler.stop",
        parse=lambda result: parse_cpu_profile(result["profile"]),
    )


def disable_cpu_profiler() -> Command[None]:
    """Disable the CPU profiler's domain."""
    return Command(method="Profiler.disable", parse=nothing)
