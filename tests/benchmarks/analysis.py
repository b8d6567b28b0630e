"""Our side of the comparison with other readers of heap snapshots.

``PYTHONPATH=tests python -m benchmarks.analysis FIRST SECOND THIRD`` finds what piles up
over three snapshot files and prints, as JSON, the seconds (imports included), the peak
resident memory of this process, the seconds per step, and who was named.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STARTED = time.perf_counter()
_spent: defaultdict[str, float] = defaultdict(float)


@contextmanager
def _timed(step: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    _spent[step] += time.perf_counter() - started


def main(arguments: list[str]) -> None:
    """Analyse three files and print the result."""
    with _timed("import"):
        from benchmarks.heap_files import REQUESTS
        from pytest_nodeleak.heap.files import read_snapshot_file
        from pytest_nodeleak.heap.graph import HeapGraph
        from pytest_nodeleak.heap.paths import PathTree, find_paths
        from pytest_nodeleak.heap.suspects import find_suspects
        from pytest_nodeleak.heap.window import Window

    def read(name: str) -> PathTree:
        with _timed("read"):
            graph = HeapGraph(read_snapshot_file(Path(name)))
        with _timed("paths"):
            return find_paths(graph)

    names = iter(arguments)
    before, between = read(next(names)), read(next(names))
    with _timed("cohorts"):
        first = Window(earlier=before, later=between, requests=REQUESTS).past()
    del before
    third = read(next(names))
    second = Window(earlier=between, later=third, requests=REQUESTS)
    with _timed("cohorts"):
        second.past()
    with _timed("suspects"):
        suspects = find_suspects(first, second)
    result = {
        "seconds": time.perf_counter() - _STARTED,
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "steps": dict(_spent),
        "nodes": third.graph.snapshot.node_count,
        "edges": len(third.graph.snapshot.edges.type),
        "suspects": [
            {
                "holder": suspect.holder.name,
                "class": suspect.holder.class_name,
                "entry": suspect.entry,
                "entries_per_request": suspect.entries_per_request,
                "objects_per_request": suspect.objects_per_request,
                "bytes_per_request": suspect.bytes_per_request,
            }
            for suspect in suspects
        ],
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
