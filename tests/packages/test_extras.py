"""With the extras there is a Node.js, OpenAPI documents are read, and metrics sent."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from packages.archives import ROOT
from packages.environments import Environment

EXTRAS = ("node", "openapi", "otlp")
DOCUMENT = """\
openapi: 3.1.0
info: {title: Bookshop, version: "1"}
paths:
  /fixed/books/{id}:
    get:
      parameters: [{name: id, in: path, schema: {type: integer, minimum: 1}}]
"""


class Collector(HTTPServer):
    """Takes metrics.

    Attributes:
        bodies: What was posted.

    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.bodies: list[bytes] = []


class _Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Return what listens for metrics."""
    with Collector() as server:
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


def test_nothing_is_lacking(environment: Environment) -> None:
    assert environment.lacking() == []


def test_what_they_depend_on_fits_together(environment: Environment) -> None:
    environment.check()


def test_an_openapi_document_is_swept_with_the_embedded_node_and_metrics_are_sent(
    environment: Environment, collector: Collector, tmp_path: Path
) -> None:
    for file in (ROOT / "example_app").glob("*.mjs"):
        shutil.copy(file, tmp_path)
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    run = environment.run(
        *("-m", "pytest", "-p", "no:cacheprovider", "-rA", "--nodeleak"),
        *("--nodeleak-app", "node server.mjs", "--nodeleak-openapi", "openapi.yaml"),
        *("--nodeleak-otlp", f"http://127.0.0.1:{collector.server_port}"),
        cwd=tmp_path,
        PATH=str(tmp_path),
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 passed" in run.stdout
    [metrics] = collector.bodies
    assert b"nodeleak" in metrics
