from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from gallery.running import INSTALLED
from integration.node_apps import (
    CheckApp,
    LaunchApp,
    OpenFactory,
    Probe,
    Probed,
    WriteApp,
    serving,
)

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endpoint import Verify
from pytest_nodeleak.fixtures.app import NodeApp
from pytest_nodeleak.fixtures.factory import NodeLeak
from pytest_nodeleak.inspection.resume import resume
from pytest_nodeleak.inspection.sampler import Sampler
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.nodejs.binary import NodeBinary, find_node
from pytest_nodeleak.nodejs.command import AppSpec
from pytest_nodeleak.nodejs.launcher import RunningApp
from pytest_nodeleak.settings.marker import MarkerSettings
from pytest_nodeleak.settings.settings import Settings

_MARK = "NODELEAK_INTEGRATION_TEST"


@pytest.fixture(scope="session")
def node() -> NodeBinary:
    return find_node(None, os.environ)


@pytest.fixture(scope="session")
def gallery_directory() -> Path:
    if not (INSTALLED / "node_modules").is_dir():
        pytest.fail(f"{INSTALLED} is not installed: run make test", pytrace=False)
    return INSTALLED


@pytest.fixture(autouse=True)
def no_process_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test whose app, or anything the app started, outlives it."""
    # Inherited by all that a test starts; orphans and new sessions keep it as well.
    mark = uuid.uuid4().hex
    monkeypatch.setenv(_MARK, mark)
    yield
    left = [process for process in psutil.process_iter() if _has(process, mark)]
    described = [_describe(process) for process in left]
    for process in left:
        _kill(process)
    assert described == []


def _has(process: psutil.Process, mark: str) -> bool:
    try:
        # Our own is not among them: the kernel shows what a process was started with.
        return process.environ().get(_MARK) == mark
    except psutil.Error:
        return False


def _describe(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {process.cmdline()}"
    except psutil.Error:
        return f"{process.pid} (just gone)"


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


@pytest.fixture
def write_app(tmp_path: Path) -> WriteApp:
    def write(source: str, name: str = "app.cjs") -> Path:
        path = tmp_path / name
        path.write_text(source, encoding="utf-8")
        return path

    return write


@pytest.fixture
def launch_app(
    node: NodeBinary, tmp_path: Path, no_process_is_left: None
) -> Iterator[LaunchApp]:
    del no_process_is_left  # asked for so that it looks after the apps have ended
    apps: list[RunningApp] = []

    def launch(
        command: str = "node app.cjs",
        *,
        env: Mapping[str, str] | None = None,
        max_old_space_size_mb: int | None = None,
        memory_limit_bytes: int | None = None,
        verify: Verify = True,
        ready_s: float = 20.0,
    ) -> RunningApp:
        spec = AppSpec(
            command=command,
            cwd=tmp_path,
            env=dict(env or {}),
            max_old_space_size_mb=max_old_space_size_mb,
            memory_limit_bytes=memory_limit_bytes,
            verify=verify,
        )
        app = stack.enter_context(
            RunningApp.launch(spec, node, Deadline(ready_s), resume=resume)
        )
        apps.append(app)
        return app

    with ExitStack() as stack:
        yield launch
    assert [app.base_url for app in apps if is_listening(app.base_url)] == []


@pytest.fixture
def records() -> list[Check | BrokenCheck]:
    """What the checks of a test recorded."""
    return []


@pytest.fixture
def open_factory(
    tmp_path: Path, records: list[Check | BrokenCheck], no_process_is_left: None
) -> Iterator[OpenFactory]:
    del no_process_is_left  # asked for so that it looks after the apps have ended

    def open_one(*, cwd: Path | None = None, budget_s: float = 60.0) -> NodeLeak:
        nodeleak = NodeLeak(
            settings=Settings(cwd=cwd or tmp_path),
            marker=MarkerSettings(policy=LeakPolicy(), budget_s=budget_s),
            test="integration",
            record=records.append,
        )
        stack.callback(nodeleak.close)
        return nodeleak

    with ExitStack() as stack:
        yield open_one


@pytest.fixture
def check_app(open_factory: OpenFactory) -> CheckApp:
    def start(
        command: str = "node app.cjs",
        *,
        cwd: Path | None = None,
        budget_s: float = 60.0,
    ) -> NodeApp:
        return open_factory(cwd=cwd, budget_s=budget_s).launch(command)

    return start


@pytest.fixture
def probe(write_app: WriteApp, launch_app: LaunchApp) -> Iterator[Probe]:
    def start(source: str) -> Probed:
        write_app(source)
        app = launch_app()
        client = stack.enter_context(
            InspectorClient.open(app.inspector_url, Deadline(10.0))
        )
        sampler = stack.enter_context(Sampler(client, app.pid, Deadline(10.0)))
        return Probed(app, client, sampler)

    with ExitStack() as stack:
        yield start


@pytest.fixture
def probed(probe: Probe) -> Probed:
    return probe(serving())


def is_listening(base_url: str) -> bool:
    address = urlsplit(base_url)
    try:
        with socket.create_connection((address.hostname, address.port or 80), 1.0):
            return True
    except OSError:
        return False
