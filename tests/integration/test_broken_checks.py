"""Faults during a check: the error says what happened to the app."""

from __future__ import annotations

import os
from dataclasses import dataclass

import psutil
import pytest
from integration.node_apps import CheckApp, WriteApp, serving

from pytest_nodeleak import bench
from pytest_nodeleak.check import BrokenCheck, Check
from pytest_nodeleak.exceptions import AppExited, DeadlineExceeded, LoadFailed
from pytest_nodeleak.load import driver

pytestmark = pytest.mark.nodejs

Records = list[Check | BrokenCheck]

AT_THE_THOUSANDTH = """
if (req.url !== '/' && ++requests === 1000) {{ {fault} }}
res.end();
"""


@dataclass(frozen=True)
class Death:
    """How an app dies, and what is to be told about it."""

    fault: str
    returncode: int
    told: str


DEATHS = {
    "exit": Death("process.exit(3);", 3, "exit code 3"),
    "throw": Death("throw new Error('no such user');", 1, "Error: no such user"),
    "rejection": Death("Promise.reject(new Error('no')); return;", 1, "Error: no"),
    "abort": Death("process.abort();", -6, "SIGABRT (134)"),
    "kill": Death("process.kill(process.pid, 'SIGKILL'); return;", -9, "SIGKILL (137)"),
}


@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS)
def test_an_app_that_dies_under_load_is_told_by_exit_and_request(
    check_app: CheckApp, write_app: WriteApp, records: Records, death: Death
) -> None:
    dying = AT_THE_THOUSANDTH.format(fault=death.fault)
    write_app(serving(dying, setup="let requests = 0;"))
    app = check_app()
    with pytest.raises(AppExited) as failure:
        app.hammer("GET /items/{n}", concurrency=1)
    assert failure.value.returncode == death.returncode
    assert "at request 1,000: " in str(failure.value)
    assert death.told in str(failure.value)
    (record,) = records
    assert isinstance(record, BrokenCheck)
    assert record.crashed
    assert record.reason == str(failure.value)


def test_an_app_that_is_killed_while_it_is_read_is_told_so(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    # Silence after two thousand requests: a reading, a snapshot or the watch.
    write_app(
        serving(
            "if (req.url !== '/') { requests += 1; last = Date.now(); } res.end();",
            setup="""
let requests = 0, last = Infinity;
setInterval(() => {
  if (requests < 2000 || Date.now() - last < 50) return;
  require('node:child_process').spawn('kill', ['-9', String(process.pid)]);
}, 10);
""",
        )
    )
    with pytest.raises(AppExited, match=r"SIGKILL \(137\)") as failure:
        check_app().hammer("GET /items/{n}")
    assert failure.value.requests >= 2000


def test_an_app_that_died_between_two_checks_is_told_so(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(serving())
    app = check_app()
    psutil.Process(app.pid).kill()
    os.waitid(os.P_PID, app.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(AppExited, match=r"idle between checks: SIGKILL"):
        app.hammer("GET /items/{n}")


@pytest.mark.parametrize("status", [404, 500])
def test_a_route_that_fails_is_no_load(
    check_app: CheckApp, write_app: WriteApp, records: Records, status: int
) -> None:
    write_app(
        serving(f"console.error('oh no'); res.statusCode = {status}; res.end('sorry');")
    )
    with pytest.raises(LoadFailed) as failure:
        check_app().hammer("GET /items/{n}", concurrency=1)
    assert "requests went wrong, so there is nothing to judge" in str(failure.value)
    assert f"GET /items/1 answered {status}: sorry" in str(failure.value)
    assert "oh no" in str(failure.value)
    (record,) = records
    assert isinstance(record, BrokenCheck)
    assert not record.crashed


@pytest.mark.parametrize(
    ("concurrency", "error"),
    [
        pytest.param(8, LoadFailed, id="many requests hang"),
        pytest.param(1, DeadlineExceeded, id="one request hangs"),
    ],
)
def test_an_app_that_hangs_is_given_up_and_ended(
    check_app: CheckApp,
    write_app: WriteApp,
    monkeypatch: pytest.MonkeyPatch,
    concurrency: int,
    error: type[Exception],
) -> None:
    monkeypatch.setattr(bench, "_REPLY_S", 1.5)
    monkeypatch.setattr(driver, "_REQUEST_TIMEOUT_MS", 1500)
    write_app(
        serving(
            "if (req.url !== '/' && ++requests === 200) while (true); res.end();",
            setup="let requests = 0; process.on('SIGTERM', () => {});",
        )
    )
    app = check_app()
    with pytest.raises(error):
        app.hammer("GET /items/{n}", concurrency=concurrency)
    app.stop()
    assert not psutil.pid_exists(app.pid)


def test_a_server_that_closes_for_good_is_told_by_its_first_refusal(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(
        serving(
            """
res.setHeader('Connection', 'close');
res.end();
if (req.url !== '/' && ++requests === 300) server.close();
""",
            setup="let requests = 0; setInterval(() => {}, 1000);",
        )
    )
    with pytest.raises(LoadFailed, match=r"failed: .*onnect"):
        check_app().hammer("GET /items/{n}")
