"""What a session changes in a baseline: from the records of its checks.

Pure. Checks that were not run keep what they have, and so do those that proved nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pytest_nodeleak.baselines.as_json import rates_from
from pytest_nodeleak.baselines.baseline import Baseline, Rates, merged, node_major
from pytest_nodeleak.evidence.estimate import Estimate

__all__ = ["Ran", "Update", "missing_from", "update"]

Record = Mapping[str, Any]
Key = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a session ran.

    Attributes:
        records: Those of the last attempt of each test.
        unfinished: Tests that did not pass, and so may have checks that were not made.
        is_whole: Whether all tests were run, as far as pytest can tell.
        scope: How the ids of all tests begin that were asked for: one empty text where
            all were.

    """

    records: Sequence[Record]
    unfinished: Collection[str] = ()
    is_whole: bool = False
    scope: Collection[str] = ("",)

    @property
    def majors(self) -> tuple[int, ...]:
        """The versions of Node.js that checks ran on."""
        known = (record["node"] for record in self.records)
        return tuple(sorted({node_major(version) for version in known if version}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A baseline after a session.

    Attributes:
        baseline: What to write.
        saved: How many checks of the session are in it.
        unseen: How many of these could not look into the heap, so that they know of no
            leaks.
        removed: Checks that are not there any more, with their versions of Node.js.
        left_out: Why others are not saved, and how many, e.g. ``{"crashed": 1}``.

    """

    baseline: Baseline
    saved: int
    unseen: int = 0
    removed: tuple[Key, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)


def update(baseline: Baseline, ran: Ran, *, only_passed: bool = False) -> Update:
    """Return a baseline with what a session measured.

    Args:
        baseline: What is in the file.
        ran: The session.
        only_passed: Whether checks that fail their tests keep what they have: the same
            baseline was compared with, and would accept next time what fails now.

    """
    checks = {check_id: dict(by) for check_id, by in baseline.checks.items()}
    measured: dict[Key, Rates] = {}
    left_out: Counter[str] = Counter()
    for record in ran.records:
        why = _why_not(record, only_passed=only_passed)
        if why:
            left_out[why] += 1
            continue
        key = (record["id"], node_major(record["node"]))
        rates = _rates(record)
        measured[key] = _worst(measured[key], rates) if key in measured else rates
    for (check_id, major), rates in measured.items():
        by_major = checks.setdefault(check_id, {})
        by_major[major] = merged(by_major.get(major), rates)
    removed = missing_from(baseline, ran)
    for check_id, major in removed:
        del checks[check_id][major]
    return Update(
        baseline=replace(baseline, checks={i: by for i, by in checks.items() if by}),
        saved=len(measured),
        unseen=sum(math.isinf(rates.detectable) for rates in measured.values()),
        removed=removed,
        left_out=left_out,
    )


def missing_from(baseline: Baseline, ran: Ran) -> tuple[Key, ...]:
    """Return the checks of a baseline that a whole session did not make any more.

    A test that failed or was skipped may yet have had them, and a session says nothing
    of versions of Node.js that it did not run on.
    """
    return tuple(_missing(baseline, ran)) if ran.is_whole else ()


def _missing(baseline: Baseline, ran: Ran) -> Iterator[Key]:
    made = {record["id"] for record in ran.records}
    for check_id, by_major in sorted(baseline.checks.items()):
        is_pending = any(check_id.startswith(f"{test}::") for test in ran.unfinished)
        is_asked_for = any(check_id.startswith(one) for one in ran.scope)
        if check_id not in made and not is_pending and is_asked_for:
            yield from ((check_id, one) for one in by_major if one in ran.majors)


def _why_not(record: Record, *, only_passed: bool) -> str:
    """Say why a check is not saved; empty if it is."""
    if record["added"] is None or not record["node"]:
        return str(record["verdict"])
    if only_passed and record["outcome"] != "clean":
        return "failed"
    return ""


def _rates(record: Record) -> Rates:
    rates = rates_from(record["added"])
    slopes = {
        name: metric for name, metric in record["metrics"].items() if "slope" in metric
    }
    detectable = record["detectable"]["objects_per_request"]
    return replace(
        rates,
        doubtful={
            name: _estimate(slope)
            for name, slope in slopes.items()
            if name not in rates.growth and slope["slope"] is not None
        },
        unclear=record["added"]["unclear"],
        detectable=math.inf if detectable is None else detectable,
    )


def _estimate(slope: Record) -> Estimate:
    low, high = slope["low"], slope["high"]
    return Estimate(
        value=slope["slope"],
        low=-math.inf if low is None else low,
        high=math.inf if high is None else high,
    )


def _worst(one: Rates, other: Rates) -> Rates:
    """Join two checks of one target in one test."""
    leaks, growth = {**one.leaks}, {**one.growth}
    for key, leak in other.leaks.items():
        if key not in leaks or leak.entries.value > leaks[key].entries.value:
            leaks[key] = leak
    for name, rate in other.growth.items():
        if name not in growth or rate.value > growth[name].value:
            growth[name] = rate
    is_worse = len(other.leaks) + len(other.growth) > len(one.leaks) + len(one.growth)
    return Rates(
        verdict=other.verdict if is_worse else one.verdict,
        leaks=leaks,
        growth=growth,
        doubtful={**one.doubtful, **other.doubtful},
        unclear={*one.unclear, *other.unclear},
        detectable=max(one.detectable, other.detectable),
    )
