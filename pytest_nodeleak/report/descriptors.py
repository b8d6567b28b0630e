"""Descriptors that stay open, as rows of a report, and an app that has none left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pytest_nodeleak.diagnosis.crash import diagnose_exhaustion
from pytest_nodeleak.endings.exhaustion import Exhaustion
from pytest_nodeleak.evidence.descriptors import Descriptors
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.nodejs.descriptor_types import DescriptorType
from pytest_nodeleak.report.culprit import per_request, printable, row, to_fix_row

__all__ = ["exhausted_check", "opener_rows", "type_rows"]

_MOST_TYPES = 4
_MOST_OUTPUT = 20


def exhausted_check(
    check_id: str, exhaustion: Exhaustion, elapsed_s: float
) -> BrokenCheck:
    """Return the check that ended with an app that has no descriptor left."""
    return BrokenCheck(
        id=check_id,
        target=exhaustion.failed.target,
        reason="\n".join(map(printable, _lines(exhaustion))),
        elapsed_s=elapsed_s,
        exhaustion=exhaustion,
    )


def _lines(exhaustion: Exhaustion) -> Iterator[str]:
    yield str(diagnose_exhaustion(exhaustion))
    yield exhaustion.headline
    yield from _details(exhaustion)


def _details(exhaustion: Exhaustion) -> Iterator[str]:
    failed = exhaustion.failed
    yield row("failed", failed.problem)
    yield row("first", failed.first_bad)
    yield from type_rows(exhaustion.descriptors)
    yield from opener_rows(exhaustion.descriptors)
    if exhaustion.limit is not None:
        yield row("limit", f"{exhaustion.limit:,} descriptors (ulimit -n)")
    yield to_fix_row(exhaustion.finding.advice, exhaustion.finding.kind)
    if failed.output_tail:
        yield "Last output of the app:"
        yield from (f"  {line}" for line in failed.output_tail[-_MOST_OUTPUT:])


def type_rows(descriptors: Descriptors) -> Iterator[str]:
    """Say what is open by type."""
    if descriptors.open:
        yield row("open", _by_type(descriptors.open, lambda count: f"{count:,.0f}"))


def opener_rows(descriptors: Descriptors | None) -> Iterator[str]:
    """Say what each request leaves open, and who opens it; nothing if none does."""
    if descriptors is None:
        return
    if descriptors.per_request:
        yield row("left open", _by_type(descriptors.per_request, per_request))
    for opener in descriptors.openers:
        yield row("opened at", f"{opener}, {per_request(opener.per_request)}")


def _by_type(
    counts: Mapping[DescriptorType, int] | Mapping[DescriptorType, float],
    amount: Callable[[float], str],
) -> str:
    shown = [f"{kind} {amount(count)}" for kind, count in counts.items()]
    return ", ".join(shown[:_MOST_TYPES])
