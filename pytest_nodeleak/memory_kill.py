"""What is known about an app that was killed because of its memory: bare facts."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MemoryKill"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryKill:
    """A process of the app was killed for the memory limit, not for V8's.

    Attributes:
        limit_bytes: The limit of all its processes together.
        peak_bytes: The most they had; None if unknown.
        stood_in: Why no kernel, but a watchdog of ours enforced the limit; empty if it
            was the kernel.

    """

    limit_bytes: int
    peak_bytes: int | None
    stood_in: str = ""

    @property
    def by(self) -> str:
        """Who did it."""
        return "a watchdog" if self.stood_in else "the kernel"
