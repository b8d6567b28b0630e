"""An app that froze during a check: what is known about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_nodeleak.evidence.findings import Finding

__all__ = ["Hang"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hang:
    """An app whose event loop does not come round any more.

    Attributes:
        finding: Where it hangs, and in what.
        target: The route or scenario.
        stage: What we were doing, e.g. ``"under load (screen)"``.
        requests: How many requests had been answered by then.
        waited_s: How long the loop was waited for.
        cpu_share: How busy the process is, 1 being one processor; None if unknown.
        children: The programs of its child processes.
        node_version: As Node prints it.
        output_tail: The last lines the app printed.
        profile: The file with what it spent its time on; None if there is none.

    """

    finding: Finding
    target: str
    stage: str
    requests: int
    waited_s: float
    cpu_share: float | None = None
    children: tuple[str, ...] = ()
    node_version: str
    output_tail: tuple[str, ...] = ()
    profile: Path | None = None
