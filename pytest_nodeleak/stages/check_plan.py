"""What a check is to find out, by when, and what it may show and keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pytest_nodeleak.artifacts import Artifacts
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endings.proven import Proven
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.progress import SILENT, Progress

__all__ = ["CheckPlan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPlan:
    """What holds for a check as a whole, whichever process is measured.

    Attributes:
        policy: Tells what is worth another look.
        app_directory: Places in findings are relative to it.
        fixed_requests: How many requests each process gets; adaptive if None.
        deadline: When the check must be done.
        shows_keys: Whether keys of what piles up may be shown.
        artifacts: Where profiles and snapshots go.
        progress: Is told how it goes.
        proven: Takes what is proven of any process.

    """

    policy: LeakPolicy
    app_directory: Path
    fixed_requests: int | None
    deadline: Deadline
    shows_keys: bool = False
    artifacts: Artifacts = field(default_factory=Artifacts)
    progress: Progress = SILENT
    proven: Proven = field(default_factory=Proven)
