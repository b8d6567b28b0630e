"""What a check said about a case, and what of it is wrong."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from gallery.cases import Case
from pytest_nodeleak.evidence.findings import FoundHolder
from pytest_nodeleak.fixtures.outcome import Report

__all__ = ["Outcome", "mistakes"]

_TOLERANCE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One check of one case; every field goes into the JSON file as it is.

    Attributes:
        case: The case's name.
        node: Version of Node.js, e.g. ``"v24.3.0"``.
        verdict: The report's, or ``"error"`` if there is none.
        kind: Of the first finding.
        holder: Its holder's name.
        owner: The package or the app's file that holder is in.
        entries_per_request: What it gains.
        elapsed_s: From ``hammer()`` to the verdict.
        text: The report, or the error.

    """

    case: str
    node: str
    verdict: str
    kind: str | None = None
    holder: str | None = None
    owner: str | None = None
    entries_per_request: float | None = None
    elapsed_s: float
    text: str

    @classmethod
    def of_report(cls, report: Report, *, case: str, node: str) -> Outcome:
        """Take from a report what is judged here."""
        culprit = report.findings[0] if report.findings else None
        holder = culprit.holder if culprit else None
        return cls(
            case=case,
            node=node,
            verdict=report.verdict,
            kind=str(culprit.kind) if culprit else None,
            holder=holder.name if holder else None,
            owner=_owner(holder) if holder else None,
            entries_per_request=culprit.entries_per_request if culprit else None,
            elapsed_s=report.measurement.elapsed_s,
            text=str(report),
        )

    @property
    def node_major(self) -> int:
        """The major version of Node.js."""
        return int(self.node.removeprefix("v").partition(".")[0])

    def as_record(self) -> dict[str, str | float | None]:
        """Return the fields by name."""
        return asdict(self)


def mistakes(outcome: Outcome, case: Case) -> tuple[str, ...]:
    """Return what the check got wrong, each as one phrase; none if all is right."""
    if outcome.verdict != case.verdict:
        return (f"verdict {outcome.verdict} instead of {case.verdict}",)
    leak = case.leak
    if leak is None:
        return ()
    found = [
        _unexpected("kind", outcome.kind, leak.kinds),
        _unexpected("holder", outcome.holder, leak.holders),
        _unexpected("owner", outcome.owner, leak.owners),
    ]
    if leak.mentions and not any(word in outcome.text for word in leak.mentions):
        found.append(f"{' or '.join(leak.mentions)} not mentioned")
    if leak.entries_per_request is not None:
        seen, right = outcome.entries_per_request or 0.0, leak.entries_per_request
        if abs(seen - right) > _TOLERANCE * right:
            found.append(f"{seen:.2f} entries per request instead of {right:.2f}")
    return tuple(mistake for mistake in found if mistake)


def _owner(holder: FoundHolder) -> str | None:
    if holder.package is not None:
        return holder.package
    return holder.place.file if holder.place else None


def _unexpected(what: str, seen: str | None, right: tuple[str, ...]) -> str:
    if not right or seen in right:
        return ""
    return f"{what} {seen} instead of {' or '.join(right)}"
