"""Whether an app fits into a container: plain sums over what V8 allows and what it takes.

The kernel counts resident memory, V8 only its heap, and every process believes in its own
limit. So what has to fit is, for each process, V8's limit, what lies outside of the heap,
and an overhead; and the program code once for all.
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_nodeleak.capacity.v8_limit import heap_limit_bytes, young_bytes
from pytest_nodeleak.units import MIB

__all__ = ["RECOMMENDED_SHARES", "Fit", "Footprint"]

# Of the usable memory, divided by the processes: what all heaps may take.
RECOMMENDED_SHARES = (0.60, 0.75)
_SHARE = 0.70
_STEP_MB = 10
# A heap without room to breathe collects garbage all the time.
_FEWEST_TIMES_USED = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What one process of an app takes and may take, measured while it idles.

    Attributes:
        node_major: Node's major version.
        heap_limit_bytes: At which V8 gives up, as it was started.
        old_space_bytes: What ``--max-old-space-size`` allows; None without the flag.
        is_sized_by_memory: Whether V8 derives its limit from the memory it finds, or
            from that flag; not so with ``--max-heap-size`` and the like.
        heap_used_bytes: Of V8's heap.
        external_bytes: Outside the heap, owned by JavaScript objects: Buffers.
        overhead_bytes: Private memory beside both: stacks, compiled code, native
            memory of V8, libuv and add-ons.
        shared_bytes: Resident pages of files: the program code of Node and libraries,
            which processes share.

    """

    node_major: int
    heap_limit_bytes: int
    old_space_bytes: int | None = None
    is_sized_by_memory: bool = True
    heap_used_bytes: int
    external_bytes: int
    overhead_bytes: int
    shared_bytes: int

    def heap_limit_in(self, memory_bytes: int) -> int:
        """Return V8's limit where there is so much memory."""
        if not self.is_sized_by_memory:
            return self.heap_limit_bytes
        return heap_limit_bytes(
            memory_bytes,
            node_major=self.node_major,
            old_space_bytes=self.old_space_bytes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The processes of an app in a container, added up.

    Attributes:
        footprint: Of each.
        memory_bytes: Of the container or the machine.
        processes: How many there are.
        heap_limit_bytes: V8's limit in there, of each process.
        external_bytes: Outside the heap of each process, at the peak.
        reserved_bytes: For the operating system and others; 0 in a container.

    """

    footprint: Footprint
    memory_bytes: int
    processes: int
    heap_limit_bytes: int
    external_bytes: int
    reserved_bytes: int = 0

    @classmethod
    def of(
        cls,
        footprint: Footprint,
        *,
        memory_bytes: int,
        processes: int = 1,
        external_bytes: int | None = None,
        reserved_bytes: int = 0,
    ) -> Fit:
        """Add up.

        Args:
            footprint: Of one process.
            memory_bytes: Of the container or the machine.
            processes: How many there will be.
            external_bytes: What is outside of each heap at the peak; as measured if None.
            reserved_bytes: For the operating system and others.

        """
        return cls(
            footprint=footprint,
            memory_bytes=memory_bytes,
            processes=processes,
            heap_limit_bytes=footprint.heap_limit_in(memory_bytes),
            external_bytes=footprint.external_bytes
            if external_bytes is None
            else external_bytes,
            reserved_bytes=reserved_bytes,
        )

    @property
    def usable_bytes(self) -> int:
        """What the app may have of the memory."""
        return max(0, self.memory_bytes - self.reserved_bytes)

    @property
    def needed_bytes(self) -> int:
        """What the app may come to need, with every heap at V8's limit."""
        beside = self.external_bytes + self.footprint.overhead_bytes
        per_process = self.heap_limit_bytes + beside
        return self.processes * per_process + self.footprint.shared_bytes

    @property
    def fits(self) -> bool:
        """Whether V8 gives up before the kernel kills."""
        return self.needed_bytes <= self.usable_bytes

    @property
    def exceeds_by_heaps(self) -> bool:
        """Whether V8's limits of all processes are beyond the memory already."""
        return self.processes * self.heap_limit_bytes > self.usable_bytes

    @property
    def is_trap(self) -> bool:
        """Whether V8's limit of a single process is beyond the memory already."""
        return self.heap_limit_bytes > self.usable_bytes

    @property
    def recommended_mb(self) -> int | None:
        """The ``--max-old-space-size`` that fits; None if none does."""
        share = _SHARE * self.usable_bytes / self.processes
        size_mb = int(min(share, self._room_bytes) / MIB)
        if size_mb > _STEP_MB:
            size_mb -= size_mb % _STEP_MB
        needed = _FEWEST_TIMES_USED * self.footprint.heap_used_bytes
        return size_mb if size_mb > 0 and size_mb * MIB >= needed else None

    @property
    def is_below_share(self) -> bool:
        """Whether what lies beside the heap leaves less for it than is usual."""
        least = RECOMMENDED_SHARES[0] * self.usable_bytes / self.processes
        return self._room_bytes < least

    @property
    def _room_bytes(self) -> float:
        """What remains for the old space of each process."""
        beside = self.external_bytes + self.footprint.overhead_bytes
        beside += young_bytes(self.memory_bytes, node_major=self.footprint.node_major)
        mine = (self.usable_bytes - self.footprint.shared_bytes) / self.processes
        return max(0.0, mine - beside)
