"""Sends the metrics of a session over OTLP, by the OpenTelemetry SDK (extra ``otlp``).

They are handed to the exporter as they are, without the SDK's instruments: a session has
one value of each metric, of the moment at which it ends.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics.export import (
    Gauge,
    Metric,
    MetricExportResult,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from pytest_nodeleak.outputs.otlp_target import BY_ENVIRONMENT
from pytest_nodeleak.report.metrics import Family, Kind, Sample, metrics_of

__all__ = ["send_metrics"]

_LOGGER = "opentelemetry.exporter"
# As UCUM writes them.
_UNITS = {
    "bytes": "By",
    "bytes_per_request": "By/{request}",
    "ratio": "1",
    "seconds": "s",
}


def send_metrics(
    record: Mapping[str, Any], *, target: str, ended_s: float
) -> str | None:
    """Send the metrics of a session; return why that was not possible, as a sentence.

    Args:
        record: Of the session.
        target: The address, or that the environment names it.
        ended_s: When the session ended, in seconds since 1970.

    """
    endpoint = None if target == BY_ENVIRONMENT else target
    exporter = OTLPMetricExporter(endpoint=endpoint)
    with _complaints() as complaints:
        try:
            result = exporter.export(_metrics_data(record, ended_s=ended_s))
        finally:
            exporter.shutdown()
    if result is MetricExportResult.SUCCESS:
        return None
    # The first has the reason, the last one only says that it was tried for too long.
    why = complaints[0].rstrip(".") if complaints else "the exporter gives no reason"
    return (
        f"--nodeleak-otlp: metrics could not be sent to {_shown(target)}"
        f" ({_without_secrets(why, target)}); a collector that takes OTLP over HTTP has to"
        " listen there"
    )


def _shown(target: str) -> str:
    """Leave out what may be a secret."""
    if target == BY_ENVIRONMENT:
        return "where OTEL_EXPORTER_OTLP_ENDPOINT says"
    parts = urlsplit(target)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _without_secrets(text: str, target: str) -> str:
    parts = urlsplit(target)
    for secret in filter(None, [parts.query, parts.password]):
        text = text.replace(secret, "...")
    return text


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """Collect what the exporter logs, which would be printed into the summary."""
    told: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record.getMessage())

    logger, collector = logging.getLogger(_LOGGER), Collector(logging.WARNING)
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(collector)
    try:
        yield told
    finally:
        logger.removeHandler(collector)
        logger.propagate = propagates


def _metrics_data(record: Mapping[str, Any], *, ended_s: float) -> MetricsData:
    plugin = str(record["plugin"])
    # What the environment says of the resource is what its owner wants.
    resource = Resource(
        {"service.name": "pytest-nodeleak", "service.version": plugin}
    ).merge(OTELResourceDetector().detect())
    families = metrics_of(record, ended_s=ended_s)
    ended_ns = round(ended_s * 1e9)
    return MetricsData(
        resource_metrics=[
            ResourceMetrics(
                resource=resource,
                scope_metrics=[
                    ScopeMetrics(
                        scope=InstrumentationScope("pytest_nodeleak", plugin),
                        metrics=[_metric(family, ended_ns) for family in families],
                        schema_url="",
                    )
                ],
                schema_url="",
            )
        ]
    )


def _metric(family: Family, ended_ns: int) -> Metric:
    ending = "_info" if family.kind is Kind.INFO else ""
    return Metric(
        name=f"nodeleak.{family.name}{ending}",
        description=family.help,
        unit=_UNITS.get(family.unit, ""),
        data=Gauge(
            data_points=[
                NumberDataPoint(
                    attributes=_attributes(sample),
                    start_time_unix_nano=ended_ns,
                    time_unix_nano=ended_ns,
                    value=float(sample.value),
                )
                for sample in family.samples
            ]
        ),
    )


def _attributes(sample: Sample) -> Mapping[str, str]:
    return {**sample.labels, "state": sample.state} if sample.state else sample.labels
