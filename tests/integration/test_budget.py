"""A check keeps within its budget, and says what it could not do in it."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil
import pytest
from integration.node_apps import CheckApp, WriteApp, serving

from pytest_nodeleak.stages import snapshots

pytestmark = pytest.mark.nodejs

LEAKING = """
const kept = [], ballast = Array.from({ length: %(ballast)d }, (_, i) => ({ i, own: [i] }));
"""
ANSWERING = """
if (req.url === '/') return res.end(String(ballast.length));
kept.push({ url: req.url });
setTimeout(() => res.end(), %(answer_ms)d);
"""


@pytest.mark.parametrize(
    ("budget_s", "answer_ms", "ballast", "reason"),
    [
        pytest.param(0.5, 0, 0, "no snapshots were compared", id="next to nothing"),
        pytest.param(2, 9000, 0, "no snapshots were compared", id="slow answers"),
        pytest.param(3, 300, 0, "no snapshots were compared", id="few answers"),
        pytest.param(6, 0, 150_000, "comparing this heap takes", id="large heap"),
    ],
)
def test_what_does_not_fit_is_inconclusive_and_in_time(
    check_app: CheckApp,
    write_app: WriteApp,
    *,
    budget_s: float,
    answer_ms: int,
    ballast: int,
    reason: str,
) -> None:
    write_app(
        serving(
            ANSWERING % {"answer_ms": answer_ms}, setup=LEAKING % {"ballast": ballast}
        )
    )
    app = check_app(budget_s=budget_s)
    started = time.monotonic()
    report = app.hammer("GET /items/{n}")
    assert time.monotonic() - started < budget_s + 2
    assert report.verdict == "inconclusive"
    assert reason in str(report)
    assert "raise --nodeleak-budget" in str(report)


def test_a_snapshot_that_takes_longer_than_foreseen_is_given_up_in_time(
    check_app: CheckApp, write_app: WriteApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As on a machine that does other things.
    monkeypatch.setattr(snapshots, "_BYTES_PER_S", 1e12)
    write_app(
        serving(
            "res.end(String(ballast.length));", setup=LEAKING % {"ballast": 400_000}
        )
    )
    app = check_app(budget_s=6)
    started = time.monotonic()
    report = app.hammer("GET /items/{n}")
    # Closing the connection to an app that is busy takes a second.
    assert time.monotonic() - started < 6 + 3
    assert report.verdict == "inconclusive"
    # "longer than", unless the first took so long that the others are not begun.
    assert "comparing this heap takes " in str(report)
    assert "raise --nodeleak-budget" in str(report)


def test_a_scenario_that_waits_for_an_answer_is_abandoned_in_time(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(serving(ANSWERING % {"answer_ms": 9000}, setup=LEAKING % {"ballast": 0}))
    app = check_app(budget_s=1)
    started = time.monotonic()
    report = app.hammer(lambda http: http.get("/items"))
    assert time.monotonic() - started < 3
    assert report.verdict == "inconclusive"


@pytest.mark.parametrize(
    "budget_s",
    [3, pytest.param(4, marks=pytest.mark.matrix), 5, 6,
     pytest.param(8, marks=pytest.mark.matrix)],
)  # fmt: skip
def test_a_leak_is_never_acquitted_for_lack_of_time(
    check_app: CheckApp, write_app: WriteApp, budget_s: float
) -> None:
    write_app(serving(ANSWERING % {"answer_ms": 20}, setup=LEAKING % {"ballast": 0}))
    report = check_app(budget_s=budget_s).hammer("GET /items/{n}")
    assert report.verdict in {"leak", "inconclusive"}, str(report)


def test_the_report_says_where_the_time_went(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(serving())
    (took,) = [
        line
        for line in str(check_app().hammer("GET /{n}")).splitlines()
        if line.startswith("  took ")
    ]
    assert "screen" in took
    assert "identify" in took
    assert took.endswith("requests")


COMPUTING = """
const used = () => { const { user, system } = process.cpuUsage(); return user + system; };
const end = used() + 9_000;
while (used() < end);
res.end();
"""


def test_heavy_load_of_others_is_said_and_its_delays_are_not_the_app_s(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    """Eight requests of 9 ms are within the limit, unless three share the CPU."""
    write_app(serving(COMPUTING))
    app = check_app()
    psutil.Process(app.pid).cpu_affinity([0])
    burn = [
        sys.executable,
        "-c",
        "import os; os.sched_setaffinity(0, [0])\nwhile True: 1",
    ]
    burners = [subprocess.Popen(burn) for _ in range(2)]
    try:
        report = app.hammer("GET /{n}")
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
    assert report.verdict in {"clean", "inconclusive"}, str(report)
    assert "  note        other processes used " in str(report)
    assert report.loop_delay.waited_share > 0.5
    is_excused = "is not held against the app, which waited for a CPU" in str(report)
    assert is_excused == (report.loop_delay.p99 > 200)
