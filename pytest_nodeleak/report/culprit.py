"""One culprit as the rows of a report: what piles up, who holds it, who put it there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pytest_nodeleak.advice.categories import Category
from pytest_nodeleak.advice.pinning import pinning_text
from pytest_nodeleak.evidence.findings import Finding, FoundHolder, Frame
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.printed import printable
from pytest_nodeleak.units import format_bytes, format_count

__all__ = [
    "KEYS_LABEL",
    "culprit_rows",
    "frame_rows",
    "per_request",
    "printable",
    "row",
    "stack_rows",
    "to_fix_row",
]

#: Of the row that only ``-vv`` shows.
KEYS_LABEL = "newest keys"
_LABEL_WIDTH = 12
_MOST_CONSTRUCTORS = 4
# What is defined at the place that came with an entry.
_MOST_ROUTES = 4
_CALLBACK_LABELS = {
    Kind.LISTENER: "callback",
    Kind.TIMER: "callback",
    Kind.CLOSURE: "callback",
    Kind.MODULE: "module",
}
_NAME_WIDTH = 60
_EXPLAIN = "python -m pytest_nodeleak explain"


def per_request(number: float) -> str:
    """Write how many there are per request."""
    return f"{format_count(number)}/req"


def to_fix_row(advice: str, page: Kind | Category | None) -> str:
    """Return the advice, and the page that says more."""
    more = f" (more: {_EXPLAIN} {page})" if page else ""
    return row("to fix", f"{advice}{more}")


def culprit_rows(
    finding: Finding,
    *,
    amount: Callable[[float], str] = per_request,
    holding: str | None = None,
) -> Iterator[str]:
    """Yield the rows of a finding, its title left out.

    Args:
        finding: The culprit.
        amount: How to write how many of something there are.
        holding: What to say about the holder in brackets; if None, its size and bound.

    """
    yield row(
        "piling up",
        ", ".join(
            f"{label} {amount(number)}"
            for label, number in finding.constructors[:_MOST_CONSTRUCTORS]
        ),
    )
    if finding.pinning is not None:
        yield row("pinned", pinning_text(finding.pinning))
    holder = finding.holder
    if holder is not None:
        held = f"{_short(holder.name)}: {_short(holder.class_name)}"
        about = _size_and_bound(holder) if holding is None else holding
        held += f" ({about})" if about else ""
        where = f"{holder.place or ''} {holder.scope}".strip()
        yield row("held by", f"{held:<54} {where}{_package(holder)}".rstrip())
        yield row("", " -> ".join(finding.path))
        if holder.newest_keys:
            yield row(KEYS_LABEL, ", ".join(holder.newest_keys))
    yield from stack_rows("put there", finding)
    if finding.routes:
        shown = finding.routes[:_MOST_ROUTES]
        shares = [f"{share.target} {amount(share.per_request)}" for share in shown]
        if len(finding.routes) > _MOST_ROUTES:
            # The most come first, so these are no more than the last one shown.
            shares.append(f"{len(finding.routes) - _MOST_ROUTES} more")
        yield row("by route", ", ".join(shares))
    yield from (row("in", text) for text in _in_workers(finding, amount))
    if finding.callback is not None and finding.kind in _CALLBACK_LABELS:
        yield row(_CALLBACK_LABELS[finding.kind], str(finding.callback))
    if finding.fingerprint:
        yield row("fingerprint", finding.fingerprint)


def _in_workers(finding: Finding, amount: Callable[[float], str]) -> Iterator[str]:
    """Say which processes have it, each by its own requests, and what that is in sum."""
    if not finding.workers:
        return
    each = [f"{one.label} {amount(one.entries_per_request)}" for one in finding.workers]
    total = f"in sum {amount(finding.entries_in_sum)} of the app"
    yield f"{', '.join(each)}; {total} ({format_bytes(finding.bytes_in_sum)})"


def stack_rows(label: str, finding: Finding) -> Iterator[str]:
    """Yield the row with the functions that allocated what stays, if they are known."""
    yield from frame_rows(label, finding.allocated_at)


def frame_rows(label: str, frames: Sequence[Frame]) -> Iterator[str]:
    """Yield the row with the functions of a stack, innermost first, if there is one."""
    if frames:
        yield row(label, " <- ".join(map(str, frames)))


def row(label: str, text: str) -> str:
    """Return a row of a report."""
    return f"  {label:<{_LABEL_WIDTH - 1}} {text}".rstrip()


def _size_and_bound(holder: FoundHolder) -> str:
    size = f"{holder.size:,} entries, " if holder.size is not None else ""
    return f"{size}{holder.bound or 'no bound'}"


def _package(holder: FoundHolder) -> str:
    if not holder.package:
        return ""
    return f"  in package {holder.package} {holder.package_version or ''}".rstrip()


def _short(name: str) -> str:
    """Keep a name from pushing the place out of the line."""
    return name if len(name) <= _NAME_WIDTH else name[: _NAME_WIDTH - 1] + "…"
