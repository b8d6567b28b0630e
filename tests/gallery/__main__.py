"""Check the whole gallery again and again, and print who was confused with whom.

``make gallery``, or ``PYTHONPATH=tests python -m gallery --repeat 1 --only multer``.
Nothing is asserted here; ``tests/integration/test_gallery.py`` does that.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from gallery.cases import CASES, Case
from gallery.outcomes import Outcome, mistakes
from gallery.running import INSTALLED, check_all
from gallery.summary import summary_lines
from pytest_nodeleak.nodejs.binary import NodeBinary, find_node

_BY_NAME = {case.name: case for case in CASES}


def main(arguments: list[str]) -> None:
    """Run the checks, or read the results of earlier ones, and print the tables."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.earlier:
        machines, outcomes = _load(options.earlier)
    else:
        if not (INSTALLED / "node_modules").is_dir():
            parser.error(f"{INSTALLED} is not installed: run make gallery")
        nodes = tuple(find_node(path, os.environ) for path in options.nodes or [None])
        machines = [_machine(nodes)]
        outcomes = _run(options, nodes, machine=machines[0])
    print("\n".join(summary_lines(outcomes, machine="\n".join(machines))))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gallery", description=__doc__)
    parser.add_argument("--repeat", type=_count, default=1, metavar="K")
    parser.add_argument("--node", action="append", dest="nodes", metavar="PATH")
    parser.add_argument(
        "--only", action="append", choices=sorted(_BY_NAME), metavar="NAME"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the results")
    parser.add_argument(
        "--from",
        dest="earlier",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="print the tables of kept results instead of checking",
    )
    return parser


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return count


def _machine(nodes: Iterable[NodeBinary]) -> str:
    versions = ", ".join(node.version for node in nodes)
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores,"
        f" Python {platform.python_version()}, Node {versions},"
        f" pytest-nodeleak {version('pytest-nodeleak')}"
    )


def _run(
    options: argparse.Namespace, nodes: tuple[NodeBinary, ...], *, machine: str
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    cases = _chosen(options.only)
    for outcome in check_all(cases, nodes, repeat=options.repeat):
        outcomes.append(outcome)
        print(_progress(outcome, _BY_NAME[outcome.case]), file=sys.stderr, flush=True)
        if options.json:
            # After each one, so that an interrupted run is not lost.
            _save(options.json, machine, outcomes)
    return outcomes


def _chosen(names: Sequence[str] | None) -> tuple[Case, ...]:
    return tuple(case for case in CASES if names is None or case.name in names)


def _progress(outcome: Outcome, case: Case) -> str:
    wrong = "; ".join(mistakes(outcome, case))
    about = " ".join(filter(None, (outcome.kind, outcome.holder)))
    line = (
        f"{outcome.node:<9} {case.name:<22} {outcome.elapsed_s:5.1f} s"
        f"  {outcome.verdict} {about}".rstrip()
    )
    return f"{line}\n  WRONG: {wrong}\n{outcome.text}" if wrong else line


def _save(path: Path, machine: str, outcomes: Iterable[Outcome]) -> None:
    records = [outcome.as_record() for outcome in outcomes]
    text = json.dumps({"machine": machine, "outcomes": records}, indent=1)
    path.write_text(text, encoding="utf-8")


def _load(paths: Sequence[Path]) -> tuple[list[str], list[Outcome]]:
    """Return the machines, each once, and all outcomes."""
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    machines = dict.fromkeys(one["machine"] for one in kept)
    return list(machines), list(_outcomes(kept))


def _outcomes(kept: Iterable[dict[str, list[dict[str, object]]]]) -> Iterator[Outcome]:
    for one in kept:
        for record in one["outcomes"]:
            yield Outcome(**record)  # type: ignore[arg-type]  # written by as_record


if __name__ == "__main__":
    main(sys.argv[1:])
