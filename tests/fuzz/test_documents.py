"""Files and output of others: read, or refused with an error of the module's own."""

from __future__ import annotations

import json
from datetime import date

import pytest
from fuzzing import fuzzed, mutated_documents, mutated_texts
from hypothesis import given
from hypothesis import strategies as st

from pytest_nodeleak.baselines.as_json import (
    BaselineFormatError,
    format_baseline,
    parse_baseline,
)
from pytest_nodeleak.endings.deaths import classify_death
from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.judging.suppressions import parse_suppressions
from pytest_nodeleak.nodejs.last_output import find_abort_stack, find_error, parse_error
from pytest_nodeleak.nodejs.last_words import parse_last_words
from pytest_nodeleak.nodejs.targets import NoAnswer, parse_targets
from pytest_nodeleak.nodejs.v8_output import find_v8_failure, without_native_stacks
from pytest_nodeleak.sources.source_map import (
    SourceMap,
    SourceMapUnreadable,
    decode_data_url,
    map_reference,
    source_path,
)
from pytest_nodeleak.traffic.har import read_recording
from pytest_nodeleak.traffic.openapi.operations import read_operations
from pytest_nodeleak.traffic.openapi.references import References, UnreadableDocument

_MAP = {
    "version": 3,
    "sources": ["../src/a.ts", None, "webpack://app/./b.ts", "file:///app/c.ts"],
    "sourcesContent": ["export const a = 1;", None, "b"],
    "sourceRoot": "",
    "names": ["a", "load"],
    "mappings": "AAAA,SAASA;AACTC,IAAIC;;CCAE,GDAAA",
}
_INDEX_MAP = {
    "version": 3,
    "sections": [
        {"offset": {"line": 0, "column": 0}, "map": _MAP},
        {"offset": {"line": 9, "column": 4}, "map": _MAP},
    ],
}
_HAR = {
    "log": {
        "entries": [
            {
                "_resourceType": "xhr",
                "request": {
                    "method": "POST",
                    "url": "http://127.0.0.1:3000/users/7?full=1",
                    "headers": [{"name": "Accept", "value": "*/*"}],
                    "postData": {"text": "{}", "params": [{"name": "a", "value": "b"}]},
                },
                "response": {
                    "status": 200,
                    "content": {"mimeType": "application/json"},
                },
            },
            {
                "request": {
                    "method": "GET",
                    "url": "http://127.0.0.1:3000/items/0123456789abcdef0123",
                    "headers": [],
                },
                "response": {"status": 304},
            },
        ]
    }
}
_OPENAPI = {
    "openapi": "3.1.0",
    "servers": [{"url": "http://{host}/v1", "variables": {"host": {"default": "a"}}}],
    "security": [{"key": []}],
    "paths": {
        "/users/{id}": {
            "parameters": [{"$ref": "#/components/parameters/id"}],
            "get": {"responses": {"200": {}, "4XX": {}}},
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"$ref": "#/components/schemas/User"},
                            "examples": {"one": {"value": {"name": "x"}}},
                        }
                    }
                },
                "responses": {"201": {}},
            },
        },
    },
    "components": {
        "parameters": {
            "id": {
                "name": "id",
                "in": "path",
                "required": True,
                "schema": {"type": "integer", "minimum": 1, "maximum": 9},
            }
        },
        "schemas": {
            "User": {
                "type": "object",
                "properties": {"name": {"type": "string", "pattern": "[a-z]+"}},
                "required": ["name"],
            }
        },
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X"}},
    },
}
_BASELINE = {
    "nodeleak_baseline": 1,
    "checks": {
        "tests/test_a.py::test_a::GET /a": {
            "24": {
                "verdict": "leak",
                "growth": {"heap_used": {"low": 1, "value": 2.5, "high": 3}},
                "leaks": {
                    "0123456789ab": {
                        "what": "cache",
                        "entries": {"low": 1, "value": 1, "high": 1},
                        "bytes": {"low": 90, "value": 100, "high": 110},
                    }
                },
            }
        }
    },
}
_SUPPRESSIONS = """
[[suppress]]
fingerprint = "0123456789ab"
reason = "known"
expires = 2027-03-31
at_most = 1.5

[[suppress]]
holder = "cache*"
package = "lru"
kind = "collection"
target = "GET /users/*"
reason = "bounded by the number of tenants"
expires = "2027-03-31"
at_most = "2 KB"
"""
_TARGETS = [
    {
        "description": "node.js instance",
        "id": "0f2c936f-b1cd-4ac9-aab3-f63b0f33d55e",
        "title": "server.js",
        "type": "node",
        "url": "file:///app/server.js",
        "webSocketDebuggerUrl": "ws://[::1]:9229/0f2c936f-b1cd-4ac9-aab3-f63b0f33d55e",
    },
    {"id": "1", "webSocketDebuggerUrl": "ws://127.0.0.1:9230/1"},
]
_WORDS = """\
{"at": 1790000000000, "error": "TypeError: x\\n    at f (/app/a.js:3:4)", "isError": true,\
 "code": "EMFILE", "origin": "uncaughtException"}
{"at": 1790000000001, "error": "reason", "isError": false, "code": "",\
 "origin": "unhandledRejection"}
{"at": 1790000000002, "exit": 7, "stack": "Error\\n    at process.exit (node:x:1:2)\
\\n    at g (/app/a.js:9:1)"}
"""
_OUTPUT = """\
<--- Last few GCs --->

[7:0x1] 1 ms: Mark-Compact 63.1 (66.0) -> 62.9 (66.2) MB, pooled: 0 MB, current mu = 0.101
<--- JS stacktrace --->

FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
----- Native stack trace -----

 1: 0xb7 node::OOMErrorHandler(char const*, v8::OOMDetails const&) [node]
----- JavaScript stack trace -----

1: grow (/app/server.js:12:9)
2: /app/server.js:9:3

\x1b[31mweb_1  | /app/server.js:7
  throw new TypeError('no');
  ^

TypeError [ERR_X]: no
    at load (/app/server.js:7:9)
    at async Server.<anonymous> (file:///app/b.mjs:1:2) {
  code: 'ENOENT',
}

Node.js v24.1.0
"""


