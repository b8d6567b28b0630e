"""What Prometheus' own parsers read from our text is what we meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import parser as classic_parser
from prometheus_client.openmetrics import parser as open_parser
from sessions import BROKEN, CLEAN, LEAK, session

from pytest_nodeleak.report.exposition import open_metrics, prometheus_text
from pytest_nodeleak.report.metrics import Family, Kind, Sample, metrics_of

GOLDEN = Path(__file__).parents[2] / "golden" / "metrics"
FAMILIES = metrics_of(session(LEAK, CLEAN, BROKEN), ended_s=1795665600.25)
Read = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(metrics: Iterable[Any]) -> Read:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for metric in metrics
        for sample in metric.samples
    }


def meant(families: Sequence[Family]) -> Read:
    return dict(_meant(families))


def _meant(
    families: Sequence[Family],
) -> Iterator[tuple[tuple[str, tuple[tuple[str, str], ...]], float]]:
    for family in families:
        name = f"nodeleak_{family.name}"
        for sample in family.samples:
            labels = dict(sample.labels)
            if family.kind is Kind.STATES:
                labels[name] = sample.state
            ending = "_info" if family.kind is Kind.INFO else ""
            yield (name + ending, tuple(sorted(labels.items()))), sample.value


def read_open(text: str) -> Read:
    return samples(open_parser.text_string_to_metric_families(text))


def read_classic(text: str) -> Read:
    return samples(classic_parser.text_string_to_metric_families(text))


def test_a_parser_of_open_metrics_reads_all_samples() -> None:
    read = read_open(open_metrics(FAMILIES))

    assert read == pytest.approx(meant(FAMILIES))


def test_open_metrics_have_their_types_and_units() -> None:
    text = open_metrics(FAMILIES)
    metrics = {
        one.name: one for one in open_parser.text_string_to_metric_families(text)
    }

    assert metrics["nodeleak_verdict"].type == "stateset"
    assert metrics["nodeleak_run"].type == "info"
    slope = metrics["nodeleak_heap_used_growth_bytes_per_request"]
    assert (slope.type, slope.unit) == ("gauge", "bytes_per_request")
    assert all(one.documentation.endswith(".") for one in metrics.values())


@pytest.mark.parametrize("read", [read_open, read_classic])
def test_both_parsers_read_the_text_for_older_readers(
    read: Callable[[str], Read],
) -> None:
    text = prometheus_text(FAMILIES)

    assert read(text) == pytest.approx(meant(FAMILIES))
    # The textfile collector refuses a file with another type.
    assert set(re.findall(r"^# TYPE \S+ (\w+)$", text, re.MULTILINE)) == {"gauge"}


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1
)


@given(texts, texts)
def test_any_label_survives_the_text(name: str, target: str) -> None:
    sample = Sample(labels={"check": name, "target": target + '\\n"\n'}, value=0.1)
    families = [Family(name="requests", help="Sent.", samples=[sample])]

    assert read_open(open_metrics(families)) == meant(families)
    assert read_classic(prometheus_text(families)) == meant(families)


def test_a_leak_reads_as_its_golden_text() -> None:
    families = metrics_of(session(LEAK), ended_s=1795665600.25)
    golden = (GOLDEN / "leak.om").read_text(encoding="utf-8")

    assert open_metrics(families) == golden
