"""Read snapshots of several Node.js versions as the peers do, and print who differs where.

``make agreement``, or ``PYTHONPATH=tests python -m peers --node PATH``. Ends with status 1
if a difference is left that no rule accounts for.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from peers.agreement import Agreement, compare
from peers.readers import APPS, INSTALLED, SCRIPT_OF, peer_node, read, take_snapshot
from peers.rules import RULES_OF, Rule
from pytest_nodeleak.heap.files import read_snapshot_file
from pytest_nodeleak.nodejs.binary import NodeBinary, find_node

_HEADER = (
    "Node.js",
    "app",
    "nodes",
    "edges",
    "peer",
    "classes",
    "nodes as is",
    "by rule",
    "classes as is",
    "by rule",
)


def main(arguments: Sequence[str]) -> int:
    """Compare every app on every Node.js, and print the tables for the docs."""
    parser = argparse.ArgumentParser(prog="python -m peers", description=__doc__)
    parser.add_argument("--node", action="append", dest="nodes", metavar="PATH")
    options = parser.parse_args(arguments)
    if not (INSTALLED / "node_modules").is_dir():
        parser.error(f"{INSTALLED} is not installed: run make agreement")
    nodes = [find_node(path, os.environ) for path in options.nodes or [None]]
    found: list[Agreement] = []
    print(_row(_HEADER), _row(["---"] * len(_HEADER)), sep="\n")
    for node in nodes:
        for app in APPS:
            for agreement in _compare(node, app):
                found.append(agreement)
                print(_row(_cells(node, app, agreement)), flush=True)
    print("", *_rule_lines(found), sep="\n")
    unexplained = [line for agreement in found for line in agreement.unexplained]
    print(f"\n{len(unexplained)} differences that no rule accounts for")
    print("\n".join(unexplained))
    return 1 if unexplained else 0


def _compare(node: NodeBinary, app: str) -> Iterator[Agreement]:
    with tempfile.TemporaryDirectory() as directory:
        file = take_snapshot(app, node, Path(directory))
        snapshot = read_snapshot_file(file)
        for peer in SCRIPT_OF:
            heap = read(peer, file, peer_node())
            yield compare(snapshot, peer, heap, try_rules=True)


def _cells(node: NodeBinary, app: str, found: Agreement) -> Iterator[str]:
    yield from (node.version, app, f"{found.node_count:,}", f"{found.edge_count:,}")
    yield from (found.peer, str(found.class_count))
    # What is unexplained is listed below the tables, one line each.
    for as_is, compared in (
        (found.nodes_as_is, found.nodes_compared),
        (found.classes_as_is, found.classes_compared),
    ):
        yield f"{as_is} of {compared}"
        yield f"{compared} of {compared}" if not found.unexplained else "see below"


def _rule_lines(found: Sequence[Agreement]) -> Iterator[str]:
    peers = list(SCRIPT_OF)
    yield _row(["rule", *peers])
    yield _row(["---"] * (len(peers) + 1))
    for rule in Rule:
        yield _row(
            [
                rule.value,
                *(
                    str(sum(a.nodes_by_rule[rule] for a in found if a.peer == peer))
                    if rule in RULES_OF[peer]
                    else "-"
                    for peer in peers
                ),
            ]
        )


def _row(cells: Sequence[str] | Iterator[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
