"""Metrics as lines for CloudWatch, in its embedded metric format.

A line is a log event that CloudWatch makes metrics of:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

CloudWatch is paid by the metric. Only the main ones are declared as such; the others are
fields of the same lines, which its Logs Insights reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_nodeleak.report.metrics import Family, Kind, Sample

__all__ = ["emf_lines"]

_NAMESPACE = "nodeleak"
_UNITS = {"": "Count", "ratio": "None", "seconds": "Seconds"}
# The format's limit of one directive.
_MOST_METRICS = 100
# What identifies a series; CloudWatch calls these dimensions.
_IDENTITY = ("check", "target", "resource")

_Key = tuple[tuple[str, str], ...]


def emf_lines(families: Sequence[Family], *, ended_s: float) -> str:
    """Return a line of JSON for each check, and for each resource that a leak uses up.

    Args:
        families: The metrics of a session.
        ended_s: When it ended, in seconds since 1970.

    """
    lines: dict[_Key, list[tuple[Family, Sample]]] = {}
    for family in families:
        for sample in family.samples:
            lines.setdefault(_identity(sample), []).append((family, sample))
    # What holds for the whole run is a field of each line.
    of_run = dict(_fields(lines.pop((), [])))
    return "".join(
        json.dumps(_line(dict(key), own, of_run, round(ended_s * 1000))) + "\n"
        for key, own in lines.items()
    )


def _identity(sample: Sample) -> _Key:
    return tuple((k, v) for k, v in sample.labels.items() if k in _IDENTITY)


def _line(
    dimensions: Mapping[str, str],
    own: Sequence[tuple[Family, Sample]],
    of_run: Mapping[str, str | float],
    timestamp_ms: int,
) -> dict[str, Any]:
    metrics = [
        {"Name": _name(family, sample), "Unit": _UNITS.get(family.unit, "Bytes")}
        for family, sample in own
        if family.is_main
    ]
    directives = [
        {
            "Namespace": _NAMESPACE,
            "Dimensions": [list(dimensions)],
            "Metrics": metrics[start : start + _MOST_METRICS],
        }
        for start in range(0, len(metrics), _MOST_METRICS)
    ]
    return {
        "_aws": {"Timestamp": timestamp_ms, "CloudWatchMetrics": directives},
        **{name: _ascii(value) for name, value in dimensions.items()},
        **of_run,
        **dict(_fields(own)),
    }


def _fields(
    own: Sequence[tuple[Family, Sample]],
) -> Iterator[tuple[str, str | float]]:
    for family, sample in own:
        if family.kind is Kind.INFO:
            yield from (
                (name, value)
                for name, value in sample.labels.items()
                if name not in _IDENTITY
            )
        else:
            yield _name(family, sample), sample.value
            if sample.state and sample.value:
                yield family.name, sample.state


def _name(family: Family, sample: Sample) -> str:
    return f"{family.name}_{sample.state}" if sample.state else family.name


def _ascii(text: str) -> str:
    """Spell a dimension as CloudWatch takes it: in ASCII, and not beginning by a colon."""
    plain = text.encode("ascii", "backslashreplace").decode("ascii")
    return f"_{plain}" if plain.startswith(":") else plain
