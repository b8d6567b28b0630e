"""A check that could not be finished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from pytest_nodeleak.endings.crash import Crash
from pytest_nodeleak.endings.exhaustion import Exhaustion
from pytest_nodeleak.endings.hang import Hang
from pytest_nodeleak.evidence.descriptors import Descriptors
from pytest_nodeleak.evidence.findings import Finding

__all__ = ["BrokenCheck"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenCheck:
    """A check that could not be finished.

    Attributes:
        id: Unique in a session.
        target: The route or scenario.
        reason: The error's text.
        elapsed_s: Seconds until then.
        crash: How the app died; None if it did not answer as expected.
        exhaustion: What was open, if it had no file descriptor left.
        hang: Where it froze; None if it did not.
        artifacts: The files it left, by what they are.
        directory: What the files of its findings are relative to; None if unknown.
        proven: Leaks that were proven before it broke, known ones left out.

    """

    id: str
    target: str
    reason: str
    elapsed_s: float
    crash: Crash | None = None
    exhaustion: Exhaustion | None = None
    hang: Hang | None = None
    artifacts: Mapping[str, Path] = field(default_factory=dict)
    directory: Path | None = None
    proven: tuple[Finding, ...] = ()

    @classmethod
    def before_it_began(
        cls, *, test: str, target: str, reason: str, elapsed_s: float
    ) -> Self:
        """Return one of which nothing is known but why there is no check."""
        return cls(
            id=f"{test}::{target}", target=target, reason=reason, elapsed_s=elapsed_s
        )

    @property
    def node_version(self) -> str | None:
        """As Node prints it; None where that is not known."""
        failure = self.exhaustion or self.hang or self.crash
        return failure.node_version if failure else None

    @property
    def requests(self) -> int | None:
        """Requests that were answered; None where that is not known."""
        if self.exhaustion is not None:
            return self.exhaustion.answered
        if self.hang is not None:
            return self.hang.requests
        return self.crash.exited.requests if self.crash else None

    @property
    def descriptors(self) -> Descriptors | None:
        """What it had open, and who opened it; None where that was not looked at."""
        failure = self.exhaustion or self.crash
        return failure.descriptors if failure else None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is to blame, if that is known."""
        if self.exhaustion is not None:
            return (self.exhaustion.finding,)
        if self.hang is not None:
            return (self.hang.finding,)
        return self.crash.findings if self.crash else ()

    @property
    def crashed(self) -> bool:
        """Whether the app died."""
        return self.crash is not None
