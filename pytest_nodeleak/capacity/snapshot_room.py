"""What a heap snapshot costs in memory, told before it is taken.

V8 builds the snapshot beside the heap, in native memory of the app, and we keep a part of
it. Measured for heaps of eight shapes (objects, Maps, strings, arrays, closures, Buffers,
large strings, numbers) on Node 20 and 24: the first snapshot of a process took 45 MB, 250
bytes per node and 1,100 more per object, or up to a half less; and what it took stays with
the process, so that the next one takes only what it needs beyond that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_nodeleak.evidence.memory import MemoryReading
from pytest_nodeleak.units import format_bytes

__all__ = ["Room", "RoomNeeded", "predict_nodes", "predict_objects", "room_needed"]

_FIRST_BYTES, _NODE_BYTES, _OBJECT_BYTES = 45e6, 250, 1_100
_OUR_BYTES_PER_NODE = 400
# The heap of an app that has done nothing yet, without its code.
_BARE_NODES, _BARE_BYTES = 65_000, 1.6e6
# The smallest nodes, and by far the most: strings and objects of two fields.
_BYTES_PER_NODE = 28
_LARGE = "large_object"
# As many as the nodes of a heap of nothing but small objects are foreseen for.
_NODES_PER_OBJECT = 1.5
# Load that comes in between, and what was not foreseen.
_USABLE_SHARE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A bound on the app's memory, and what is left of it.

    Attributes:
        name: As a sentence has it, e.g. ``"this machine"``.
        left_bytes: What is left.
        holds_us: Whether what we need ourselves counts as well.

    """

    name: str
    left_bytes: int
    holds_us: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomNeeded:
    """Why no snapshot was taken: it might have been the app's end.

    Attributes:
        nodes: Of the heap, as counted or predicted.
        needed_bytes: What a snapshot takes.
        room: Where there is not as much.

    """

    nodes: int
    needed_bytes: int
    room: Room

    def __str__(self) -> str:
        return (
            f"a snapshot of this heap (some {self.nodes:,} nodes) may take"
            f" {format_bytes(self.needed_bytes)} of memory, and {self.room.name} has"
            f" {format_bytes(self.room.left_bytes)} left"
        )


def predict_nodes(heap_bytes: int, memory: MemoryReading) -> int:
    """Return about how many nodes a heap has, rather too many than too few.

    Args:
        heap_bytes: In use, without code.
        memory: The boxes of memory, to tell large objects by.

    """
    # A large object is one node, however large.
    large = sum(
        space.used_bytes for name, space in memory.spaces.items() if _LARGE in name
    )
    grown = heap_bytes - large - _BARE_BYTES
    return _BARE_NODES + int(max(0.0, grown) / _BYTES_PER_NODE)


def predict_objects(nodes: int) -> int:
    """Return about how many of a heap's nodes are objects, rather too many than too few."""
    return int(nodes / _NODES_PER_OBJECT)


def room_needed(
    *, nodes: int, objects: int, kept_bytes: int, rooms: Sequence[Room]
) -> RoomNeeded | None:
    """Return where a snapshot does not fit, None if it fits everywhere.

    Args:
        nodes: Of the heap.
        objects: Those of them that are JavaScript objects.
        kept_bytes: What the process has kept of earlier snapshots, to use again.
        rooms: All bounds.

    """
    in_app = _FIRST_BYTES + _NODE_BYTES * nodes + _OBJECT_BYTES * objects - kept_bytes
    in_app = max(0.0, in_app)
    for room in rooms:
        needed = in_app + (_OUR_BYTES_PER_NODE * nodes if room.holds_us else 0)
        if needed > _USABLE_SHARE * room.left_bytes:
            return RoomNeeded(nodes=nodes, needed_bytes=int(needed), room=room)
    return None
