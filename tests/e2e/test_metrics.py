"""Metrics of a session as files and over OTLP, from the workers of xdist."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from sessions import LEAK, session

from pytest_nodeleak.outputs.otlp import send_metrics

TESTS = Path(__file__).parents[1]


@dataclass
class Receiver:
    """A collector of OTLP over HTTP.

    Attributes:
        status: What it answers.
        bodies: What was posted to the path of metrics.

    """

    status: int = 200
    address: str = ""
    bodies: list[bytes] = field(default_factory=list)


@contextmanager
def receiving(status: int = 200) -> Iterator[Receiver]:
    receiver = Receiver(status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/metrics":
                receiver.bodies.append(body)
            self.send_response(receiver.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        receiver.address = f"127.0.0.1:{server.server_port}"
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def checked(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return a directory with tests that have checked something already."""
    pytester.makeini(f"[pytest]\npythonpath = {TESTS}")
    pytester.makepyfile(
        """
        from dataclasses import replace

        import pytest
        from sessions import CLEAN, LEAK

        from pytest_nodeleak.session.session import recorder

        @pytest.mark.parametrize("number", [0, 1])
        def test_it(request, number):
            check = [LEAK, CLEAN][number]
            recorder(request.node)(replace(check, id=f"t{number}"))
        """
    )
    return pytester


def test_one_session_of_several_workers_leaves_and_sends_metrics(
    checked: pytest.Pytester,
) -> None:
    with receiving() as receiver:
        result = checked.runpytest_subprocess(
            "--nodeleak",
            "-n2",
            "--nodeleak-metrics=run.om",
            "--nodeleak-metrics=run.emf",
            f"--nodeleak-otlp=http://{receiver.address}",
        )
    result.assert_outcomes(passed=2)

    text = (checked.path / "run.om").read_text(encoding="utf-8")
    written = {one.name: one for one in text_string_to_metric_families(text)}
    checks = {one.labels["check"] for one in written["nodeleak_requests"].samples}
    assert checks == {"t0", "t1"}
    lines = (checked.path / "run.emf").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["check"] for line in lines} == {"t0", "t1"}

    (body,) = receiver.bodies
    (resource,) = ExportMetricsServiceRequest.FromString(body).resource_metrics
    (scope,) = resource.scope_metrics
    sent = {one.name: one for one in scope.metrics}
    assert {name.replace(".", "_") for name in sent} == {
        sample.name for one in written.values() for sample in one.samples
    }
    slope = sent["nodeleak.heap_used_growth_bytes_per_request"]
    assert slope.unit == "By/{request}"
    assert {point.as_double for point in slope.gauge.data_points} == {0.0, 402.0}
    states = {
        (attributes["check"], attributes["state"])
        for point in sent["nodeleak.verdict"].gauge.data_points
        if point.as_double
        for attributes in [
            {one.key: one.value.string_value for one in point.attributes}
        ]
    }
    assert states == {("t0", "leak"), ("t1", "clean")}
    named = {one.key: one.value.string_value for one in resource.resource.attributes}
    assert named["service.name"] == "pytest-nodeleak"


def test_a_collector_that_refuses_is_told_and_fails_no_test(
    checked: pytest.Pytester,
) -> None:
    with receiving(status=400) as receiver:
        result = checked.runpytest_subprocess(
            "--nodeleak", f"--nodeleak-otlp=http://me:secret@{receiver.address}"
        )
    assert len(receiver.bodies) == 1
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.OK
    told = f"sent to http://{receiver.address}/v1/metrics (*400*); a collector *"
    result.stdout.fnmatch_lines([f"--nodeleak-otlp: metrics could not be {told}"])
    result.stdout.no_fnmatch_line("*could not be sent*secret*")


def test_nothing_is_sent_unless_it_is_asked_for(
    checked: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{receiver.address}")
        checked.runpytest_subprocess("--nodeleak").assert_outcomes(passed=2)
    assert receiver.bodies == []


def test_the_environment_says_where_to_and_what_the_resource_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with receiving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{receiver.address}/")
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.name=shop,stage=ci")
        problem = send_metrics(session(LEAK), target="env", ended_s=1.8e9)
    assert problem is None
    (body,) = receiver.bodies
    (resource,) = ExportMetricsServiceRequest.FromString(body).resource_metrics
    named = {one.key: one.value.string_value for one in resource.resource.attributes}
    assert named == {
        "service.name": "shop",
        "service.version": "0.1.0",
        "stage": "ci",
    }


def test_a_collector_that_is_not_there_is_told_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The exporter only tells why it tries again, so it must have time to.
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "3")
    with receiving() as receiver:
        pass
    address = f"http://me:secret@{receiver.address}/v1/metrics?key=hidden"
    problem = send_metrics(session(LEAK), target=address, ended_s=1.8e9)
    assert problem is not None
    assert "Connection refused" in problem
    assert "secret" not in problem
    assert "hidden" not in problem


def test_a_refusal_where_the_environment_says_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with receiving(status=400) as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{receiver.address}")
        problem = send_metrics(session(LEAK), target="env", ended_s=1.8e9)
    assert problem is not None
    assert "sent to where OTEL_EXPORTER_OTLP_ENDPOINT says (" in problem
    assert "400" in problem
