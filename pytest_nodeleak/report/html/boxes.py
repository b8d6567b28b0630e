"""The boxes of an app's memory, to scale: resident memory, in it the heap and the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_nodeleak.report.schema import Record

__all__ = ["BOX_ROWS", "Rectangle", "memory_boxes"]

_WIDTH = 1000.0

#: Field of a memory reading, what it is called, how deep it lies, and what it means.
BOX_ROWS = (
    ("rss_bytes", "rss", 0, "resident memory: what the kernel and a container count"),
    ("heap_total_bytes", "heap total", 1, "reserved by V8 for its heap"),
    ("heap_used_bytes", "heap used", 2, "of that, objects, strings and code"),
    ("external_bytes", "external", 1, "outside the heap, owned by JavaScript objects"),
    ("array_buffers_bytes", "array buffers", 2, "of that, Buffers and ArrayBuffers"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectangle:
    """A box; ``inset`` is how many boxes are around it."""

    name: str
    x: float
    width: float
    inset: int


def memory_boxes(memory: Record) -> dict[str, list[Rectangle]]:
    """Return the boxes before and after the load, both to the same scale."""
    moments = {name: memory[name] for name in ("before", "after")}
    scale = _WIDTH / max(1.0, *(_extent(one) for one in moments.values()))
    return {name: list(_boxes(one, scale)) for name, one in moments.items()}


def _extent(reading: Record) -> float:
    """Return what must fit: not all of the heap and of external memory is resident."""
    inside = reading["heap_total_bytes"] + reading["external_bytes"]
    return float(max(reading["rss_bytes"], inside))


def _boxes(reading: Record, scale: float) -> Iterator[Rectangle]:
    def box(
        name: str, inset: int, *, x: float = 0.0, most: float = _WIDTH
    ) -> Rectangle:
        width = min(most, reading[f"{name}_bytes"] * scale)
        label = name.replace("_", "-")
        return Rectangle(name=label, x=round(x, 1), width=round(width, 1), inset=inset)

    heap, external = box("heap_total", 1), reading["external_bytes"] * scale
    yield box("rss", 0)
    yield heap
    yield box("heap_used", 2, most=heap.width)
    yield box("external", 1, x=heap.width)
    yield box("array_buffers", 2, x=heap.width, most=external)
