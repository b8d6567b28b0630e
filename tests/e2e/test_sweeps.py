"""Sweeps without code: one app for many routes, addresses, headers, wrong documents."""

from __future__ import annotations

import json
import os

import pytest

APP = """\
const fs = require('node:fs');
const http = require('node:http');
fs.appendFileSync('starts.log', 'x');
const cache = new Map();
http.createServer((request, response) => {
  const [, name, n] = request.url.split('/');
  if (name === 'leak') cache.set(n, { n });
  if (name === 'secret') response.statusCode = 401;
  response.end(JSON.stringify({ name, asked: request.headers.authorization }));
}).listen(process.env.PORT, '127.0.0.1');
"""
DOCUMENT = """\
openapi: 3.1.0
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
paths:
  /leak/{id}:
    get:
      parameters: [{name: id, in: path, schema: {type: integer}}]
  /secret:
    get: {security: [{token: []}]}
  /plain/{id}:
    get:
      parameters: [{name: id, in: path, schema: {type: string, format: uuid}}]
"""
HAR = {
    "log": {
        "entries": [
            {"request": {"method": "GET", "url": "https://app.example/plain/3"}},
            {"request": {"method": "GET", "url": "https://app.example/plain/4"}},
            {"request": {"method": "GET", "url": "https://cdn.example/lib"}},
        ]
    }
}
SECRET = "s3cret-of-this-test"


@pytest.fixture
def swept(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return a directory with an app, a document of it and traffic to it."""
    pytester.makefile(".cjs", server=APP)
    pytester.makefile(".yaml", openapi=DOCUMENT)
    pytester.makefile(".har", traffic=json.dumps(HAR))
    pytester.makepyprojecttoml(
        """
        [tool.pytest.ini_options]
        nodeleak_app = "node server.cjs"
        nodeleak_openapi = "openapi.yaml"
        nodeleak_har = "traffic.har"
        """
    )
    return pytester


def test_one_app_serves_all_until_one_route_leaks_and_headers_are_never_shown(
    swept: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    result = swept.runpytest_subprocess(
        "--nodeleak",
        "-n1",
        "-rP",
        "--nodeleak-header=Authorization: Bearer $TOKEN",
        "--nodeleak-json=record.json",
        "--junitxml=junit.xml",
        "nodeleak::GET /plain/{id}",
        "nodeleak::GET /leak/{id}",
        "nodeleak::GET /secret",
        "nodeleak::GET /plain/{n}",
    )

    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "nodeleak: 3 operations in the OpenAPI document",
            "nodeleak: recorded traffic: 1 route of 2 requests to https://app.example; *",
            "GET /leak/{id} leaks 1.00 entry/request*",
            "GET /secret: no kind of request was answered with a success (1 x 401), so*",
            'First of them: GET /secret answered 401: *"asked":"***"*',
            "The document asks for token (HTTP bearer): say who asks with *",
            "leak         GET /leak/{id} *",
            "error        GET /secret *",
            "clean        GET /plain/{id} *",
            "clean        GET /plain/{n} *",
        ]
    )
    # Those that leak or refuse are followed by a fresh app, which the clean ones share.
    assert (swept.path / "starts.log").read_text() == "xxx"
    written = [swept.path / "record.json", swept.path / "junit.xml"]
    shown = [result.stdout.str(), *(path.read_text() for path in written)]
    assert not any(SECRET in text for text in shown)


def test_all_options_make_items_in_their_order(swept: pytest.Pytester) -> None:
    result = swept.runpytest_inprocess(
        "--nodeleak",
        "--collect-only",
        "-q",
        "--nodeleak-route=GET /plain/{id}",
    )

    assert result.outlines[:5] == [
        "nodeleak::GET /plain/{id}",
        "nodeleak::GET /leak/{id}",
        "nodeleak::GET /secret",
        "nodeleak::GET /plain/{id} (2)",
        "nodeleak::GET /plain/{n}",
    ]


def test_addresses_select_routes_beside_files(swept: pytest.Pytester) -> None:
    swept.makepyfile("def test_it(): pass")

    def collected(*arguments: str) -> list[str]:
        result = swept.runpytest_inprocess(
            "--nodeleak", "--collect-only", "-q", *arguments
        )
        return [line for line in result.outlines if "::" in line]

    alone = "nodeleak::GET /plain/{n}"
    file = "test_addresses_select_routes_beside_files.py"
    assert collected(alone) == [alone]
    assert collected(file, alone) == [f"{file}::test_it", alone]
    assert len(collected("nodeleak")) == 4
    # Who asks for a file does not want all of what the configuration file has.
    assert collected(file) == [f"{file}::test_it"]
    assert collected(file, "--nodeleak-route=GET /a") == [
        f"{file}::test_it",
        "nodeleak::GET /a",
    ]


def test_an_address_that_leads_nowhere_names_those_like_it(
    swept: pytest.Pytester,
) -> None:
    result = swept.runpytest_inprocess("--nodeleak", "nodeleak::GET /plain")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: command line: test 'nodeleak::GET /plain' is not one of 'nodeleak::*"]
    )


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            ["--nodeleak-openapi=none.yaml"],
            "--nodeleak-openapi: openapi 'none.yaml' is not a readable file: *",
        ),
        (
            ["--nodeleak-har=openapi.yaml"],
            "--nodeleak-har: har 'openapi.yaml' is not a HAR file, *",
        ),
        (
            ["--nodeleak-har-origin=https://other.example"],
            "ini option nodeleak_har: * is not a recording of https://other.example: *",
        ),
        (
            ["--nodeleak-header=X-Key: $NODELEAK_NOT_SET"],
            "--nodeleak-header: header 'X-Key' is not possible: * no NODELEAK_NOT_SET",
        ),
    ],
    ids=["openapi", "har", "origin", "header"],
)
def test_what_cannot_be_read_ends_the_session_before_it_begins(
    swept: pytest.Pytester, options: list[str], problem: str
) -> None:
    result = swept.runpytest_inprocess("--nodeleak", *options)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {problem}"])


def test_a_missing_package_is_told_with_the_extra_that_has_it(
    swept: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if it were not installed.
    swept.makepyfile(blocker='import sys; sys.modules["yaml"] = None')
    environ = os.pathsep.join([str(swept.path), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", environ)
    result = swept.runpytest_subprocess("-p", "blocker", "--nodeleak")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: ini option nodeleak_openapi: *pip install 'pytest-nodeleak?openapi?'"]
    )
