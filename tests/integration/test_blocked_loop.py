"""What blocks the event loop: told from each other, and from what only looks like it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_nodeleak.attribute import find_blocking
from pytest_nodeleak.bench import Bench
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.explain import Explainer
from pytest_nodeleak.findings import Finding
from pytest_nodeleak.load.driver import RouteDriver
from pytest_nodeleak.load.plan import LoadPlan
from pytest_nodeleak.loaded import load_scripts
from pytest_nodeleak.nodejs.binary import NodeBinary
from pytest_nodeleak.nodejs.command import AppSpec
from pytest_nodeleak.nodejs.launcher import RunningApp
from pytest_nodeleak.sampler import Sampler
from pytest_nodeleak.trail import Trail

pytestmark = pytest.mark.nodejs

SOURCE = Path(__file__).parent / "apps" / "blocking.cjs"
# As the routes of the app begin: one profile is enough to tell one kind of work.
_PROFILE_S = 0.3


@dataclass(frozen=True)
class Culprit:
    """What is to be told of a route."""

    words: str
    work: str
    function: str
    line: str


CULPRITS = {
    "crypto": Culprit(
        "synchronous crypto (pbkdf2Sync)",
        "crypto",
        "hashPassword",
        "crypto.pbkdf2Sync(password",
    ),
    "json": Culprit(
        "JSON.parse of a large payload", "json", "report", "JSON.parse(payload)"
    ),
    "compression": Culprit(
        "synchronous compression", "compression", "pack", "zlib.gzipSync(payload)"
    ),
    "file": Culprit(
        "synchronous file access (readFileSync)", "file", "template", "fs.readFileSync"
    ),
    "regex": Culprit(
        "a regular expression", "regex", "isName", "reading.test(trimmed)"
    ),
    "loop": Culprit("a computation in JavaScript", "javascript", "sum", "total += i"),
    "process": Culprit(
        "waiting for a child process (spawnSync)",
        "process",
        "convert",
        "spawnSync('true')",
    ),
    "module": Culprit("loading modules", "module", "plugin", "require('./plugin"),
}


@pytest.fixture(scope="module")
def blamed(
    node: NodeBinary, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Finding]]:
    """Return a function that profiles a route of the one app of this file."""
    directory = tmp_path_factory.mktemp("blocking")
    shutil.copy(SOURCE, directory / "app.cjs")
    spec = AppSpec(command="node app.cjs", cwd=directory, env={})
    wait = Deadline(20.0)
    with (
        RunningApp.launch(spec, node, wait) as app,
        InspectorClient.open(app.inspector_url, wait) as client,
        Sampler(client, app.pid, wait) as sampler,
    ):
        start_up = sampler.start(wait)

        def profile(route: str) -> Finding:
            plan = LoadPlan.for_route(f"GET /{route}", concurrency=1)
            with RouteDriver([plan], app.base_url) as driver:
                bench = Bench(
                    app=app,
                    client=client,
                    sampler=sampler,
                    driver=driver,
                    deadline=Deadline(10.0),
                    shows_keys=False,
                    start_up=start_up,
                    trail=Trail(),
                )
                _profile, blocks = find_blocking(bench, at_most_s=_PROFILE_S)
            loaded = load_scripts(
                client, Deadline(5.0), suspects=[], stacks=blocks.stacks
            )
            return Explainer(directory, loaded).blocking(blocks, delay_ms=0.0)

        yield profile


@pytest.mark.parametrize("route", CULPRITS)
def test_what_blocks_is_told_by_its_kind_function_and_line(
    blamed: Callable[[str], Finding], route: str
) -> None:
    culprit = CULPRITS[route]
    finding = blamed(route)
    lines = SOURCE.read_text(encoding="utf-8").splitlines()
    line = next(n for n, text in enumerate(lines, 1) if culprit.line in text)
    assert f" by {culprit.words} in {culprit.function} (app.cjs:" in finding.title
    assert str(finding.allocated_at[0]).startswith(
        f"{culprit.function} app.cjs:{line}:"
    )
    assert finding.blocking is not None
    assert finding.blocking.work == culprit.work
    assert finding.blocking.longest_ms is not None
    # One request takes that much: 8 at once would block for longer, 200 for seconds.
    assert 0.3 < finding.blocking.longest_ms < 1000
