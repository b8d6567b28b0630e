"""A plugin of the pytest that runs a check into a fault: ``-p faults.injection``.

Which fault strikes when is told by the environment. What happened is written to
``told.json``, for the test that has started this pytest.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from faults.fault import Fault, Scene
from faults.stages import Stage, StageWatcher

from pytest_nodeleak.session.session import PROGRESS

TOLD = "told.json"


def pytest_configure(config: pytest.Config) -> None:
    injection = _Injection(config.rootpath)
    injection.prepare(config)
    config.pluginmanager.register(injection, "nodeleak-fault")


class _Injection:
    def __init__(self, directory: Path) -> None:
        part = importlib.import_module(os.environ["FAULT_PART"])
        faults: dict[str, Fault] = {one.name: one for one in part.FAULTS}
        self._fault = faults[os.environ["FAULT_NAME"]]
        self._stage = Stage[os.environ["FAULT_STAGE"]]
        self._directory = directory
        self._watcher = StageWatcher(self._stage, self._strike)
        self._told: dict[str, Any] = {}

    def prepare(self, config: pytest.Config) -> None:
        config.stash[PROGRESS] = self._watcher
        self._fault.configure(config)
        if self._stage is Stage.SNAPSHOT:
            _call_at_first_piece(lambda: self._watcher.reach(Stage.SNAPSHOT))

    def _strike(self) -> None:
        self._tell(struck_at_s=time.time())
        self._fault.strike(Scene(stage=self._stage, directory=self._directory))

    def _tell(self, **news: object) -> None:
        # Each time, as the next thing to happen may be the end.
        self._told |= news
        peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        path = self._directory / TOLD
        # Both a worker of xdist and its controller tell.
        told = json.loads(path.read_text()) if path.exists() else {}
        text = json.dumps({**told, **self._told, "peak_bytes": peak_kb * 1024})
        path.write_text(text, encoding="utf-8")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if call.excinfo is not None and "error" not in self._told:
            error = call.excinfo
            self._tell(error=error.typename, says=str(error.value))
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Generator[None, None, None]:
        self._watcher.reach(Stage.REPORT)
        return (yield)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        self._tell()


def _call_at_first_piece(reach: Callable[[], None]) -> None:
    """Look into what comes: no event tells that V8 is in the middle of a snapshot."""
    from pytest_nodeleak.heap.reader import SnapshotReader

    feed = SnapshotReader.feed

    def feeding(reader: SnapshotReader, text: str) -> None:
        reach()
        feed(reader, text)

    pytest.MonkeyPatch().setattr(SnapshotReader, "feed", feeding)
