"""What the system says of the process that is measured, from outside or from inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import psutil

from pytest_nodeleak.cdp.answers import whole
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import RemoteObject
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import DeadlineExceeded
from pytest_nodeleak.inspection.scripts import apply_script
from pytest_nodeleak.nodejs.descriptor_table import parse_tables, read_descriptors
from pytest_nodeleak.nodejs.descriptor_types import Descriptor

__all__ = [
    "InsideView",
    "OutsideView",
    "ProcessReading",
    "ProcessView",
    "waited_between",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessReading:
    """What the system counts; None where it does not say, or is not asked.

    Attributes:
        fds: File descriptors that are open.
        threads: Threads of the process.
        fd_limit: How many files it may have open before it gets ``EMFILE``.
        rss_bytes: Memory that is resident.
        shared_bytes: The part of it that is pages of files, as Node's program code is.
        memory_limit_bytes: Of the container around it, as the process itself sees it.
        memory_left_bytes: Below that limit, or else on its machine.

    """

    fds: int | None = None
    threads: int | None = None
    fd_limit: int | None = None
    rss_bytes: int | None = None
    shared_bytes: int | None = None
    memory_limit_bytes: int | None = None
    memory_left_bytes: int | None = None


class ProcessView(Protocol):
    """A way to look at the process."""

    def read(self, deadline: Deadline) -> ProcessReading:
        """Return what the system says now."""

    def descriptors(self, deadline: Deadline) -> tuple[Descriptor, ...] | None:
        """Return what the process has open; None where nobody says."""

    def waited_s(self, deadline: Deadline) -> float | None:
        """Return how long its main thread has waited for a CPU; None if unknown."""


def waited_between(before_s: float | None, after_s: float | None) -> float:
    """Return how long a process waited for a CPU between two looks; 0 if unknown."""
    return 0.0 if before_s is None or after_s is None else after_s - before_s


class OutsideView:
    """Asks the system: for a process of this machine."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        try:
            self._process: psutil.Process | None = psutil.Process(pid)
        except psutil.NoSuchProcess:
            # It ended while we got here, which the inspector will tell.
            self._process = None

    def read(self, deadline: Deadline) -> ProcessReading:
        """Return what the system says now, without waiting for the app."""
        del deadline
        return ProcessReading(
            fds=self._ask(lambda process: process.num_fds()),
            threads=self._ask(lambda process: process.num_threads()),
            fd_limit=self._ask(lambda process: process.rlimit(psutil.RLIMIT_NOFILE)[0]),
            rss_bytes=self._ask(lambda process: int(process.memory_info().rss)),
            shared_bytes=self._ask(
                lambda process: getattr(process.memory_info(), "shared", 0)
            ),
        )

    def descriptors(self, deadline: Deadline) -> tuple[Descriptor, ...] | None:
        """Return what the process has open; None where we may not look."""
        del deadline
        return read_descriptors(self._pid)

    def waited_s(self, deadline: Deadline) -> float | None:
        """Return how long its main thread could have run but did not, so far."""
        del deadline
        pid = self._pid
        try:
            told = Path(f"/proc/{pid}/task/{pid}/schedstat").read_text("ascii")
        except OSError:
            # It is gone, or its system does not count this.
            return None
        # Time on a CPU, time waiting for one (both in nanoseconds), turns.
        return int(told.split()[1]) / 1e9

    def _ask(self, count: Callable[[psutil.Process], int]) -> int | None:
        if self._process is None:
            return None
        try:
            return int(count(self._process))
        except (psutil.Error, AttributeError):
            # Not ours to look at, or a system that does not count this.
            return None


class InsideView:
    """Lets the process ask its own system: it may be any machine."""

    def __init__(self, client: InspectorClient, probe: RemoteObject) -> None:
        self._client = client
        self._probe = probe

    def read(self, deadline: Deadline) -> ProcessReading:
        """Return what the system says now.

        Raises:
            InspectorError: If the app does not answer.
            DeadlineExceeded: If it does not answer in time.

        """
        return self._apply("process", deadline, _process_of)

    def descriptors(self, deadline: Deadline) -> tuple[Descriptor, ...] | None:
        """Return what the process has open; None where it may not look."""
        return self._apply("descriptors", deadline, _descriptors_of)

    def waited_s(self, deadline: Deadline) -> float | None:
        """Return how long its main thread could have run but did not, so far.

        None where its system does not count this, or it does not answer in time.

        Raises:
            InspectorError: If the app cannot be asked.

        """
        try:
            waited_ns = self._apply("waited", deadline, _count_of)
        except DeadlineExceeded:
            return None
        return None if waited_ns is None else waited_ns / 1e9

    def _apply(self, script: str, deadline: Deadline, read: Callable[[Any], T]) -> T:
        return apply_script(self._client, self._probe, script, deadline, read)


def _count_of(told: float | None) -> int | None:
    return None if told is None else whole(told)


def _process_of(told: Mapping[str, Any]) -> ProcessReading:
    return ProcessReading(
        fds=_count_of(told["fds"]),
        threads=_count_of(told["threads"]),
        fd_limit=_count_of(told["fdLimit"]),
        rss_bytes=_count_of(told["rss"]),
        shared_bytes=_count_of(told["shared"]),
        memory_limit_bytes=_count_of(told["memoryLimit"]),
        memory_left_bytes=_count_of(told["memoryLeft"]),
    )


def _descriptors_of(told: Mapping[str, Any] | None) -> tuple[Descriptor, ...] | None:
    if told is None:
        return None
    return parse_tables({int(fd): link for fd, link in told["links"]}, told["nets"])
