"""Which suspects are known leaks, and whether they are still what was accepted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.evidence.measurement import WatchedFinding
from pytest_nodeleak.evidence.occupancy import Linear, Unclear
from pytest_nodeleak.judging.suppressions import Rate, Suppression, Suppressions
from pytest_nodeleak.load.plan import split_targets

__all__ = [
    "Accepted",
    "Expired",
    "NotListed",
    "Ruling",
    "Worse",
    "fitting",
    "is_about",
    "rule",
]

# Rates of one leak differ from run to run: entries by the requests that were under way,
# bytes by what is in them and by the version of Node.js.
_ENTRIES_TOLERANCE, _BYTES_TOLERANCE = 0.05, 0.1
# Beyond that, entries that come at random vary by the square root of their number.
_SIGMAS = 3
_FAMILY = "[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotListed:
    """No entry fits it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An entry fits it and is in force."""

    suppression: Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """An entry fits it, but its last day is over."""

    suppression: Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Worse:
    """An entry fits it, but it adds more per request than was accepted.

    Attributes:
        suppression: The entry.
        limit: What was accepted.
        rate: What was measured.

    """

    suppression: Suppression
    limit: Rate
    rate: Rate


Ruling = NotListed | Accepted | Expired | Worse


def rule(watched: WatchedFinding, target: str, suppressions: Suppressions) -> Ruling:
    """Tell whether a suspect is a known leak.

    Where several entries fit, one that accepts it is enough; else the first one tells why
    it is not accepted.

    Args:
        watched: Only what leaks, or may leak, can be on the list.
        target: The route or scenario that it was found with.
        suppressions: The list.

    """
    rulings = [
        _by(entry, watched, suppressions)
        for entry in fitting(watched, target, suppressions)
    ]
    accepted = [one for one in rulings if isinstance(one, Accepted)]
    return next(iter((*accepted, *rulings)), NotListed())


def fitting(
    watched: WatchedFinding, target: str, suppressions: Suppressions
) -> tuple[Suppression, ...]:
    """Return the entries that are about a suspect."""
    if not isinstance(watched.curve, Linear | Unclear):
        return ()
    return tuple(
        entry for entry in suppressions.entries if _fits(entry, watched.finding, target)
    )


def _fits(entry: Suppression, finding: Finding, target: str) -> bool:
    holder = finding.holder
    name = holder.name if holder else ""
    package = (holder.package if holder else None) or ""
    return (
        entry.fingerprint in {"", finding.fingerprint}
        # A list of lists is known by the same name as a list.
        and _is_like(entry.holder, name, name.removesuffix(_FAMILY))
        and _is_like(entry.package, package)
        and entry.kind in {"", str(finding.kind)}
        and is_about(entry, target)
    )


def is_about(entry: Suppression, target: str) -> bool:
    """Tell whether an entry is about a route, a scenario, or one route of a mix."""
    return _is_like(entry.target, target, *split_targets(target))


def _is_like(pattern: str, *names: str) -> bool:
    """Match a pattern; brackets are also taken as they are, as in ``[kEvents]``."""
    return not pattern or any(
        name == pattern or fnmatchcase(name, pattern) for name in names
    )


def _by(
    entry: Suppression, watched: WatchedFinding, suppressions: Suppressions
) -> Ruling:
    if suppressions.today > entry.expires:
        return Expired(suppression=entry)
    limit = entry.at_most
    if limit is None:
        return Accepted(suppression=entry)
    rate, number, tolerance = _measured(watched, limit)
    # Of few entries one more is soon within chance; of none, nothing can be said.
    chance = _SIGMAS / math.sqrt(number) if number > 0 else math.inf
    if rate <= limit.value * (1 + max(tolerance, chance)):
        return Accepted(suppression=entry)
    return Worse(
        suppression=entry, limit=limit, rate=Rate(value=rate, is_bytes=limit.is_bytes)
    )


def _measured(watched: WatchedFinding, limit: Rate) -> tuple[float, float, float]:
    """Return the rate, how many entries the limit allowed for, and the tolerance."""
    finding, curve = watched.finding, watched.curve
    entries = finding.entries_per_request
    if limit.is_bytes:
        size = finding.bytes_per_request / entries if entries else math.inf
        number = limit.value / size * finding.counted_over if size else 0.0
        return finding.bytes_per_request, number, _BYTES_TOLERANCE
    requests = finding.counted_over
    if isinstance(curve, Linear) and curve.per_request is not None:
        requests = curve.requests
    return entries, limit.value * requests, _ENTRIES_TOLERANCE
