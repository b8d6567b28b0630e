"""Print what docs/gallery.md claims about speed, as ratios measured in this run.

``make bench``, or one by name: ``PYTHONPATH=tests python -m benchmarks load``.
Nothing is asserted: timing depends on the machine, ratios hardly do.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Mapping

from benchmarks.bench_analysis import measure_analysis
from benchmarks.bench_import import measure_import
from benchmarks.bench_live import measure_live
from benchmarks.bench_load import measure_load
from benchmarks.bench_verdict import measure_verdicts
from pytest_nodeleak.nodejs.binary import find_node

BENCHMARKS: Mapping[str, Callable[[], None]] = {
    "import": measure_import,
    "load": measure_load,
    "verdict": measure_verdicts,
    "analysis": measure_analysis,
    "live": measure_live,
}


def main(names: list[str]) -> None:
    """Run the benchmarks that are named, or all."""
    node = find_node(None, os.environ)
    print(
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores,"
        f" Python {platform.python_version()}, Node {node.version}"
    )
    for name in names or BENCHMARKS:
        print(f"\n== {name}")
        BENCHMARKS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
