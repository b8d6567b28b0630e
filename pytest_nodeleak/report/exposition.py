"""Metrics as text for Prometheus: OpenMetrics 1.0, or what older readers understand.

OpenMetrics: https://prometheus.io/docs/specs/om/open_metrics_spec/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pytest_nodeleak.report.metrics import Family, Kind, Sample

__all__ = ["open_metrics", "prometheus_text"]

_PREFIX = "nodeleak_"
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def open_metrics(families: Sequence[Family]) -> str:
    """Return metrics as OpenMetrics 1.0, with its state sets and infos."""
    return "".join(f"{line}\n" for line in [*_lines(families, all_kinds=True), "# EOF"])


def prometheus_text(families: Sequence[Family]) -> str:
    """Return metrics as the textfile collector and the Pushgateway take them.

    They know neither state sets nor infos nor units, so that all are gauges, under the
    same names. A reader of OpenMetrics takes the text as well.
    """
    lines = [*_lines(families, all_kinds=False), "# EOF"]
    return "".join(f"{line}\n" for line in lines)


def _lines(families: Sequence[Family], *, all_kinds: bool) -> Iterator[str]:
    for family in families:
        sample_name = _PREFIX + family.name
        if family.kind is Kind.INFO:
            sample_name += "_info"
        name = _PREFIX + family.name if all_kinds else sample_name
        yield f"# TYPE {name} {family.kind if all_kinds else Kind.GAUGE}"
        if family.unit and all_kinds:
            yield f"# UNIT {name} {family.unit}"
        yield f"# HELP {name} {family.help.translate(_ESCAPES)}"
        for sample in family.samples:
            yield f"{sample_name}{_labels(family, sample)} {sample.value:.15g}"


def _labels(family: Family, sample: Sample) -> str:
    labels: Mapping[str, str] = sample.labels
    if family.kind is Kind.STATES:
        # The label of a state is called as its metric.
        labels = {**labels, _PREFIX + family.name: sample.state}
    if not labels:
        return ""
    pairs = (f'{key}="{value.translate(_ESCAPES)}"' for key, value in labels.items())
    return "{" + ",".join(pairs) + "}"
