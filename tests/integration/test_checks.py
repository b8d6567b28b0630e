"""Leaks of every shape and their look-alikes, from the launch to the report."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from integration.node_apps import CheckApp, WriteApp, serving

from pytest_nodeleak.exceptions import LeakDetected
from pytest_nodeleak.fixtures.outcome import Report
from pytest_nodeleak.inspection import sampler
from pytest_nodeleak.stages import experiment

pytestmark = pytest.mark.nodejs


@dataclass(frozen=True)
class Shape:
    """How something piles up, and what keeps its look-alike bounded.

    Attributes:
        setup: Module scope.
        leaky: Body of the handler that leaks.
        bounded: Body of the handler that does not.
        holder: What is to be named.
        kinds: What it may be called.
        size: Entries in it are counted.

    """

    setup: str
    leaky: str
    bounded: str
    holder: str
    kinds: frozenset[str] = frozenset({"collection"})
    size: bool = True


SHAPES = {
    "array of small objects": Shape(
        setup="const audit = [];",
        leaky="audit.push({ url: req.url, status: 200 });",
        bounded="""
audit.push({ url: req.url, status: 200 });
if (audit.length > 500) audit.shift();
""",
        holder="audit",
    ),
    "array in a class": Shape(
        setup="""
class Journal { #lines = []; add(line, most) {
  this.#lines.push(line);
  if (this.#lines.length > most) this.#lines.shift();
} }
const journal = new Journal();
""",
        leaky="journal.add({ url: req.url }, Infinity);",
        bounded="journal.add({ url: req.url }, 300);",
        holder="journal.#lines",
    ),
    "linked list, newest first": Shape(
        setup="let newest = null;",
        leaky="newest = { url: req.url, next: newest };",
        bounded="""
newest = { url: req.url, next: newest };
let at = newest;
for (let i = 0; at && i < 50; i++) at = at.next;
if (at) at.next = null;
""",
        holder="newest",
        kinds=frozenset({"collection", "context"}),
        size=False,
    ),
    "linked list, oldest first": Shape(
        setup="""
let oldest = { next: null }, tail = oldest, length = 0;
const first = () => oldest; // without this V8 lets go of it
""",
        leaky="tail = tail.next = { url: req.url, next: null };",
        bounded="""
tail = tail.next = { url: req.url, next: null };
if (++length > 300) oldest = oldest.next;
""",
        holder="oldest",
        kinds=frozenset({"collection", "context"}),
        size=False,
    ),
    "chain of wrappers": Shape(
        setup="""
let log = (line) => line;
const wrap = (inner, url) => (line) => inner(`${url} ${line}`);
""",
        leaky="log = wrap(log, req.url);",
        bounded="const before = log; log = wrap(log, req.url); log('x'); log = before;",
        holder="log",
        kinds=frozenset({"closure", "context"}),
        size=False,
    ),
    "set of sockets": Shape(
        setup="const sockets = new Set();",
        leaky="sockets.add(req.socket); res.setHeader('Connection', 'close');",
        bounded="""
sockets.add(req.socket); res.setHeader('Connection', 'close');
req.socket.on('close', () => sockets.delete(req.socket));
""",
        holder="sockets",
    ),
    "object as a dictionary": Shape(
        setup="const byUrl = {}; const urls = [];",
        leaky="byUrl[req.url] = { hits: 1 };",
        bounded="""
byUrl[req.url] = { hits: 1 };
if (urls.push(req.url) > 200) delete byUrl[urls.shift()];
""",
        holder="byUrl",
    ),
}


def hammered(check_app: CheckApp, write_app: WriteApp, setup: str, body: str) -> Report:
    write_app(serving(f"if (req.url !== '/') {{ {body} }} res.end();", setup=setup))
    report = check_app().hammer("GET /items/{n}")
    print(report)
    return report


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_what_piles_up_is_a_leak_with_a_name(
    check_app: CheckApp, write_app: WriteApp, shape: Shape
) -> None:
    report = hammered(check_app, write_app, shape.setup, shape.leaky)
    with pytest.raises(LeakDetected, match=r"\nGET /items/\{n\} leaks "):
        report.assert_bounded()
    culprit = report.findings[0]
    assert culprit.holder is not None
    assert culprit.holder.name == shape.holder
    assert culprit.holder.place is not None
    assert culprit.holder.place.file == "app.cjs"
    assert culprit.kind in shape.kinds
    assert culprit.entries_per_request >= 0.95
    if shape.size:
        assert culprit.entries_per_request <= 1.05
        assert culprit.holder.size is not None
        assert culprit.holder.size > 100


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_what_is_bounded_is_clean(
    check_app: CheckApp, write_app: WriteApp, shape: Shape
) -> None:
    report = hammered(check_app, write_app, shape.setup, shape.bounded)
    assert report.verdict == "clean"
    report.assert_bounded()


def test_several_routes_are_judged_each_by_itself(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(
        serving(
            "if (req.url.startsWith('/leaky')) kept.push({ url: req.url }); res.end();",
            setup="const kept = [];",
        )
    )
    reports = check_app().hammer(["GET /fine/{n}", "GET /leaky/{n}", "GET /good"])
    assert [report.verdict for report in reports] == ["clean", "leak", "clean"]
    with pytest.raises(LeakDetected) as failure:
        reports.assert_bounded()
    assert str(failure.value).startswith("Heap leak: memory climbs with every request")
    assert "\nGET /leaky/{n} leaks " in str(failure.value)
    assert "/fine" not in str(failure.value)


def test_an_expected_failure_can_be_clean(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(serving("res.statusCode = req.url === '/' ? 200 : 500; res.end();"))
    report = check_app().hammer("GET /broken/{n}", expect_status=500)
    assert report.verdict == "clean"


def test_an_expected_failure_can_leak(check_app: CheckApp, write_app: WriteApp) -> None:
    write_app(
        serving(
            "errors.push(new Error(req.url)); res.statusCode = 500; res.end();",
            setup="const errors = [];",
        )
    )
    report = check_app().hammer("GET /broken/{n}", expect_status=500)
    assert report.verdict == "leak"
    assert report.findings[0].holder is not None
    assert report.findings[0].holder.name == "errors"


def test_a_leak_stays_one_where_the_inspector_is_late_in_the_end(
    check_app: CheckApp, write_app: WriteApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiment, "_SOURCES_S", 0.0)
    monkeypatch.setattr(sampler, "_CLOSE_S", 0.0)
    shape = SHAPES["array of small objects"]
    report = hammered(check_app, write_app, shape.setup, shape.leaky)
    assert report.verdict == "leak"
    assert "V8 did not hand over the scripts it runs" in str(report)
    assert "the measuring probe could not be taken out of the app" in str(report)
