"""What the machine lets checks do: memory, its limits, disk, /proc, CPU."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from pytest_nodeleak.commands.symptom import Symptom, fails, fine, warn
from pytest_nodeleak.exceptions import DeadlineExceeded
from pytest_nodeleak.nodejs.cgroup import CgroupRefused, MemoryCgroup
from pytest_nodeleak.nodejs.groups import groups_of
from pytest_nodeleak.units import MIB

__all__ = ["machine_symptoms"]

_GIB = 1024 * MIB
_TRIED_LIMIT_BYTES = 64 * MIB
# Some 18 times the heap of a small app, and the app itself.
_LITTLE_MEMORY_BYTES = _GIB
_LITTLE_DISK_BYTES, _NO_DISK_BYTES = _GIB, 50 * MIB
_LOOK_AT_CPU_S = 1.0
_BUSY_SHARE = 0.5
_FEW_CORES = 2
_FEW_FILES = 256


def machine_symptoms() -> Iterator[Symptom]:
    """Look at the machine, for a second."""
    yield _cpu()
    yield _memory()
    yield _memory_limit()
    yield _disk()
    yield _proc()
    yield _open_files()


def _cpu() -> Symptom:
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    busy = psutil.cpu_percent(_LOOK_AT_CPU_S) / 100
    text = f"{cores} cores, {busy:.0%} of the machine's in use"
    if busy > _BUSY_SHARE:
        return warn(
            "CPU",
            text,
            "Delays of the event loop and pauses of the collector are other processes',"
            " too, and checks take longer; objects are counted all the same.",
        )
    if cores < _FEW_CORES:
        return warn(
            "CPU", text, "App and load share one: delays are longer than elsewhere."
        )
    return fine("CPU", text)


def _memory() -> Symptom:
    free_bytes = psutil.virtual_memory().available
    text = f"{free_bytes / _GIB:.1f} GiB free"
    for group in groups_of("self"):
        limit_bytes = group.limit_bytes()
        if limit_bytes is not None:
            room_bytes = group.room_bytes(limit_bytes)
            if room_bytes < free_bytes:
                free_bytes = room_bytes
                text = (
                    f"{room_bytes / _GIB:.1f} GiB free of the container's"
                    f" {limit_bytes / _GIB:.1f} GiB"
                )
    if free_bytes < _LITTLE_MEMORY_BYTES:
        return warn(
            "memory",
            text,
            "A heap snapshot takes many times what the heap's objects do: those of larger"
            " heaps are not taken here, and the counters decide alone.",
        )
    return fine("memory", text)


def _memory_limit() -> Symptom:
    parents = groups_of("self")
    try:
        match MemoryCgroup.create(_TRIED_LIMIT_BYTES, parents):
            case CgroupRefused(reason=reason):
                pass
            case MemoryCgroup() as group:
                group.remove()
                version = (
                    2 if (group.path.parent / "cgroup.controllers").exists() else 1
                )
                return fine(
                    "memory limit",
                    f"the kernel's, by cgroup v{version} below {group.path.parent}",
                )
    except DeadlineExceeded as exc:
        reason = str(exc)
    return warn(
        "memory limit",
        f"no memory cgroup may be made here ({reason})",
        "--nodeleak-memory-limit works by a watchdog, which looks 20 times a second and"
        " does not tell V8 of the limit. For a real one run as root, or in a cgroup that is"
        " delegated to you.",
    )


def _disk() -> Symptom:
    directory = Path(tempfile.gettempdir())
    try:
        with tempfile.NamedTemporaryFile(prefix="nodeleak-"):
            free_bytes = shutil.disk_usage(directory).free
    except OSError as exc:
        return fails(
            "disk",
            f"no file can be written to {directory}: {exc.strerror}",
            "Set TMPDIR to a directory with room.",
        )
    text = f"{free_bytes / _GIB:.1f} GiB free in {directory}"
    if free_bytes < _NO_DISK_BYTES:
        return fails("disk", text, "Free some, or set TMPDIR to a directory with room.")
    if free_bytes < _LITTLE_DISK_BYTES:
        return warn(
            "disk",
            text,
            "Heap snapshots (--nodeleak-artifacts) may not fit: they take about twice the"
            " heap.",
        )
    return fine("disk", text)


def _proc() -> Symptom:
    process = psutil.Process()
    try:
        process.num_threads()
        process.num_fds()
        # Of another process: /proc may be mounted so that only one's own are seen.
        psutil.Process(os.getppid()).create_time()
    except (psutil.Error, OSError) as exc:
        return warn(
            "processes",
            f"psutil {psutil.__version__} cannot look at processes: {exc}",
            "File descriptors and threads are not counted.",
        )
    if not Path("/proc/self/fd").is_dir():
        return warn(
            "processes",
            f"psutil {psutil.__version__}, without /proc",
            "Not Linux: descriptors are counted without their types; this system was not"
            " tested.",
        )
    return fine("processes", f"psutil {psutil.__version__}, /proc can be read")


def _open_files() -> Symptom:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    text = "no limit" if soft == resource.RLIM_INFINITY else f"{soft:,} at most"
    if soft != resource.RLIM_INFINITY and soft < _FEW_FILES:
        return warn(
            "open files",
            text,
            "An app that leaks descriptors ends early: ulimit -n 1024.",
        )
    return fine("open files", text)
