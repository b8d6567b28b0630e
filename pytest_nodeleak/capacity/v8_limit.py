"""How large V8 lets its heap become in a container or machine of a given size.

Node sizes the heap by the memory of its cgroup, or of the machine: half of it for the old
space, but never less than 256 MB, and the young generation by a part that differs between
versions. Measured on Node 20.20, 22.23, 24.21 and 26.10 in cgroups of 128 MiB to 16 GiB.
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_nodeleak.units import MIB

__all__ = ["heap_limit_bytes", "young_bytes"]

_OLD_SHARE = 0.5
_OLD_LEAST_MB, _OLD_MOST_MB = 256, 2048
_SEMI_SPACES_IN_ALL = 3
_LARGE_ENOUGH_MB = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class _Generation:
    """What versions of Node differ in.

    Attributes:
        until_major: The last of these versions.
        large_mb: With so much memory, the largest old space is twice as large.
        small_mb: Up to so much memory the semi-spaces are as small as they get.
        smallest_mb: A semi-space, at least.
        memory_per_semi_space: How many times as large the memory is.

    """

    until_major: int
    large_mb: int
    small_mb: int
    smallest_mb: int
    memory_per_semi_space: int


_GENERATIONS = (
    _Generation(
        until_major=21,
        large_mb=16 * 1024,
        small_mb=512,
        smallest_mb=1,
        memory_per_semi_space=256,
    ),
    _Generation(
        until_major=23,
        large_mb=15 * 1024,
        small_mb=512,
        smallest_mb=1,
        memory_per_semi_space=256,
    ),
    _Generation(
        until_major=25,
        large_mb=15 * 1024,
        small_mb=512,
        smallest_mb=1,
        memory_per_semi_space=64,
    ),
    _Generation(
        until_major=10_000,
        large_mb=15 * 1024,
        small_mb=0,
        smallest_mb=2,
        memory_per_semi_space=128,
    ),
)


def heap_limit_bytes(
    memory_bytes: int, *, node_major: int, old_space_bytes: int | None = None
) -> int:
    """Return what ``v8.getHeapStatistics().heap_size_limit`` is in so much memory.

    Args:
        memory_bytes: Of the container, or of the machine.
        node_major: Node's major version.
        old_space_bytes: What ``--max-old-space-size`` allows; None without the flag.

    """
    young = young_bytes(memory_bytes, node_major=node_major)
    if old_space_bytes is not None:
        return old_space_bytes + young
    is_large = memory_bytes >= _generation_of(node_major).large_mb * MIB
    most = (2 if is_large else 1) * _OLD_MOST_MB * MIB
    return min(most, max(_OLD_LEAST_MB * MIB, int(_OLD_SHARE * memory_bytes))) + young


def young_bytes(memory_bytes: int, *, node_major: int) -> int:
    """Return the part of the limit that ``--max-old-space-size`` does not count."""
    generation = _generation_of(node_major)
    # Beyond that the young generation grows no further.
    memory_mb = min(memory_bytes // MIB, _LARGE_ENOUGH_MB)
    semi_mb = generation.smallest_mb
    if memory_mb > generation.small_mb:
        due_mb = max(1, memory_mb // generation.memory_per_semi_space)
        # V8 rounds up to a power of two.
        semi_mb = max(semi_mb, 1 << (due_mb - 1).bit_length())
    return _SEMI_SPACES_IN_ALL * semi_mb * MIB


def _generation_of(node_major: int) -> _Generation:
    return next(one for one in _GENERATIONS if node_major <= one.until_major)
