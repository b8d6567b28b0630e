"""An app in TypeScript is named by its sources, whatever made JavaScript of them."""

from __future__ import annotations

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from integration.node_apps import CheckApp, LaunchApp, WriteApp

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.events import Event, SnapshotChunk
from pytest_nodeleak.cdp.messages import (
    evaluate,
    get_sampling_profile,
    start_sampling,
    stop_sampling,
    take_heap_snapshot,
)
from pytest_nodeleak.culprits.explain import Explainer
from pytest_nodeleak.culprits.loaded import load_scripts
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.evidence.occupancy import Unclear
from pytest_nodeleak.evidence.watched import Watched
from pytest_nodeleak.exceptions import LeakDetected
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.paths import PathTree, find_paths
from pytest_nodeleak.heap.reader import SnapshotReader
from pytest_nodeleak.heap.suspects import find_suspects
from pytest_nodeleak.heap.window import Window
from pytest_nodeleak.nodejs.binary import NodeBinary
from pytest_nodeleak.stages.attribute import _live_stacks

pytestmark = pytest.mark.nodejs

COMPILERS = Path(__file__).parents[2] / ".cache" / "compilers"
REQUESTS = 300
HOST = """
const made = ['tsc/users.js', 'inline/users.js', 'swc%20out/users.js'].map((file) =>
  require('./dist/' + file));
const bundle = require('./dist/min/main.3f2a9c1e.js');
let n = 0;
globalThis.work = (times) => {
  for (const end = n + times; n < end; n++) {
    // Node 26 makes one string of equal ones in a loop, and what shares it is one cause.
    [...made, bundle].forEach((one, at) => one.remember(`user ${n} of ${at}`));
    bundle.subscribe('price ' + n);
    bundle.poll('price ' + n);
    bundle.keep('kept ' + n);
  }
};
const server = require('node:http').createServer((req, res) => res.end());
server.listen(process.env.PORT, '127.0.0.1');
"""
KEPT = """
const kept = [];

exports.keep = function keep(what) {
  kept.push({ what });
};
"""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    if not (COMPILERS / "node_modules").is_dir():
        pytest.fail(f"{COMPILERS} is not installed: run make test", pytrace=False)
    shutil.copytree(COMPILERS / "src", tmp_path / "src")
    package = tmp_path / "node_modules" / "kept"
    package.mkdir(parents=True)
    (package / "index.js").write_text(KEPT)
    (package / "package.json").write_text('{"name": "kept", "version": "1.2.3"}')
    return tmp_path


@pytest.fixture
def findings(
    sources: Path, write_app: WriteApp, launch_app: LaunchApp, node: NodeBinary
) -> list[Finding]:
    """What one run of the app finds that has each tool's output in it."""
    subprocess.run([node.path, COMPILERS / "build.mjs"], cwd=sources, check=True)
    write_app(HOST)
    app = launch_app()
    with InspectorClient.open(app.inspector_url, Deadline(10.0)) as client:
        deadline = Deadline(30.0)
        trees = []
        for _ in range(3):
            client.execute(evaluate(f"work({REQUESTS})"), deadline)
            trees.append(snapshot(client, deadline))
        client.execute(start_sampling(interval_bytes=512), deadline)
        client.execute(evaluate(f"work({REQUESTS})"), deadline)
        stacks = tuple(
            _live_stacks(client.execute(get_sampling_profile(), deadline).head, ())
        )
        client.execute(stop_sampling(), deadline)
        first, second = (
            Window(earlier=earlier, later=later, requests=REQUESTS)
            for earlier, later in pairwise(trees)
        )
        suspects = find_suspects(first, second)
        loaded = load_scripts(client, deadline, suspects=suspects, stacks=stacks)
    explainer = Explainer(sources, loaded)
    originals = explainer.original_stacks(stacks)
    found = [
        explainer.leak(
            Watched(suspect=one, curve=Unclear(reason=""), bound=None), originals
        ).finding
        for one in suspects
    ]
    assert explainer.notes == ()
    return found


def snapshot(client: InspectorClient, deadline: Deadline) -> PathTree:
    reader = SnapshotReader()

    def feed(event: Event) -> None:
        if isinstance(event, SnapshotChunk):
            reader.feed(event.text)

    client.execute(take_heap_snapshot(), deadline, on_event=feed)
    return find_paths(HeapGraph(reader.close()))


def described(finding: Finding) -> tuple[str, ...]:
    holder = finding.holder
    assert holder is not None
    return (
        f"{holder.name} {holder.place} {holder.scope}".strip(),
        f"callback {finding.callback}" if finding.callback else "",
        f"in {holder.package} {holder.package_version}" if holder.package else "",
    )


def test_a_leak_is_named_by_its_source_whatever_made_the_script(
    findings: list[Finding],
) -> None:
    seen = ("seen src/users.ts:9 module scope", "", "")
    assert sorted(described(one) for one in findings) == [
        (
            "Node's active timers src/prices.ts:18:17",
            "callback src/prices.ts:18:17",
            "",
        ),
        ("kept node_modules/kept/index.js:2 module scope", "", "in kept 1.2.3"),
        (
            "prices._events.price src/prices.ts:8 module scope",
            "callback src/prices.ts:12:23",
            "",
        ),
        *[seen] * 4,
    ]
    of_seen = [one for one in findings if described(one) == seen]
    assert {one.path[-3:] for one in of_seen} == {("seen", "Map", "{id, orders}")}
    assert {one.allocated_at[0].function for one in of_seen} == {"remember"}
    assert {one.allocated_at[0].place.file for one in of_seen} == {"src/users.ts"}
    # A list of known leaks knows it again.
    assert len({one.fingerprint for one in of_seen}) == 1


def test_a_check_names_typescript_that_is_compiled_when_it_is_loaded(
    sources: Path, check_app: CheckApp
) -> None:
    tsx = COMPILERS / "node_modules" / ".bin" / "tsx"
    app = check_app(f"{tsx} src/server.ts", cwd=sources)

    with pytest.raises(LeakDetected) as leak:
        app.hammer("GET /users/{n}").assert_bounded()

    text = str(leak.value)
    print(text)
    assert "src/users.ts:9 module scope" in text
    assert "remember src/users.ts:11:17 <- handler src/server.ts:4:10" in text
