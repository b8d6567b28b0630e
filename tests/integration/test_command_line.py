"""The commands on snapshots that Node.js itself has written."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pytest_nodeleak.commands.main import main
from pytest_nodeleak.heap.files import read_snapshot_file
from pytest_nodeleak.nodejs.binary import NodeBinary

pytestmark = pytest.mark.nodejs

SECRET = "hunter2"
# Wherever a secret can be: values, keys, source texts, names made at run time.
APP = f"""
const v8 = require('node:v8'), vm = require('node:vm');
const s = (what) => '{SECRET}-' + what + process.pid;
const sessions = new Map();   // leaks
const recent = [];            // is bounded
const secrets = {{
  value: s('value'), joined: s('a').concat('-', s('b')), cut: s('cut'.repeat(9)).slice(3),
  [s('key')]: 1, [s('objectKey')]: {{}}, table: {{}}, map: new Map([[s('mapKey'), {{}}]]),
  url: new URL('http://u:' + s('pw') + '@h/?q=' + s('query')), bytes: Buffer.from(s('b')),
  error: new Error(s('error')), regexp: new RegExp(s('regexp')), sign: Symbol(s('sign')),
  [Symbol(s('symbolKey'))]: {{}}, env: {{...process.env}}, made: new (class {{}})(),
  tag: {{ [Symbol.toStringTag]: s('tag') }}, weak: new WeakMap(), parsed:
  JSON.parse(`{{"${{s('jsonKey')}}": "${{s('json')}}"}}`), [s('method')]() {{}},
  evaluated: eval(`() => "${{s('source')}}"`), script:
  new vm.Script('1', {{ filename: s('filename') + '.js' }}),
}};
for (let i = 0; i < 500; i++) secrets.table[s('row' + i) + '@example.com'] = {{ i }};
Object.defineProperty(secrets.made.constructor, 'name', {{ value: s('class') }});
secrets.weak.set(secrets.tag, s('weakValue'));
for (let i = 0; i < 999; i++) (secrets.regexp.exec(secrets.value), secrets[s('key')]);
let n = 0;
function serve() {{
  sessions.set(++n, {{ token: s('token' + n), user: {{ n }} }});
  recent.push({{ n }});
  if (recent.length > 50) recent.shift();
}}
function load() {{ for (let i = 0; i < 300; i++) serve(); }}
setTimeout(() => {{
  load();
  for (const file of process.argv.slice(2)) {{ gc(); v8.writeHeapSnapshot(file); load(); }}
}});
setInterval(() => {{ serve(); void secrets; }}, 1e6).unref();
"""


@pytest.fixture(scope="module")
def files(
    node: NodeBinary, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, Path]:
    folder = tmp_path_factory.mktemp("production")
    first, second, third = (folder / f"{n}.heapsnapshot" for n in range(3))
    script = folder / "service.cjs"
    script.write_text(APP)
    command = [str(node.path), "--expose-gc", *map(str, (script, first, second, third))]
    subprocess.run(command, check=True, timeout=60, env={"MY_TOKEN": f"{SECRET}-env"})
    return first, second, third


def _run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def test_files_from_production_name_the_leak_and_not_the_bounded_cache(
    files: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    app = files[0].parent
    assert _run("diff", *files, "--requests", 300, "--app", app, "--json") == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    holder = finding["holder"]
    assert (holder["name"], holder["class"]) == ("sessions", "Map")
    assert (holder["file"], holder["line"]) == ("service.cjs", 4)
    assert finding["entries_per_request"] == pytest.approx(1.0, abs=0.05)
    assert [window["objects"] >= 900 for window in finding["windows"]] == [True, True]


def test_a_redacted_copy_has_no_secret_and_names_the_same_leak(
    files: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    copies = [file.with_suffix(".safe") for file in files[1:]]
    for file, copy in zip(files[1:], copies, strict=True):
        assert file.read_bytes().count(SECRET.encode()) > 500
        assert _run("redact", file, copy) == 0
    text = copies[1].read_text()
    strings = json.loads(text)["strings"]
    # Neither as it is nor by escapes.
    assert SECRET not in text
    assert [entry for entry in strings if SECRET in entry] == []
    before, after = read_snapshot_file(files[2]), read_snapshot_file(copies[1])
    assert before.nodes.id.tobytes() == after.nodes.id.tobytes()
    assert before.edges.to_node.tobytes() == after.edges.to_node.tobytes()
    capsys.readouterr()
    assert _run("diff", *copies, "--json") == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["holder"]["name"] == "sessions"
    assert finding["constructors"][0]["name"] == "{token, user}"


def test_a_snapshot_from_production_is_summarised_without_its_strings(
    files: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("show", files[2], "--json") == 0
    printed = capsys.readouterr().out
    record = json.loads(printed)
    assert SECRET not in json.dumps(record["duplicate_strings"])
    assert "sessions" in {one["name"] for one in record["objects"]}
    own = str(files[0].with_name("service.cjs"))
    assert own in {one["file"] for one in record["files"][:4]}
