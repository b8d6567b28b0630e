"""Small Node.js apps as text, and the types of the fixtures that start them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import requests

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import RemoteObject, evaluate
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endpoint import Verify
from pytest_nodeleak.fixtures.app import NodeApp
from pytest_nodeleak.fixtures.factory import NodeLeak
from pytest_nodeleak.inspection.live import LiveObjects
from pytest_nodeleak.inspection.sampler import Sampler
from pytest_nodeleak.nodejs.launcher import RunningApp

__all__ = [
    "CheckApp",
    "LaunchApp",
    "OpenFactory",
    "Probe",
    "Probed",
    "WriteApp",
    "ask",
    "serving",
]


class WriteApp(Protocol):
    """Writes an app to the test's directory."""

    def __call__(self, source: str, name: str = "app.cjs") -> Path: ...


class LaunchApp(Protocol):
    """Starts an app in the test's directory; it ends with the test."""

    def __call__(
        self,
        command: str = "node app.cjs",
        *,
        env: Mapping[str, str] | None = None,
        max_old_space_size_mb: int | None = None,
        memory_limit_bytes: int | None = None,
        verify: Verify = True,
        ready_s: float = 20.0,
    ) -> RunningApp: ...


class CheckApp(Protocol):
    """Starts an app as a test of a user's does; it ends with the test."""

    def __call__(
        self,
        command: str = "node app.cjs",
        *,
        cwd: Path | None = None,
        budget_s: float = 60.0,
    ) -> NodeApp: ...


class OpenFactory(Protocol):
    """Opens what a test of a user's gets as ``nodeleak``; its apps end with the test."""

    def __call__(
        self, *, cwd: Path | None = None, budget_s: float = 60.0
    ) -> NodeLeak: ...


@dataclass(frozen=True)
class Probed:
    """A running app with a probe inside."""

    app: RunningApp
    client: InspectorClient
    sampler: Sampler

    @property
    def objects(self) -> LiveObjects:
        return LiveObjects(self.client)

    def value(self, expression: str) -> object:
        answer = self.client.execute(evaluate(expression), Deadline(10.0))
        assert answer.thrown is None
        return answer.value

    def value_of_promise(self, expression: str) -> object:
        command = evaluate(expression, await_promise=True)
        answer = self.client.execute(command, Deadline(10.0))
        assert answer.thrown is None
        return answer.value

    def live(self, expression: str) -> RemoteObject:
        answer = self.client.execute(evaluate(expression, group="test"), Deadline(10.0))
        assert answer.remote is not None
        return answer.remote


class Probe(Protocol):
    """Starts this app, with a probe inside."""

    def __call__(self, source: str) -> Probed: ...


def ask(app: RunningApp, path: str = "/") -> str:
    """Send one request and return the body of the answer."""
    with requests.Session() as http:
        http.trust_env = False
        return http.get(app.base_url + path, timeout=10).text


def serving(
    handler: str = "res.end('ok');",
    *,
    setup: str = "",
    listen: str = "process.env.PORT, '127.0.0.1'",
) -> str:
    """Return an app (CommonJS) whose request handler has this body."""
    return f"""
const http = require('node:http');
{setup}
const server = http.createServer((req, res) => {{
  {handler}
}});
server.listen({listen});
"""
