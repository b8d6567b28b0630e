"""The HTML report: what is in it, and what never is."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from html_records import HARM, harmful, session_of, usual_session
from measurements import (
    check,
    collection_finding,
    in_baseline,
    leaking,
    measurement,
)

from pytest_nodeleak.report.html.page import render_page

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
VOID = {"meta", "link", "input", "br", "path", "rect", "polyline"}
PAGE = render_page(usual_session(), written_at=NOON)


class Outline(HTMLParser):
    """Takes note of a page's elements, texts and scripts, and of tags out of order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.ids: list[str] = []
        self.texts: list[str] = []
        self.inline: list[tuple[str, str, str]] = []
        self.disorder: list[str] = []
        self._open: list[tuple[str, str]] = []
        self.feed(page)
        self.close()
        self.disorder += [f"{tag} is not closed" for tag, _ in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self._open.append((tag, dict(attrs).get("type") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open[-1][0] != tag:
            self.disorder.append(f"</{tag}> at {self.getpos()}")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        tag, kind = self._open[-1] if self._open else ("", "")
        if tag in {"script", "style"}:
            self.inline.append((tag, kind, data))
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    @property
    def data(self) -> list[dict[str, Any]]:
        return [json.loads(data) for _, kind, data in self.inline if kind]


OUTLINE = Outline(PAGE)


def test_the_page_is_in_order() -> None:
    assert OUTLINE.disorder == []
    assert len(OUTLINE.ids) == len(set(OUTLINE.ids))


def test_the_page_says_when_it_was_made_and_with_what() -> None:
    assert "Node v24.3.0" in OUTLINE.text
    assert "plugin 0.1.0" in OUTLINE.text
    assert "26 Nov 2026, 12:00" in OUTLINE.text


def test_the_checks_that_failed_come_first() -> None:
    targets = re.findall(r'<h3 id="check-\d-title">([^<]*)<', PAGE)

    assert targets == [
        "GET /leak",
        "GET /late",
        "GET /gone",
        "GET /odd",
        "GET /known",
        "GET /clean",
    ]


def test_the_title_counts_the_verdicts() -> None:
    title = "1 leak, 1 over limit, 1 error, 1 inconclusive, 1 suppressed, 1 clean"

    assert f"<h1>{title}</h1>" in PAGE
    assert f"<title>{title} – pytest-nodeleak</title>" in PAGE


@pytest.mark.parametrize(
    "said",
    [
        # Why, who, where, what, and what to do.
        "Heap leak: ",
        "cache gains 1.00 entry per request (402 B)",
        "Map, 20,412 entries, no bound",
        "server.js:3",
        "loadUser",
        "const cache = new Map();",
        "{name, orders}",
        "0c5e8b1d42aa",
        "give it a maximum size",
        # When it ends, and where the memory is.
        "2,096 MiB",
        "array buffers",
        # What became of the others.
        "jobs",
        "lru",
        "stopped growing",
        # The rest.
        "fs.openSync()",
        "const file = fs.openSync(path);",
        "Known and accepted",
        "GET /gone answered 404",
        "still linear after 20,000 requests",
    ],
)
def test_the_page_says(said: str) -> None:
    assert said in OUTLINE.text


def test_the_numbers_of_every_chart_are_in_a_table_as_well() -> None:
    charts = [chart for data in OUTLINE.data for chart in data]

    assert charts
    assert [one for one in charts if one not in OUTLINE.ids] == []
    assert PAGE.count('<details class="numbers">') == len(charts)


def test_every_chart_is_told_in_words() -> None:
    label = (
        "Heap in use: 5.00 MB → 13.0 MB, at most 13.0 MB, over 1,500 to 6,300 requests"
    )

    assert ("div", "aria-label", label) in OUTLINE.attributes


def test_artifacts_are_linked_to_by_their_own_names() -> None:
    links = [value for tag, name, value in OUTLINE.attributes if name == "href"]

    assert "kept/a%20b%3Ac.cpuprofile" in links


def test_nothing_but_what_the_policy_names_can_run() -> None:
    (policy,) = [
        value
        for tag, name, value in OUTLINE.attributes
        if name == "content" and "default-src" in value
    ]
    running = [(tag, data) for tag, kind, data in OUTLINE.inline if not kind]

    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert [tag for tag, _ in running] == ["style", "script"]
    for tag, data in running:
        digest = base64.b64encode(hashlib.sha256(data.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_the_page_asks_for_nothing() -> None:
    loading = {"src", "srcset", "href", "xlink:href", "data", "action", "poster"}
    addresses = [
        value
        for _, name, value in OUTLINE.attributes
        if name in loading and not value.startswith(("#", "data:", "kept/"))
    ]

    assert addresses == []
    assert "@import" not in PAGE
    assert "url(" not in PAGE


def test_no_element_has_a_style_or_a_handler_of_its_own() -> None:
    own = [
        name
        for _, name, _ in OUTLINE.attributes
        if name == "style" or name.startswith("on")
    ]

    assert own == []


@pytest.mark.parametrize("harm", HARM, ids=range(len(HARM)))
def test_whatever_an_app_calls_things_the_page_stays_the_same(harm: str) -> None:
    page = render_page(harmful(usual_session(), harm), written_at=NOON)
    outline = Outline(page)

    assert outline.disorder == []
    assert outline.tags == OUTLINE.tags
    assert outline.ids == OUTLINE.ids
    assert not [name for _, name, _ in outline.attributes if name.startswith("on")]
    schemes = {
        value.partition(":")[0]
        for _, name, value in outline.attributes
        if name == "href" and ":" in value
    }
    assert schemes == {"data"}
    assert [tag for tag, kind, _ in outline.inline if not kind] == ["style", "script"]
    assert len(outline.data) == len(OUTLINE.data)


@pytest.mark.parametrize("harm", HARM, ids=range(len(HARM)))
def test_no_data_of_a_chart_can_end_its_element(harm: str) -> None:
    page = render_page(harmful(usual_session(), harm), written_at=NOON)

    data = re.findall(r'class="data">(.*)</script>', page)
    assert len(data) == 6
    assert [one for one in data if re.search("[<>&]", one)] == []


@pytest.mark.parametrize("harm", HARM, ids=range(len(HARM)))
def test_no_text_turns_a_line_around_or_breaks_an_encoding(harm: str) -> None:
    page = render_page(harmful(usual_session(), harm), written_at=NOON)

    page.encode()
    assert (
        re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e]", page) == []
    )
    assert "x" * 401 not in Outline(page).text


def test_what_has_changed_since_the_baseline_is_told() -> None:
    session = usual_session()
    first, second, *_ = session["checks"]
    change = {
        "status": "worse",
        "key": "0c5e8b1d42aa",
        "what": "collection cache server.js",
        "metric": "bytes",
        "before": {"value": 145.0, "low": 140.0, "high": 150.0},
        "after": None,
    }
    known = {"name": "main", "knows_check": True, "knows_node": True}
    first["baseline"] = {**known, "changes": [change]}
    second["baseline"] = {**known, "changes": []}

    text = Outline(render_page(session, written_at=NOON)).text

    assert "worse collection cache server.js bytes per request 145 –" in text
    assert "Beside the baseline main Nothing has changed." in text


def test_of_what_no_object_holds_no_bytes_are_told() -> None:
    session = usual_session()
    (leak,) = [one for one in session["checks"] if one["outcome"] == "leak"]
    leak["findings"] = [
        one | {"entries_per_request": 1.0, "bytes_per_request": 0.0}
        for one in leak["findings"]
    ]
    session["checks"] = [leak]

    assert "stays per request" in OUTLINE.text
    assert (
        "stays per request" not in Outline(render_page(session, written_at=NOON)).text
    )


def test_a_session_without_checks_has_a_page_that_says_so() -> None:
    page = render_page(session_of(), written_at=NOON)

    assert Outline(page).disorder == []
    assert "No check was made in this session" in page


def test_of_hundreds_of_checks_only_the_first_is_open() -> None:
    session = usual_session()
    session["checks"] *= 50

    page = render_page(session, written_at=NOON)

    assert page.count("<details open>") == 1
    assert "50 leaks, 50 over limit, 50 errors" in page


def test_a_finding_says_what_the_baseline_has_on_it() -> None:
    leak = check(measurement(watched=(leaking(collection_finding()),)))
    page = render_page(session_of(in_baseline(leak)), written_at=NOON)

    assert any(
        text.strip() == "In baseline main already, and no worse"
        for text in Outline(page).texts
    )
