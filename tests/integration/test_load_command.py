"""A tool of its own puts the load on the app."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psutil
import pytest
from integration.node_apps import CheckApp, WriteApp, serving

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endpoint import Endpoint
from pytest_nodeleak.exceptions import LoadCommandFailed
from pytest_nodeleak.load.command import CommandDriver, LoadCommand

pytestmark = pytest.mark.nodejs

ENDPOINT = Endpoint(base_url="http://127.0.0.1:9")
TOOL = """
const [url, count] = process.argv.slice(2);
(async () => {
  for (let n = 0; n < Number(count); n++) await (await fetch(url + '/users/' + n)).text();
  console.log(`warming up: 3 requests\\nsent: ${count} requests`);
})();
"""
COUNT = r"sent: (\d+) requests"


def driver(tmp_path: Path, tool: str, *, abandon_s: float = 10.0) -> CommandDriver:
    script = tmp_path / "tool.py"
    script.write_text(tool, encoding="utf-8")
    load = LoadCommand(command=f"{sys.executable} {script} {{requests}}", count=COUNT)
    return CommandDriver(load, ENDPOINT, abandon=Deadline(abandon_s))


def test_a_leak_under_the_load_of_another_tool_is_found(
    write_app: WriteApp, check_app: CheckApp, tmp_path: Path
) -> None:
    write_app(
        serving("kept.push({ url: req.url }); res.end();", setup="const kept = [];")
    )
    write_app(TOOL, "tool.cjs")
    report = check_app().hammer(
        load_command=f"node {tmp_path / 'tool.cjs'} {{base_url}} {{requests}}",
        load_count=COUNT,
        requests=900,
    )
    assert report.verdict == "leak", str(report)
    assert [one.holder and one.holder.name for one in report.findings] == ["kept"]
    assert report.findings[0].entries_per_request == pytest.approx(1.0, abs=0.02)


def test_what_the_tool_says_last_it_sent_counts(tmp_path: Path) -> None:
    sent = driver(tmp_path, "import sys; print('sent: 1 requests\\nsent: 7 requests')")
    assert sent.run(10, Deadline(5.0)).requests == 7


def test_a_tool_that_fails_is_shown_with_what_it_printed(tmp_path: Path) -> None:
    failing = driver(tmp_path, "import sys; print('no such script'); sys.exit(3)")
    with pytest.raises(LoadCommandFailed) as failure:
        failing.run(10, Deadline(5.0))
    assert failure.value.problem == "it ended with exit code 3"
    assert failure.value.output_tail == ("no such script",)


def test_a_tool_that_does_not_say_what_it_sent_is_shown(tmp_path: Path) -> None:
    with pytest.raises(LoadCommandFailed, match="finds no whole number"):
        driver(tmp_path, "print('done')").run(10, Deadline(5.0))


def test_a_tool_that_is_not_there_is_named(tmp_path: Path) -> None:
    load = LoadCommand(command="no-such-tool {requests}", count=COUNT)
    with pytest.raises(LoadCommandFailed, match="it cannot be started"):
        CommandDriver(load, ENDPOINT).run(10, Deadline(5.0))
    assert list(tmp_path.iterdir()) == []


def test_a_tool_is_ended_with_all_it_started_when_the_time_is_up(
    tmp_path: Path,
) -> None:
    endless = driver(
        tmp_path,
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)\n",
        abandon_s=1.0,
    )
    started_s = time.monotonic()
    assert endless.run(10, Deadline(5.0)).requests == 0
    assert time.monotonic() - started_s < 5.0
    pid = int((tmp_path / "pid").read_text())
    # Killed, but nobody waits for a grandchild except the system.
    deadline = Deadline(5.0)
    while is_running(pid) and not deadline.has_passed():
        time.sleep(0.01)
    assert not is_running(pid)


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
