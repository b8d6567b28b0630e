"""The history of baselines as text and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from pytest_nodeleak.baselines.baseline import BYTES, ENTRIES, Status
from pytest_nodeleak.baselines.rate_history import CheckHistory, History, Series
from pytest_nodeleak.evidence.estimate import Estimate
from pytest_nodeleak.report.baseline import metric_text, rate_text
from pytest_nodeleak.report.baseline_summary import short_id
from pytest_nodeleak.report.schema import SCHEMA
from pytest_nodeleak.report.sparkline import sparkline

__all__ = ["history_lines", "history_record"]

_GAP = "·"
_MOST_COLUMNS = 8
_WHAT_WIDTH, _RATE_WIDTH = 48, 24
_AS_BEFORE = "as before"
_RISING = {Status.WORSE, Status.BETTER}


def history_lines(history: History) -> list[str]:
    """Return a line for each rate of each check that ever added anything."""
    labels = history.labels
    number, names = len(labels), ", ".join(labels)
    lines = [f"rates per request in {number} baselines, the oldest first: {names}"]
    for check in history.checks:
        if check.series:
            lines += ["", f"{_title(check)}{_presence(check, labels)}"]
            lines += [f"  {_line(series)}" for series in check.series]
    lines += ["", *_conclusion(history)]
    return lines


def _title(check: CheckHistory) -> str:
    return f"{short_id(check.check_id)}  (Node {check.major})"


def _presence(check: CheckHistory, labels: tuple[str, ...]) -> str:
    """Say which baselines lack a check, as far as that is news."""
    first = check.is_in.index(True)
    if first:
        return f"  since {labels[first]}"
    if not check.is_in[-1]:
        last = len(labels) - 1 - check.is_in[::-1].index(True)
        return f"  until {labels[last]}"
    return ""


def _line(series: Series) -> str:
    what = "" if series.metric == BYTES else metric_text(series.what)
    first, last = series.first, series.last
    rates = " -> ".join(
        dict.fromkeys(_rate(one, series.metric) for one in (first, last))
    )
    if series.metric == ENTRIES:
        rates += " entries"
    blocks = _blocks(series)
    row = f"{what:<{_WHAT_WIDTH}} {blocks:<{_MOST_COLUMNS}}  {rates:<{_RATE_WIDTH}}"
    return f"{row} {_outcome(series)}"


def _rate(rate: Estimate, metric: str) -> str:
    """Write a rate without the unit that the heading, or its line, says."""
    if not rate.value:
        return "0"
    return rate_text(rate, metric).removesuffix("/request").removesuffix(" entries")


def _outcome(series: Series) -> str:
    status, change = series.status, series.change
    if status in _RISING and change is not None:
        return f"{status} ({change:+.0%})"
    return str(status or _AS_BEFORE)


def _blocks(series: Series) -> str:
    """Draw a rate; a gap is a baseline that does not have the check."""
    rates = series.rates
    last, columns = len(rates) - 1, min(_MOST_COLUMNS, len(rates))
    shown = [rates[round(i * last / max(1, columns - 1))] for i in range(columns)]
    known = [rate for rate in shown if rate is not None]
    if not known:
        return _GAP * len(shown)
    noise = max((rate.high - rate.low) / 2 for rate in known)
    blocks = iter(sparkline([rate.value for rate in known], smallest_range=noise))
    return "".join(_GAP if rate is None else next(blocks) for rate in shown)


def _conclusion(history: History) -> Iterator[str]:
    outcomes = Counter(
        _worst(check, key)
        for check in history.checks
        for key in dict.fromkeys(series.key for series in check.series)
    )
    if outcomes:
        named = (*Status, _AS_BEFORE)
        counts = (f"{outcomes[str(one)]} {one}" for one in named if outcomes[str(one)])
        yield f"from {history.labels[0]} to {history.labels[-1]}: {', '.join(counts)}"
    clean = sum(not check.series for check in history.checks)
    if clean:
        checks = "check adds" if clean == 1 else "checks add"
        yield f"{clean} {checks} nothing in any of them"


def _worst(check: CheckHistory, key: str) -> str:
    """Return what became of a leak or a counter, whichever of its rates shows it."""
    found = {series.status for series in check.series if series.key == key}
    return next((str(status) for status in Status if status in found), _AS_BEFORE)


def history_record(history: History) -> dict[str, Any]:
    """Return the same as data, checks that add nothing included."""
    return {
        "schema": SCHEMA,
        "command": "trend",
        "baselines": list(history.labels),
        "checks": [_check_record(check) for check in history.checks],
    }


def _check_record(check: CheckHistory) -> dict[str, Any]:
    return {
        "id": check.check_id,
        "node": check.major,
        "is_in": list(check.is_in),
        "rates": [
            {
                "key": series.key,
                "what": series.what,
                "metric": series.metric,
                "values": [rate and asdict(rate) for rate in series.rates],
                "status": series.status and str(series.status),
                "change": series.change,
            }
            for series in check.series
        ],
    }
