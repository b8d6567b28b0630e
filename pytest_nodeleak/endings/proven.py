"""What a check has proven: it holds whatever becomes of the rest of the check."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_nodeleak.evidence.watched import Watched
from pytest_nodeleak.sources.stacks import Stack

__all__ = ["Proven"]


@dataclass(slots=True, kw_only=True)
class Proven:
    """Filled while the check goes on; told where it breaks before it has a verdict.

    Attributes:
        leaks: Suspects that grew to the end, of all processes.
        stacks: What allocated objects that stay; empty as long as that is not known.

    """

    leaks: list[Watched] = field(default_factory=list)
    stacks: list[Stack] = field(default_factory=list)
