"""Failing checks of an app with secrets and the worst of names: what comes out of them."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.nodejs

# In no line of the sources as a whole: lines around a culprit are quoted.
MARK = "hunter2"
APP = r"""
const http = require('node:http');
const name = '\x1b]0;owned\x07\x1b[2J</script><script>alert(1)</script>'
  + '\n::error::x\r\u202e\ud800';
const Evil = { [name]: class {} }[name];
const secret = (what) => ['hunter', 2, '-', what].join('');
const sessions = new Map();
process.title = name;
console.log('::stop-commands::x\n  ::error::owned ##[error]x\n' + name);
http.createServer((request, response) => {
  const entry = new Evil();
  entry[name] = request.headers.authorization;
  Object.assign(entry, { cookie: request.headers.cookie, url: request.url,
    text: secret('text') + sessions.size, env: process.env.TOKEN });
  const path = request.url.slice(0, 4);
  if (path === '/lea') sessions.set(secret('key') + sessions.size, entry);
  if (path === '/gon') response.statusCode = 404;
  if (path === '/die') throw new Error(name);
  response.end(name);
}).listen(process.env.PORT, '127.0.0.1');
"""
TESTS = """
import pytest

SECRET = "hunter" + "2-of-the-client"

def asking(path):
    def ask(http):
        http.get(path, params={"token": SECRET}, cookies={"session": SECRET},
                 headers={"Authorization": "Bearer " + SECRET})
    return ask

@pytest.mark.parametrize("name", ["../../../../escaped"])
def test_leak(node_app, name):
    node_app.hammer(asking("/leak")).assert_bounded()

def test_gone(node_app):
    node_app.hammer(asking("/gone")).assert_bounded()

def test_die(node_app):
    node_app.hammer(asking("/die")).assert_bounded()
"""
OPTIONS = {
    "json": ["r.json"],
    "html": ["r.html"],
    "sarif": ["r.sarif"],
    "metrics": ["r.om", "r.emf", "r.prom"],
    "save": ["base.json"],
    "artifacts": ["kept"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is left of a session.

    Attributes:
        log: What was printed.
        folder: With all that was written, but for the app and its tests.

    """

    log: str
    folder: Path

    def files(self) -> Iterator[Path]:
        """Yield all files that were written."""
        return (one for one in self.folder.rglob("*") if one.is_file())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("secrets")
    app, out = folder / "app", folder / "out"
    app.mkdir()
    (app / "server.cjs").write_text(APP)
    (app / "test_app.py").write_text(TESTS)
    (app / "pytest.ini").write_text("[pytest]\n")
    given = [
        f"--nodeleak-{option}={out / name}"
        for option, names in OPTIONS.items()
        for name in names
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-rA", "-p", "no:cacheprovider",
         "--nodeleak", "--nodeleak-app=node server.cjs",
         f"--junitxml={out / 'junit.xml'}", *given],
        cwd=app,
        env={**os.environ, "TOKEN": f"{MARK}-of-the-environment",
             "GITHUB_ACTIONS": "true", "PYTHONDONTWRITEBYTECODE": "1",
             "GITHUB_STEP_SUMMARY": str(folder / "summary.md")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        umask=0,
    )  # fmt: skip
    return Run(log=done.stdout.decode(), folder=folder)


def test_no_secret_is_in_any_output_nor_in_any_file(run: Run) -> None:
    assert "leaks 1.00 entry/request" in run.log
    assert MARK not in run.log
    assert "GET /gone?token=… answered 404" in run.log

    written = {one.name: one.read_bytes() for one in run.files()}
    assert written.keys() >= {"r.json", "r.html", "r.sarif", "r.om", "base.json"}
    assert any(name.endswith(".redacted.heapsnapshot") for name in written)
    assert [name for name, data in written.items() if MARK.encode() in data] == []


def test_a_terminal_and_a_runner_obey_nothing_of_the_app(run: Run) -> None:
    lines = run.log.split("\n")
    assert all(line.isprintable() for line in lines)
    commands = [line for line in lines if re.match(r"\s*::.*::", line)]
    assert len(commands) == 3
    assert all(line.startswith("::error file=") for line in commands)
    assert not re.search(r"##\[", run.log)


def test_the_files_are_whole_and_nowhere_else(run: Run) -> None:
    ET.parse(run.folder / "out" / "junit.xml")
    page = (run.folder / "out" / "r.html").read_text(encoding="utf-8")
    assert "alert(1)</script>" not in page
    kept = run.folder / "out" / "kept"
    named = [one for one in run.files() if "escaped" in one.name]
    assert named
    assert {one.parent for one in named} == {kept}
    assert {one.name for one in run.folder.iterdir()} == {"app", "out", "summary.md"}


def test_artifacts_are_for_their_owner_whatever_the_umask(run: Run) -> None:
    kept = run.folder / "out" / "kept"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(one.stat().st_mode) for one in kept.iterdir()}
    assert modes == {0o600}
