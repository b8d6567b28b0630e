"""Three heap snapshots of a service that leaks one session per request, of any size.

``PYTHONPATH=tests python -m benchmarks.heap_files MEGABYTES [NODE]`` makes them below
``.cache/heaps`` unless they are there, and prints their names.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pytest_nodeleak.nodejs.binary import NodeBinary, find_node

# What the app does; see heap_app.cjs.
REQUESTS = 1000
LEAKING = "sessions"

_APP = Path(__file__).with_name("heap_app.cjs")
_FOLDER = Path(__file__).parents[2] / ".cache" / "heaps"
# V8 needs about 0.65 KB of its own memory per node to write a snapshot, outside the limit.
_HEAP_LIMIT_MEGABYTES = 8000


def make_heap_files(node: NodeBinary, megabytes: int) -> tuple[Path, Path, Path]:
    """Return three snapshot files of about this size, made by ``node`` if need be."""
    prefix = _FOLDER / f"{node.version}-{megabytes}MB"
    first, second, third = (
        Path(f"{prefix}-{number}.heapsnapshot") for number in (1, 2, 3)
    )
    if not all(path.exists() for path in (first, second, third)):
        _FOLDER.mkdir(parents=True, exist_ok=True)
        limit = f"--max-old-space-size={_HEAP_LIMIT_MEGABYTES}"
        subprocess.run(
            [node.path, limit, _APP, str(megabytes), prefix],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return first, second, third


def main(arguments: list[str]) -> None:
    """Make the files and print their names."""
    megabytes, *explicit = arguments
    node = find_node(explicit[0] if explicit else None, os.environ)
    for path in make_heap_files(node, int(megabytes)):
        print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