def _encoded(document: object) -> bytes:
    return json.dumps(document).encode()


@given(
    content=mutated_documents(_MAP).map(_encoded)
    | mutated_documents(_INDEX_MAP).map(_encoded)
    | mutated_texts(json.dumps(_MAP)).map(lambda text: text.encode("utf-8", "replace"))
    | st.binary(max_size=50),
    line=st.integers(1, 20),
    column=st.integers(1, 90),
)
@fuzzed(200)
def test_a_source_map_is_read_or_refused(
    content: bytes, line: int, column: int
) -> None:
    try:
        read = SourceMap.parse(content)
    except SourceMapUnreadable:
        return
    original = read.look_up(line, column)
    if original is not None:
        read.text_of(original.source)
    for source in read.sources:
        source_path(source, directory="/app/dist", root="/app")


@given(
    script=mutated_texts("f();\n//# sourceMappingURL=data:application/json;base64,e30=")
)
@fuzzed(100)
def test_the_map_that_a_script_names_is_found_or_not(script: str) -> None:
    url = map_reference(script)
    if url is not None and url.startswith("data:"):
        try:
            decode_data_url(url)
        except SourceMapUnreadable:
            return


@given(text=mutated_documents(_HAR).map(json.dumps) | mutated_texts(json.dumps(_HAR)))
@fuzzed(150)
def test_a_recording_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("har") / "a.har"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        str(read_recording(path, origin=None, headers={}))
    except ValueError as error:
        assert str(error)  # noqa: PT017  # either outcome is fine


@given(
    text=mutated_documents(_OPENAPI).map(json.dumps)
    | mutated_texts(json.dumps(_OPENAPI))
)
@fuzzed(100)
def test_an_openapi_document_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("openapi") / "a.json"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        operations = read_operations(References(path))
    except UnreadableDocument:
        return
    assert [one.label for one in operations]


@given(
    text=mutated_documents(_BASELINE).map(json.dumps)
    | mutated_texts(json.dumps(_BASELINE))
)
@fuzzed(200)
def test_a_baseline_is_read_or_refused(text: str) -> None:
    try:
        baseline = parse_baseline(text, name="main")
    except BaselineFormatError:
        return
    parse_baseline(format_baseline(baseline), name="main")


@given(text=mutated_texts(_SUPPRESSIONS))
@fuzzed(200)
def test_a_suppressions_file_is_read_or_refused(text: str) -> None:
    try:
        parse_suppressions(text, file="leaks.toml", today=date(2026, 11, 26))
    except InvalidSetting as error:
        assert "leaks.toml" in str(error)  # noqa: PT017  # either outcome is fine


@given(
    text=mutated_documents(_TARGETS).map(json.dumps)
    | mutated_texts(json.dumps(_TARGETS))
)
@fuzzed(150)
def test_a_list_of_targets_is_read_or_refused_and_leads_nowhere_else(text: str) -> None:
    listed = parse_targets(text, "127.0.0.1:9229")
    if isinstance(listed, NoAnswer):
        return
    for target in listed:
        assert target.url.startswith("ws://127.0.0.1:9229/")
        assert target.target_id.isprintable()


@given(
    words=mutated_texts(_WORDS),
    output=mutated_texts(_OUTPUT),
    code=st.integers(-64, 300),
)
@fuzzed(200)
def test_last_words_and_last_output_are_made_sense_of(
    words: str, output: str, code: int
) -> None:
    lines = output.splitlines()
    read = parse_last_words(words)
    for was_oom_kill in (False, True):
        classify_death(code, lines, words=read, was_oom_kill=was_oom_kill)
    classify_death(None, lines, words=None, was_oom_kill=False)
    for find in (find_error, find_abort_stack, find_v8_failure, without_native_stacks):
        find(lines)
    parse_error(output)
