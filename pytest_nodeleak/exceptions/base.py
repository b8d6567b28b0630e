"""What all errors are, and the one that any wait can end with."""

from __future__ import annotations

__all__ = ["DeadlineExceeded", "NodeLeakError"]


class NodeLeakError(Exception):
    """Base of every error that is not a verdict."""


class DeadlineExceeded(NodeLeakError):
    """A wait took longer than it was allowed to.

    Attributes:
        waiting_for: What did not come.
        allowed_s: The time that was allowed.

    """

    def __init__(self, *, waiting_for: str, allowed_s: float) -> None:
        self.waiting_for = waiting_for
        self.allowed_s = allowed_s
        super().__init__(waiting_for, allowed_s)

    def __str__(self) -> str:
        return f"no {self.waiting_for} within {self.allowed_s:.1f} s"
