"""Apps on HTTPS, HTTP/2 and Unix sockets are found, loaded and checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from integration.node_apps import LaunchApp, OpenFactory, WriteApp

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import InvalidSetting, UntrustedCertificate
from pytest_nodeleak.load.driver import RouteDriver
from pytest_nodeleak.load.plan import LoadPlan
from pytest_nodeleak.load.scenario import BoundSession, ScenarioDriver
from pytest_nodeleak.nodejs.launcher import RunningApp

pytestmark = pytest.mark.nodejs

REQUESTS = 40
SECURE = """
const fs = require('node:fs');
const tls = { cert: fs.readFileSync('cert.pem'), key: fs.readFileSync('key.pem') };
const answer = (req, res) => res.end(req.httpVersion + ' ' + req.url);
const server = require('node:%s').%s(tls, answer);
server.listen(process.env.PORT, '127.0.0.1');
"""
HTTPS = SECURE % ("https", "createServer")
HTTP2 = SECURE % ("http2", "createSecureServer")
HTTP2_CLEAR = """
require('node:http2').createServer((req, res) => res.end())
  .listen(process.env.PORT, '127.0.0.1');
"""
UNIX_SOCKET = """
require('node:http').createServer((req, res) => res.end(req.url)).listen('app.sock');
"""
LEAK = """
const fs = require('node:fs');
const tls = { cert: fs.readFileSync('cert.pem'), key: fs.readFileSync('key.pem') };
const seen = new Map();
const server = require('node:http2').createSecureServer(tls, (req, res) => {
  if (req.url.startsWith('/users/')) seen.set(req.url, { at: Date.now() });
  res.end();
});
server.listen(process.env.PORT, '127.0.0.1');
"""


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """Certify 127.0.0.1; return who vouches for it."""
    vouching = trustme.CA()
    certified = vouching.issue_cert("127.0.0.1")
    certified.private_key_pem.write_to_path(tmp_path / "key.pem")
    certified.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    vouching.cert_pem.write_to_path(tmp_path / "authority.pem")
    return tmp_path / "authority.pem"


def statuses_of_routes(app: RunningApp) -> dict[int, int]:
    plan = LoadPlan.for_route("GET /users/{n}")
    with RouteDriver([plan], app.endpoint) as driver:
        return dict(driver.run(REQUESTS, Deadline(10.0)).statuses)


def statuses_of_scenario(
    app: RunningApp, scenario: Callable[..., None]
) -> dict[int, int]:
    driver = ScenarioDriver(scenario, app.endpoint, concurrency=4)
    try:
        return dict(driver.run(REQUESTS, Deadline(10.0)).statuses)
    finally:
        driver.close()


@pytest.mark.parametrize("is_trusted", [True, False], ids=["trusted", "not verified"])
def test_an_app_on_https_is_loaded_by_routes_and_by_scenarios(
    write_app: WriteApp, launch_app: LaunchApp, authority: Path, *, is_trusted: bool
) -> None:
    write_app(HTTPS)
    app = launch_app(verify=str(authority) if is_trusted else False)

    def visit(http: BoundSession) -> None:
        assert http.get("/users/1").text == "1.1 /users/1"

    assert app.base_url.startswith("https://127.0.0.1:")
    assert statuses_of_routes(app) == {200: REQUESTS}
    assert statuses_of_scenario(app, visit) == {200: REQUESTS}


def test_a_certificate_that_nobody_vouches_for_is_refused_with_what_to_do(
    write_app: WriteApp, launch_app: LaunchApp, authority: Path
) -> None:
    assert authority.exists()
    write_app(HTTPS)
    with pytest.raises(UntrustedCertificate, match="say verify=False in launch"):
        launch_app()


def test_an_app_that_speaks_http2_over_tls_is_loaded_by_routes(
    write_app: WriteApp, launch_app: LaunchApp, authority: Path
) -> None:
    write_app(HTTP2)
    app = launch_app(verify=str(authority))
    assert statuses_of_routes(app) == {200: REQUESTS}


def test_an_app_that_speaks_http2_in_the_clear_is_loaded_by_routes_alone(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(HTTP2_CLEAR)
    app = launch_app()
    assert statuses_of_routes(app) == {200: REQUESTS}
    with pytest.raises(InvalidSetting, match="speaks HTTP/2 only"):
        ScenarioDriver(lambda _http: None, app.endpoint)


def test_an_app_on_a_unix_socket_is_loaded_by_routes_and_by_scenarios(
    write_app: WriteApp, launch_app: LaunchApp, tmp_path: Path
) -> None:
    write_app(UNIX_SOCKET)
    app = launch_app()

    def visit(http: BoundSession) -> None:
        assert http.get("/users/1?a=b").text == "/users/1?a=b"

    assert app.endpoint.socket_path == str(tmp_path / "app.sock")
    assert statuses_of_routes(app) == {200: REQUESTS}
    assert statuses_of_scenario(app, visit) == {200: REQUESTS}


def test_a_leak_behind_http2_is_found(
    write_app: WriteApp, open_factory: OpenFactory, authority: Path
) -> None:
    write_app(LEAK)
    with open_factory().launch("node app.cjs", verify=str(authority)) as app:
        report = app.hammer("GET /users/{n}", requests=600)
    assert report.verdict == "leak"
    (finding,) = report.findings
    assert finding.holder is not None
    assert finding.holder.name == "seen"
    assert str(finding.holder.place) == "app.cjs:4"
