"""The boxes an app's memory consists of, before and after load, and which of them grew.

The kernel counts resident memory (rss), which holds V8's heap and, beside it, what objects
own outside of the heap, code, stacks and native memory. Only the heap has a limit of V8's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from pytest_nodeleak.units import format_bytes

__all__ = ["RSS_WANDERS_BYTES", "Box", "HeapSpace", "Memory", "MemoryReading"]

# A healthy app gains that much while it warms up.
_HEAP_WANDERS_BYTES = 1_000_000
_EXTERNAL_WANDERS_BYTES = 1_000_000
RSS_WANDERS_BYTES = 50_000_000
_NAME_WIDTH = 22
_Row: TypeAlias = tuple[str, str, str, str, str]


class Box(StrEnum):
    """The box that grew; the values are part of the JSON record."""

    HEAP = "heap_used"
    EXTERNAL = "external"
    RSS = "rss"
    NONE = "none"


_IN_PLAIN_WORDS = {
    Box.HEAP: (
        "The V8 heap grew: objects are kept. At its limit V8 ends the process with"
        ' "JavaScript heap out of memory" (exit code 134); a higher limit only delays it.'
    ),
    Box.EXTERNAL: (
        "Memory outside the V8 heap grew: Buffers and ArrayBuffers that objects keep. No"
        " limit of V8's bounds it; a container's does, by a kill (exit code 137)."
    ),
    Box.RSS: (
        "Resident memory grew, and neither the heap nor what objects own did: native"
        " addons, threads, or an allocator that keeps freed pages. No heap snapshot shows"
        " them."
    ),
    Box.NONE: "No box grew by more than a healthy app's does while it warms up.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeapSpace:
    """One of the spaces V8's heap is divided into.

    Attributes:
        used_bytes: By objects.
        size_bytes: Reserved for it.

    """

    used_bytes: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryReading:
    """All boxes at one moment, after garbage collection.

    Attributes:
        requests: Requests sent so far.
        rss_bytes: What the kernel counts, and a container's limit.
        heap_total_bytes: Reserved by V8 for its heap.
        heap_used_bytes: Used of it, code included.
        heap_limit_bytes: What V8 lets it become.
        external_bytes: Outside the heap, owned by JavaScript objects.
        array_buffers_bytes: The part of it that is Buffers and ArrayBuffers.
        spaces: The heap's spaces by name, such as ``"old_space"``.

    """

    requests: int
    rss_bytes: int
    heap_total_bytes: int
    heap_used_bytes: int
    heap_limit_bytes: int
    external_bytes: int
    array_buffers_bytes: int
    spaces: Mapping[str, HeapSpace]

    @property
    def rest_bytes(self) -> int:
        """What is resident beside heap and external memory, such as code and stacks.

        Not all of the heap and of external memory need be resident, so it is a guess.
        """
        return max(0, self.rss_bytes - self.heap_total_bytes - self.external_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What load did to an app's memory; as text it is a table.

    Attributes:
        before: After the warm-up.
        after: After the rounds of load, and before any snapshot, which would add to it.

    """

    before: MemoryReading
    after: MemoryReading

    @property
    def growing(self) -> Box:
        """The box that grew beyond what apps show while they warm up, the larger one."""
        heap = self.after.heap_used_bytes - self.before.heap_used_bytes
        external = self.after.external_bytes - self.before.external_bytes
        if heap > _HEAP_WANDERS_BYTES and heap >= external:
            return Box.HEAP
        if external > _EXTERNAL_WANDERS_BYTES:
            return Box.EXTERNAL
        if self.after.rss_bytes - self.before.rss_bytes > RSS_WANDERS_BYTES:
            return Box.RSS
        return Box.NONE

    @property
    def native_bytes(self) -> int:
        """How much resident memory came that neither heap nor external memory explains.

        0 where it is no more than a healthy app gains while it warms up.
        """
        before, after = self.before, self.after
        explained = max(0, after.heap_total_bytes - before.heap_total_bytes)
        explained += max(0, after.external_bytes - before.external_bytes)
        grown = after.rss_bytes - before.rss_bytes - explained
        return grown if grown > RSS_WANDERS_BYTES else 0

    @property
    def explanation(self) -> str:
        """Which box grew, and what that means, in plain words."""
        return _IN_PLAIN_WORDS[self.growing]

    def __str__(self) -> str:
        requests = self.after.requests - self.before.requests
        rows = [
            ("", "before", "after", "growth", f"over {requests:,} requests"),
            *self._rows(),
        ]
        # Spaces such as large_object_space are longer than the boxes' names.
        width = max(_NAME_WIDTH, *(len(name) for name, *_ in rows))
        lines = [
            f"{name:<{width}}{before:>10}{after:>10}{growth:>10}   {meaning}".rstrip()
            for name, before, after, growth, meaning in rows
        ]
        return "\n".join([*lines, "", self.explanation])

    def _rows(self) -> Iterator[_Row]:
        before, after = self.before, self.after
        yield _sizes(
            "rss",
            before.rss_bytes,
            after.rss_bytes,
            "what the kernel and containers count",
        )
        yield _sizes(
            "  heap total",
            before.heap_total_bytes,
            after.heap_total_bytes,
            f"reserved by V8, of at most {format_bytes(after.heap_limit_bytes)}",
        )
        yield _sizes(
            "    heap used",
            before.heap_used_bytes,
            after.heap_used_bytes,
            "objects, strings, code",
        )
        for name, space in after.spaces.items():
            earlier = before.spaces.get(name)
            used_before = earlier.used_bytes if earlier else 0
            if space.used_bytes or used_before:
                yield _sizes(f"      {name}", used_before, space.used_bytes, "")
        yield _sizes(
            "  external",
            before.external_bytes,
            after.external_bytes,
            "outside the heap, owned by objects",
        )
        yield _sizes(
            "    array buffers",
            before.array_buffers_bytes,
            after.array_buffers_bytes,
            "Buffers among it",
        )
        yield _sizes(
            "  the rest",
            before.rest_bytes,
            after.rest_bytes,
            "code, stacks, native, freed pages",
        )


def _sizes(name: str, before: int, after: int, meaning: str) -> _Row:
    grown = after - before
    sign = "+" if grown >= 0 else "-"
    growth = f"{sign}{format_bytes(abs(grown))}"
    return (name, format_bytes(before), format_bytes(after), growth, meaning)
