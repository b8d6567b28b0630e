"""A sample of the gallery, each case once; ``make gallery`` checks all of it, and often.

The sample has every kind of leak, and the clean services that come closest to one.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from gallery.cases import CASES, Case, Leak
from gallery.outcomes import Outcome, mistakes
from integration.node_apps import CheckApp

from pytest_nodeleak.exceptions import LeakDetected
from pytest_nodeleak.nodejs.binary import NodeBinary

_CASE = Case(
    name="planted",
    file="app.mjs",
    target="GET /{n}",
    leak=Leak(holders=("cache",), owners=("app.mjs",), mentions=("loadUser",)),
)
_RIGHT = Outcome(
    case="planted",
    node="v24.0.0",
    verdict="leak",
    kind="collection",
    holder="cache",
    owner="app.mjs",
    entries_per_request=1.0,
    elapsed_s=5.0,
    text="put there loadUser app.mjs:5:12",
)


# One of each kind is enough for every change; the others take longest.
MATRIX = {
    "import-query",
    "piscina-pools",
    "undici-pools",
    "load-samples",
    "node-cache-fixed",
    "quick-lru",
    "request-context",
    "undici-fixed",
    "promise-race",
    "p-queue-signal",
    "node-cron",
    "rate-limiter-flexible",
    "ws-fixed",
    "koa-errors",
    "exit-hook",
    "dataloader",
}
SAMPLE = MATRIX | {
    "async-hooks",
    "eventemitter3",
    "memoizee",
    "multer",
    "rate-limit-timers",
    "ws",
    "express",
    "fastify",
    "lru-cache",
}


def test_the_sample_is_of_the_gallery() -> None:
    assert {case.name for case in CASES} >= SAMPLE


@pytest.mark.nodejs
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case,
            id=case.name,
            marks=[pytest.mark.matrix] if case.name in MATRIX else [],
        )
        for case in CASES
        if case.name in SAMPLE
    ],
)
def test_a_service_is_judged_as_its_programmer_would(
    check_app: CheckApp, node: NodeBinary, gallery_directory: Path, case: Case
) -> None:
    app = check_app(f"node {case.file}", cwd=gallery_directory)
    report = app.hammer(case.target, **case.hammer)
    print(report)
    outcome = Outcome.of_report(report, case=case.name, node=node.version)
    assert mistakes(outcome, case) == ()
    if case.leak is None:
        report.assert_bounded()
    else:
        with pytest.raises(LeakDetected):
            report.assert_bounded()


def test_the_right_answer_has_no_mistakes() -> None:
    assert mistakes(_RIGHT, _CASE) == ()


@pytest.mark.parametrize(
    ("wrong", "mistake"),
    [
        (replace(_RIGHT, verdict="clean"), "verdict clean instead of leak"),
        (replace(_RIGHT, kind="closure"), "kind closure instead of collection"),
        (replace(_RIGHT, holder="roots"), "holder roots instead of cache"),
        (replace(_RIGHT, owner=None), "owner None instead of app.mjs"),
        (replace(_RIGHT, text=""), "loadUser not mentioned"),
        (
            replace(_RIGHT, entries_per_request=2.0),
            "2.00 entries per request instead of 1.00",
        ),
    ],
)
def test_each_mistake_is_seen(wrong: Outcome, mistake: str) -> None:
    assert mistakes(wrong, _CASE) == (mistake,)


def test_a_false_alarm_is_a_mistake() -> None:
    assert mistakes(_RIGHT, replace(_CASE, leak=None)) == (
        "verdict leak instead of clean",
    )
