"""A session's record as metrics: families of samples, whatever format they are sent in.

Labels are of few values on purpose. A series is known by its check, which is a test and a
route; nothing that an app makes up (names of holders, classes, events) is ever a label.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, count

from pytest_nodeleak.printed import visible
from pytest_nodeleak.report.measures import MEASURES, Measure
from pytest_nodeleak.report.schema import Record

__all__ = ["VERDICTS", "Family", "Kind", "Sample", "metrics_of"]

VERDICTS = ("clean", "leak", "over_limit", "inconclusive", "crashed", "error")
_MOST_LABEL_CHARACTERS = 200


class Kind(StrEnum):
    """How the numbers of a family are to be read."""

    GAUGE = "gauge"
    INFO = "info"
    STATES = "stateset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One number.

    Attributes:
        labels: What it belongs to, by name.
        value: Finite.
        state: Of a family of states: which one.

    """

    labels: Mapping[str, str]
    value: float
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """All samples of one metric.

    Attributes:
        name: Without the prefix that a format gives it, its unit at the end.
        unit: As OpenMetrics has it, e.g. ``bytes``; empty if it is a count.
        help: One sentence.
        kind: How to read it.
        is_main: Whether it is worth a metric where each of them is paid for.
        samples: At least one.

    """

    name: str
    unit: str = ""
    help: str
    kind: Kind = Kind.GAUGE
    is_main: bool = False
    samples: Sequence[Sample]


def metrics_of(record: Record, *, ended_s: float) -> tuple[Family, ...]:
    """Return everything in a session's record that is worth a curve.

    A number that was not measured has no sample, and a metric without any is left out.

    Args:
        record: As in ``docs/record.md``.
        ended_s: When the session ended, in seconds since 1970.

    """
    checks = _labelled(record["checks"])
    families = [
        Family(
            name="run",
            help="The run that these metrics are from.",
            kind=Kind.INFO,
            samples=[Sample(labels={"version": str(record["plugin"])}, value=1)],
        ),
        Family(
            name="run_timestamp_seconds",
            unit="seconds",
            help="When the run ended, in seconds since 1970.",
            samples=[Sample(labels={}, value=ended_s)],
        ),
        Family(
            name="check",
            help="The Node.js that a check was made on.",
            kind=Kind.INFO,
            samples=[
                Sample(labels={**labels, "node": _label(str(check["node"]))}, value=1)
                for labels, check in checks
                if check["node"]
            ],
        ),
        _states("verdict", "What a check has found.", checks),
        _states("outcome", "The same without the leaks that are suppressed.", checks),
        *(_family(measure, checks) for measure in MEASURES),
        _requests_to_limit(checks),
    ]
    return tuple(family for family in families if family.samples)


_Labelled = Sequence[tuple[Mapping[str, str], Record]]


def _labelled(checks: Sequence[Record]) -> _Labelled:
    """Return the checks that count, each with labels that no other has.

    Of a test that was run again, the last attempt counts; a target that one attempt checks
    again is told by its number.
    """
    last = {check["id"]: check["attempt"] for check in checks}
    taken: set[str] = set()
    labelled = []
    for check in checks:
        if check["attempt"] != last[check["id"]]:
            continue
        name = _untaken(_label(check["id"]), taken)
        taken.add(name)
        labelled.append(({"check": name, "target": _label(check["target"])}, check))
    return labelled


def _untaken(name: str, taken: Container[str]) -> str:
    numbered = (f"{name} #{number}" for number in count(2))
    return next(one for one in chain([name], numbered) if one not in taken)


def _label(text: str) -> str:
    """Make a text fit to be a label: printable, of one line, not endless, not empty."""
    text = text.strip()
    if len(text) > _MOST_LABEL_CHARACTERS:
        # The end has the target; both ends tell tests of one module apart.
        half = _MOST_LABEL_CHARACTERS // 2
        text = f"{text[: half - 1]}…{text[-half:]}"
    return visible(text) or "-"


def _states(name: str, text: str, checks: _Labelled) -> Family:
    return Family(
        name=name,
        help=text,
        kind=Kind.STATES,
        is_main=name == "outcome",
        samples=[
            Sample(labels=labels, value=float(check[name] == state), state=state)
            for labels, check in checks
            for state in VERDICTS
        ],
    )


def _family(measure: Measure, checks: _Labelled) -> Family:
    return Family(
        name=measure.name,
        unit=measure.unit,
        help=measure.help,
        is_main=measure.is_main,
        samples=[
            Sample(labels=labels, value=value)
            for labels, check in checks
            if (value := measure.read(check)) is not None
        ],
    )


def _requests_to_limit(checks: _Labelled) -> Family:
    return Family(
        name="requests_to_limit",
        help="Requests from a fresh start until a leak has used up a resource.",
        is_main=True,
        samples=[
            Sample(
                labels={**labels, "resource": forecast["resource"]},
                value=forecast["requests_to_limit"],
            )
            for labels, check in checks
            for forecast in check["forecasts"]
            if forecast["requests_to_limit"] is not None
        ],
    )
