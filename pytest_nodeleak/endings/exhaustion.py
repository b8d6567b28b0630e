"""An app that lives on without a file descriptor left, and fails its requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_nodeleak.advice import advice_for
from pytest_nodeleak.evidence.descriptors import Descriptors, is_full
from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.evidence.fingerprint import hash_of
from pytest_nodeleak.exceptions import LoadFailed
from pytest_nodeleak.heap.kinds import Kind

__all__ = ["Exhaustion", "is_exhausted"]

_CODES = ("EMFILE", "ENFILE")
_LATEST_LINES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhaustion:
    """What is known when requests fail since nothing can be opened any more.

    Attributes:
        failed: What went wrong.
        answered: Requests that were answered before.
        descriptors: What is open now.
        limit: How many may be; None where that is unknown.
        node_version: As Node prints it.

    """

    failed: LoadFailed
    answered: int
    descriptors: Descriptors
    limit: int | None
    node_version: str

    @property
    def headline(self) -> str:
        """What happened, and when, in one sentence of facts."""
        count = sum(self.descriptors.open.values())
        plural = "" if self.answered == 1 else "s"
        when = f"after {self.answered:,} request{plural} of {self.failed.target}"
        if is_full(count, self.limit):
            return (
                f"leaked descriptors or connections: all {self.limit:,} file descriptors"
                f" are open {when}"
            )
        limit = "" if self.limit is None else f" of {self.limit:,}"
        return (
            f"too many descriptors at once: EMFILE {when}, though only {count:,}{limit}"
            " are open when it rests"
        )

    @property
    def finding(self) -> Finding:
        """The same as a finding, with the place that opens the most."""
        openers = self.descriptors.openers
        frames = openers[0].frames if openers else ()
        parts = [str(Kind.FD_EXHAUSTION), *(str(one.function) for one in frames[:1])]
        return Finding(
            kind=Kind.FD_EXHAUSTION,
            title=self.headline,
            entries_per_request=sum(self.descriptors.per_request.values()),
            constructors=tuple(
                (str(kind), rate) for kind, rate in self.descriptors.per_request.items()
            ),
            allocated_at=frames,
            excerpts=openers[0].excerpts if openers else (),
            fingerprint=hash_of(parts),
            advice=advice_for(Kind.FD_EXHAUSTION),
        )


def is_exhausted(failed: LoadFailed, *, open_now: int, limit: int | None) -> bool:
    """Tell whether requests fail because nothing can be opened any more.

    The table is full, or what was answered or printed last says that it was.
    """
    return is_full(open_now, limit) or _tells(
        [failed.first_bad, *failed.output_tail[-_LATEST_LINES:]]
    )


def _tells(lines: Sequence[str]) -> bool:
    return any(code in line for line in lines for code in _CODES)
