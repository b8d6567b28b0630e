"""A pytest plugin that notes, after each check, what the pytest process itself takes."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from pytest_nodeleak.report.html.checks import STATES
from pytest_nodeleak.session.session import SETTINGS, records_of

_SECONDS = "NODELEAK_SOAK_SECONDS"
_SAMPLES = "NODELEAK_SOAK_SAMPLES"


class Watching:
    """Writes a line of JSON per check; ends the session when the time is over."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._process = psutil.Process()
        self._began_s = time.monotonic()
        self._allowed_s = float(os.environ[_SECONDS])
        self._samples = Path(os.environ[_SAMPLES])
        self._number = 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_logreport(
        self, report: pytest.TestReport
    ) -> Generator[None, None, None]:
        """Note a sample when everybody else has taken the last report of a test."""
        yield
        if report.when != "teardown":
            return
        sample = {
            "number": self._number,
            "kind": report.nodeid.partition("-")[2].rstrip("]"),
            "verdict": _verdict(records_of(report)),
            "elapsed_s": round(time.monotonic() - self._began_s, 1),
            **self._ours(),
            **self._app_s(),
        }
        self._number += 1
        with self._samples.open("a", encoding="utf-8") as file:
            file.write(json.dumps(sample) + "\n")

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Run no more tests when the time is over."""
        if time.monotonic() - self._began_s > self._allowed_s:
            item.session.shouldstop = "the time of the long session is over"

    def _ours(self) -> dict[str, int]:
        """Return what this process has; its app has ended with the test."""
        memory = self._process.memory_full_info()
        return {
            "uss_bytes": memory.uss,
            "pss_bytes": memory.pss,
            "rss_bytes": memory.rss,
            "python_blocks": sys.getallocatedblocks(),
            "fds": self._process.num_fds(),
            "threads": self._process.num_threads(),
            "children": len(self._process.children(recursive=True)),
            "temporary_files": _files(Path(tempfile.gettempdir())),
            "artifacts": self._taken_artifacts(),
        }

    def _taken_artifacts(self) -> int:
        """Count what the check has left, and make room: two hours of it fill a disk."""
        directory = self._config.stash[SETTINGS].artifacts.directory
        assert directory is not None
        number = _files(directory)
        shutil.rmtree(directory, ignore_errors=True)
        return number

    def _app_s(self) -> dict[str, int]:
        """Return what the app takes that is attached to again and again."""
        attach = self._config.stash[SETTINGS].attach
        assert attach is not None
        with requests.Session() as http:
            http.trust_env = False
            memory: dict[str, int] = http.get(
                f"{attach.base_url}/memory/", timeout=30
            ).json()
        return {
            "app_heap_bytes": memory["heapUsed"],
            "app_external_bytes": memory["external"],
            "app_rss_bytes": memory["rss"],
        }


def _files(directory: Path) -> int:
    return sum(path.is_file() for path in directory.rglob("*"))


def _verdict(records: list[dict[str, Any]]) -> str:
    verdicts = {record["verdict"] for record in records}
    # Of two routes it is the worse one that counts.
    return min(verdicts, key=list(STATES).index, default="none")


def pytest_configure(config: pytest.Config) -> None:
    """Watch this process."""
    config.pluginmanager.register(Watching(config), "soak-watching")
