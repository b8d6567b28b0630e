"""Nothing of an app outlives it; the fixture ``no_process_is_left`` looks as well."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import psutil
import pytest
from integration.node_apps import LaunchApp, WriteApp, ask, serving

from pytest_nodeleak.exceptions import AppExited, AppNotReady

pytestmark = pytest.mark.nodejs

IGNORE_SIGTERM = "process.on('SIGTERM', () => {});"
GRANDCHILD = f"{IGNORE_SIGTERM} console.log('up'); setInterval(() => {{}}, 1000);"


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def daemon_in(directory: Path) -> int:
    """Return the process id of a daemon as soon as it has written it down."""
    path, end = directory / "daemon.pid", time.monotonic() + 10.0
    while not path.exists() or not path.read_text():
        assert time.monotonic() < end, "the daemon never ran"
        time.sleep(0.02)
    return int(path.read_text())


def spawning(*, detached: str) -> str:
    """Return an app that answers with the id of a process it started."""
    return serving(
        "started.then((pid) => res.end(String(pid)));",
        setup=f"""
const {{ spawn }} = require('node:child_process');
const child = spawn(process.execPath, ['child.cjs'], {{ detached: {detached} }});
const started = new Promise((done) => child.stdout.once('data', () => done(child.pid)));
""",
    )


def test_an_app_that_ignores_sigterm_is_gone_after_stop(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(serving(setup=IGNORE_SIGTERM))
    app = launch_app()
    app.stop()
    assert not is_alive(app.pid)


def test_one_more_ctrl_c_while_an_app_is_ended_ends_it_at_once(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(serving(setup=IGNORE_SIGTERM))
    app = launch_app()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(KeyboardInterrupt):
            app.stop()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert not is_alive(app.pid)


@pytest.mark.parametrize("detached", ["false", "true"])
@pytest.mark.parametrize("command", ["node app.cjs", "sh -c 'node app.cjs; true'"])
def test_what_an_app_started_is_gone_after_stop(
    write_app: WriteApp, launch_app: LaunchApp, detached: str, command: str
) -> None:
    write_app(GRANDCHILD, "child.cjs")
    write_app(spawning(detached=detached))
    app = launch_app(command)
    grandchild = int(ask(app))
    assert is_alive(grandchild)
    app.stop()
    assert not is_alive(grandchild)


# The shell is gone at once, and what it leaves is in a session of its own.
DAEMON = f"""{IGNORE_SIGTERM} setInterval(() => {{}}, 1000);
require('node:fs').writeFileSync('daemon.pid', String(process.pid));"""
TO_BACKGROUND = "setsid node daemon.cjs > /dev/null 2>&1 < /dev/null &"


def test_a_daemon_that_an_app_started_is_gone_after_stop(
    write_app: WriteApp, launch_app: LaunchApp, tmp_path: Path
) -> None:
    write_app(DAEMON, "daemon.cjs")
    write_app(
        serving(setup=f"require('node:child_process').execSync('{TO_BACKGROUND}');")
    )
    app = launch_app()
    daemon = daemon_in(tmp_path)
    assert is_alive(daemon)
    app.stop()
    assert not is_alive(daemon)


def test_an_app_that_becomes_a_daemon_is_told_so_and_ended(
    write_app: WriteApp, launch_app: LaunchApp, tmp_path: Path
) -> None:
    write_app(DAEMON, "daemon.cjs")
    write_app(f"{TO_BACKGROUND}\nsleep 1\n", "start.sh")
    with pytest.raises(AppExited) as failure:
        launch_app("sh start.sh")
    daemon = daemon_in(tmp_path)
    assert failure.value.in_background == daemon
    assert not is_alive(daemon)


def test_stopping_twice_is_fine(write_app: WriteApp, launch_app: LaunchApp) -> None:
    write_app(serving())
    app = launch_app()
    app.stop()
    app.stop()
    assert not app.is_alive()


def test_what_a_failing_start_leaves_behind_is_ended(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(GRANDCHILD, "child.cjs")
    write_app(
        """
const { spawn } = require('node:child_process');
const child = spawn(process.execPath, ['child.cjs'], { stdio: ['ignore', 'pipe', 2] });
child.stdout.once('data', () => {
  console.log(child.pid);
  process.exit(3);
});
"""
    )
    with pytest.raises(AppExited) as failure:
        launch_app()
    assert failure.value.returncode == 3
    assert not is_alive(int(failure.value.output_tail[-1]))


def test_an_app_that_is_not_ready_in_time_is_ended(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(
        f"{IGNORE_SIGTERM} console.log(process.pid); setInterval(() => {{}}, 99);"
    )
    with pytest.raises(AppNotReady) as failure:
        launch_app(ready_s=1.5)
    assert not is_alive(int(failure.value.output_tail[0]))
