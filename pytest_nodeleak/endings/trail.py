"""What a check has found out so far: all there is to go by when the app dies in it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_nodeleak.capacity.fitting import Fit
from pytest_nodeleak.endings.proven import Proven
from pytest_nodeleak.evidence.descriptors import Openings
from pytest_nodeleak.evidence.measurement import (
    History,
    Reading,
    RoundDelay,
    StageStart,
)
from pytest_nodeleak.evidence.memory import MemoryReading
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.nodejs.descriptor_types import DescriptorType
from pytest_nodeleak.nodejs.flags import flag_value, has_flag
from pytest_nodeleak.units import MIB

__all__ = ["StartUp", "Trail"]

# A larger one takes memory that others need: 100 bytes and more for each node.
_MOST_NODES_KEPT = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StartUp:
    """How the process that serves was started.

    Attributes:
        heap_limit_bytes: At which V8 gives up, all its spaces together.
        old_space_limit_bytes: What ``--max-old-space-size`` allows; None without it.
        flags: Node's, those of ``NODE_OPTIONS`` first.
        directory: Its working directory.
        fd_limit: How many file descriptors it may have; None if unknown.

    """

    heap_limit_bytes: int
    old_space_limit_bytes: int | None
    flags: tuple[str, ...]
    directory: Path
    fd_limit: int | None

    @classmethod
    def of(cls, told: Mapping[str, Any], *, fd_limit: int | None) -> StartUp:
        """Build it from what the probe tells."""
        flags = (*_split(told["nodeOptions"]), *told["flags"])
        old_space_mb = flag_value(flags, "--max-old-space-size") or ""
        return cls(
            heap_limit_bytes=int(told["heapSizeLimit"]),
            old_space_limit_bytes=int(old_space_mb) * MIB
            if old_space_mb.isdigit()
            else None,
            flags=flags,
            directory=Path(told["directory"]),
            fd_limit=fd_limit,
        )

    @property
    def snapshot_directory(self) -> Path | None:
        """Where Node writes a snapshot near the limit; None if it was not told to."""
        if not has_flag(self.flags, "--heapsnapshot-near-heap-limit"):
            return None
        return self.directory / (flag_value(self.flags, "--diagnostic-dir") or "")

    @property
    def usable_heap_bytes(self) -> int:
        """What may stay in the heap: a leak ends in the old space."""
        return self.old_space_limit_bytes or self.heap_limit_bytes


@dataclass(slots=True, kw_only=True)
class Trail:
    """Filled while the check goes on.

    Attributes:
        start_up: How the process was started; None until it is known.
        fit: Its processes below the memory limit, before the load; None without a limit.
        readings: Settled readings so far.
        stages: The stages so far.
        delays: How late the event loop was in the rounds so far.
        memory: The last reading of all boxes of memory, settled or not.
        snapshots: The last, and the one before it if it is small, each with the load
            until then; dropped when they have told who is suspected.
        suspects: Who grew in two windows; None as long as these were not compared.
        unanswered: Requests that were under way when a connection broke.
        first_descriptors: How many the app had opened itself before any load.
        descriptors: What is open, by type, as it was last looked at.
        openings: Who opens them; None as long as nobody asked.
        older_snapshots: What Node has written near the limit before the check.
        proven: What holds whatever becomes of the check.

    """

    start_up: StartUp | None = None
    fit: Fit | None = None
    readings: list[Reading] = field(default_factory=list)
    stages: list[StageStart] = field(default_factory=list)
    delays: list[RoundDelay] = field(default_factory=list)
    memory: MemoryReading | None = None
    snapshots: list[tuple[int, PathTree]] = field(default_factory=list)
    suspects: tuple[Suspect, ...] | None = None
    unanswered: tuple[str, ...] = ()
    first_descriptors: int = 0
    descriptors: Mapping[DescriptorType, int] = field(default_factory=dict)
    openings: Openings | None = None
    older_snapshots: frozenset[Path] = frozenset()
    proven: Proven = field(default_factory=Proven)

    @property
    def last_reading(self) -> Reading | None:
        """The latest of the settled readings."""
        return self.readings[-1] if self.readings else None

    @property
    def history(self) -> History:
        """How the check has gone so far."""
        return History(
            readings=tuple(self.readings),
            stages=tuple(self.stages),
            delays=tuple(self.delays),
        )

    def add_snapshot(self, tree: PathTree, *, requests: int) -> None:
        """Keep a snapshot, and the one before it if that is small."""
        if self.suspects is not None:
            return
        before = self.snapshots[-1:]
        if before and before[0][1].graph.snapshot.node_count > _MOST_NODES_KEPT:
            before = []
        self.snapshots = [*before, (requests, tree)]

    def name(self, suspects: Sequence[Suspect]) -> None:
        """Take note of the suspects; snapshots are large and not needed any more."""
        self.suspects = tuple(suspects)
        self.forget_heaps()

    def forget_heaps(self) -> None:
        """Let go of the snapshots, whoever holds the trail for how long."""
        self.snapshots.clear()


def _split(options: str) -> list[str]:
    try:
        return shlex.split(options)
    except ValueError:
        # Node has understood them; what we look for has no quotes in it.
        return options.split()
