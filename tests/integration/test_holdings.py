"""What is said about each way to hold something, by what a real heap shows of it.

``holdings`` has a program for each. Its first lines say what a programmer would call the
holder, its class, the kind of leak and the entries; ``also`` is named beside it. A comment
``here`` marks the line to be named, ``callback`` the function that is added. Programs share
a process where they do not disturb each other.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_nodeleak.culprits.explain import Explainer
from pytest_nodeleak.evidence.occupancy import Unclear
from pytest_nodeleak.evidence.watched import Watched
from pytest_nodeleak.heap.files import read_snapshot_file
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.paths import PathTree, find_paths
from pytest_nodeleak.heap.suspects import Suspect, find_suspects
from pytest_nodeleak.heap.window import Window
from pytest_nodeleak.nodejs.binary import NodeBinary

PROGRAMS = Path(__file__).with_name("holdings")
REQUESTS = 12
_SAID = re.compile(r"^// ([a-z ]+): (.*)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a finding says."""

    held_by: str
    class_name: str
    kind: str
    entry: str
    rate: float
    place: str
    callback: str
    package: str


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program and what is to be said about it; alternatives are separated by ``|``."""

    name: str
    process: str
    said: dict[str, str]
    place: str
    callback: str

    @classmethod
    def read(cls, path: Path) -> Program:
        said = dict(_SAID.findall(path.read_text()))
        home = said.get("in", path.name)
        source = PROGRAMS / home.replace("node_modules", "packages")
        return cls(
            name=path.name,
            process=said.get("process", "1"),
            said=said,
            place=_marked(source, home, "here"),
            callback=_marked(path, path.name, "callback"),
        )

    def least_difference(self, findings: Sequence[Finding]) -> list[str]:
        """Return what the finding that fits best says and should not."""
        return min(map(self._differences, findings), key=len)

    def _differences(self, finding: Finding) -> list[str]:
        right = {
            "held by": finding.held_by,
            "class": finding.class_name,
            "kind": finding.kind,
            "entry": finding.entry,
            "package": finding.package,
        }
        wrong = [
            f"{what}: {text!r}"
            for what, text in right.items()
            if text not in self.said.get(what, "").split(" | ")
        ]
        if abs(finding.rate - float(self.said.get("rate", "1"))) > 0.1:
            wrong.append(f"rate: {finding.rate:.2f}")
        if self.place and finding.place != self.place:
            wrong.append(f"place: {finding.place} instead of {self.place}")
        if self.callback and finding.callback != self.callback:
            wrong.append(f"callback: {finding.callback} instead of {self.callback}")
        return wrong


def _marked(source: Path, name: str, mark: str) -> str:
    lines = source.read_text().splitlines()
    pattern = re.compile(rf"\S.*//.*\b{mark}\b")
    found = [number for number, line in enumerate(lines, 1) if pattern.search(line)]
    return f"{name}:{found[0]}" if found else ""


ALL = [
    Program.read(path)
    for path in sorted(PROGRAMS.glob("*.[cm]js"))
    if path.name != "run.cjs"
]


def _run(node: NodeBinary, directory: Path, names: list[str]) -> list[Finding]:
    shutil.copytree(PROGRAMS, directory)
    # Packages are what lies below a directory of this name, which Git ignores.
    (directory / "packages").rename(directory / "node_modules")
    command = [str(node.path), "--expose-gc", "run.cjs", str(REQUESTS), *names]
    subprocess.run(command, cwd=directory, check=True, timeout=120)
    a, b, c = (_tree(directory / f"{name}.heapsnapshot") for name in "abc")
    suspects = find_suspects(
        Window(earlier=a, later=b, requests=REQUESTS),
        Window(earlier=b, later=c, requests=REQUESTS),
        most=1000,
    )
    explainer = Explainer(directory)
    return [_explain(explainer, suspect) for suspect in suspects]


def _tree(path: Path) -> PathTree:
    return find_paths(HeapGraph(read_snapshot_file(path)))


def _explain(explainer: Explainer, suspect: Suspect) -> Finding:
    watched = Watched(suspect=suspect, curve=Unclear(reason="not watched"), bound=None)
    finding = explainer.leak(watched, ()).finding
    holder, callback = finding.holder, finding.callback
    assert holder is not None
    place = holder.place
    return Finding(
        held_by=holder.name,
        class_name=holder.class_name,
        kind=finding.kind,
        entry=suspect.entry,
        rate=suspect.entries_per_request,
        place=f"{place.file}:{place.line}" if place else "",
        callback=f"{callback.file}:{callback.line}" if callback else "",
        package=holder.package or "",
    )


@pytest.mark.nodejs
@pytest.mark.parametrize("process", sorted({one.process for one in ALL}))
def test_holders_are_named_as_their_programmers_would(
    node: NodeBinary, tmp_path: Path, process: str
) -> None:
    programs = [one for one in ALL if one.process == process]
    findings = _run(node, tmp_path / "app", [one.name for one in programs])
    differences = {one.name: one.least_difference(findings) for one in programs}
    assert {name: wrong for name, wrong in differences.items() if wrong} == {}
    # Each leak is one finding, and nothing else is one.
    beside = {
        name for one in programs for name in one.said.get("also", "").split(" | ")
    }
    names = [finding.held_by for finding in findings]
    assert len([name for name in names if name not in beside]) == len(programs)
