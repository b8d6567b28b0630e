"""However a session ends, no process of the app and no cgroup is left."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from kernel_limits import kernel_lets_us_limit

from pytest_nodeleak.nodejs.groups import groups_of

_DEADLINE_S = 30.0
_RUN_INTERRUPTIBLE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import pytest
sys.exit(pytest.main(["--nodeleak", "--nodeleak-memory-limit", "512 MiB"]))
"""
_RUN_ENDABLE = """
import signal, sys
for number in signal.SIGTERM, signal.SIGHUP:
    signal.signal(number, signal.SIG_DFL)
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


def apps_of(directory: Path) -> list[psutil.Process]:
    """Return the Node processes that run in a directory."""
    return [
        process
        for process in psutil.process_iter(["name", "cwd"])
        if process.info["name"] == "node" and process.info["cwd"] == str(directory)
    ]


def memory_groups_of(pid: int) -> list[Path]:
    """Return the memory cgroups a pytest has made for its apps."""
    return [
        path
        for group in groups_of("self")
        for path in group.path.glob(f"nodeleak-*-{pid}-*")
    ]


def wait_for_app(directory: Path) -> None:
    wait_until(lambda: bool(apps_of(directory)), "the app never started")


def wait_until(is_so: Callable[[], bool], complaint: str) -> None:
    end = time.monotonic() + _DEADLINE_S
    while not is_so():
        assert time.monotonic() < end, complaint
        time.sleep(0.05)


@pytest.mark.parametrize("delay_s", [0.0, 1.0, 2.5])
def test_ctrl_c_ends_the_app(project: pytest.Pytester, delay_s: float) -> None:
    project.makepyfile(
        'def test_it(node_app): node_app.hammer("GET /leak/{n}").assert_bounded()'
    )
    session = subprocess.Popen(
        # A shell tells its background jobs to ignore the signal, and they pass that on.
        [sys.executable, "-c", _RUN_INTERRUPTIBLE],
        cwd=project.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    wait_for_app(project.path)
    time.sleep(delay_s)
    assert len(memory_groups_of(session.pid)) == kernel_lets_us_limit()
    session.send_signal(signal.SIGINT)
    output, _ = session.communicate(timeout=_DEADLINE_S)
    assert session.returncode == pytest.ExitCode.INTERRUPTED
    assert b"KeyboardInterrupt" in output
    assert apps_of(project.path) == []
    assert memory_groups_of(session.pid) == []


@pytest.mark.parametrize(
    ("number", "workers"), [(signal.SIGHUP, []), (signal.SIGTERM, ["-n1"])]
)
def test_a_signal_that_ends_pytest_ends_the_app(
    project: pytest.Pytester, number: signal.Signals, workers: list[str]
) -> None:
    project.makepyfile(
        'def test_it(node_app): node_app.hammer("GET /leak/{n}").assert_bounded()'
    )
    session = subprocess.Popen(
        # Whoever runs us may ignore it, as nohup does.
        [sys.executable, "-c", _RUN_ENDABLE, "--nodeleak", *workers],
        cwd=project.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    wait_for_app(project.path)
    session.send_signal(number)
    output, _ = session.communicate(timeout=_DEADLINE_S)
    assert session.returncode == pytest.ExitCode.INTERRUPTED
    assert f"KeyboardInterrupt: {number.name}".encode() in output
    assert apps_of(project.path) == []


def test_checks_that_are_broken_off_are_recorded_with_what_was_finished(
    project: pytest.Pytester,
) -> None:
    project.makepyfile(
        """
        import time
        import pytest

        @pytest.mark.timeout(1, func_only=True)
        def test_too_slow(node_app):
            node_app.hammer(lambda http: time.sleep(60))

        def test_undecided(node_app):
            node_app.hammer(lambda http: pytest.skip("not today"))

        def test_wrong(node_app):
            node_app.hammer(lambda http: 1 / 0)

        def test_interrupted(node_app):
            def press_ctrl_c(http):
                raise KeyboardInterrupt

            node_app.hammer("GET /plain/{n}", requests=300)
            node_app.hammer(press_ctrl_c)
        """
    )
    result = project.runpytest_subprocess("--nodeleak", "--nodeleak-json=record.json")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    checks = json.loads((project.path / "record.json").read_text())["checks"]
    told = [
        (
            check["test"]["id"].partition("::")[2],
            check["test"]["outcome"],
            check["verdict"],
            check["verdict"] == "error" and check["reason"],
        )
        for check in checks
    ]
    timeout = "Timeout (>1.0s) from pytest-timeout."
    assert told == [
        (
            *("test_too_slow", "failed", "error"),
            f"broken off in its stage screen: {timeout}",
        ),
        (
            *("test_wrong", "failed", "error"),
            "broken off in its stage screen: the test raised ZeroDivisionError",
        ),
        ("test_interrupted", "interrupted", "clean", False),
        (
            *("test_interrupted", "interrupted", "error"),
            "broken off by Ctrl-C (SIGINT) in its stage screen",
        ),
    ]
    assert apps_of(project.path) == []


def test_an_app_does_not_outlive_a_pytest_that_is_killed(
    project: pytest.Pytester,
) -> None:
    project.makefile(
        ".cjs",
        parent="""\
        process.on('SIGTERM', () => {});
        const started = { detached: true, stdio: 'inherit' };
        require('node:child_process').spawn(process.execPath, ['server.cjs'], started);
        """,
    )
    project.makepyfile(
        'def test_it(node_app): node_app.hammer("GET /plain/{n}").assert_bounded()'
    )
    session = subprocess.Popen(
        [
            *(sys.executable, "-m", "pytest", "--nodeleak"),
            *("--nodeleak-app=node parent.cjs", "--nodeleak-memory-limit=512 MiB"),
        ],
        cwd=project.path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: len(apps_of(project.path)) > 1, "the app never started")
    except AssertionError:
        session.kill()
        raise
    assert len(memory_groups_of(session.pid)) == kernel_lets_us_limit()
    session.kill()
    session.wait()
    wait_until(lambda: apps_of(project.path) == [], "the app runs on")
    wait_until(lambda: memory_groups_of(session.pid) == [], "its cgroup is left")


def test_a_killed_app_is_reported_and_nothing_is_left(
    project: pytest.Pytester, request: pytest.FixtureRequest
) -> None:
    project.makepyfile(
        """
        import os, signal, threading

        def test_it(node_app):
            killer = threading.Timer(1.0, os.kill, (node_app.pid, signal.SIGKILL))
            killer.start()
            node_app.hammer("GET /plain/{n}")
        """
    )
    result = project.runpytest_subprocess("--nodeleak", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["killed from outside * SIGKILL (137), *"])
    assert apps_of(project.path) == []
    own = {"server.cjs", "pyproject.toml", "stdout", "stderr", "__pycache__"}
    left = {path.name for path in project.path.iterdir()} - own
    assert {name.partition("-")[0] for name in left} <= {
        "runpytest",
        f"{request.node.originalname}.py",
    }
