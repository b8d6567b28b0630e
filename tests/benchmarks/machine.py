"""What the numbers were measured on, and what else the machine did meanwhile."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Self

import psutil
import pycurl
from peers.readers import INSTALLED as READERS
from peers.readers import peer_node

from benchmarks.bench_load import AUTOCANNON
from pytest_nodeleak.nodejs.binary import find_node

__all__ = ["CpuUse", "busy_share", "environment"]

_LOOK_S = 3.0
_PYTHON_PACKAGES = ("pytest", "numpy", "scipy", "websockets", "requests", "aiohttp")
_NODE_PACKAGES: Mapping[str, Path] = {
    "autocannon": AUTOCANNON,
    "memlab": READERS,
    "chrome-devtools-frontend": READERS,
    "@vscode/v8-heap-parser": READERS,
}


def environment() -> tuple[str, ...]:
    """Return the machine and all versions, a line each.

    Numbers of two runs are put into one table only if all of this is the same.
    """
    return (
        ", ".join(_machine()),
        ", ".join(_python_versions()),
        ", ".join(_node_versions()),
    )


def _machine() -> Iterator[str]:
    yield f"{platform.system()} {platform.release()} on {platform.machine()}"
    yield _processor()
    yield f"{psutil.cpu_count()} processors"
    yield f"{psutil.virtual_memory().total / 2**30:.0f} GiB of memory"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "a processor without a name").strip()


def _python_versions() -> Iterator[str]:
    yield f"pytest-nodeleak {version('pytest-nodeleak')}"
    yield f"Python {platform.python_version()}"
    for name in _PYTHON_PACKAGES:
        yield f"{name} {version(name)}"
    yield f"pycurl {version('pycurl')} with libcurl {pycurl.version_info()[1]}"


def _node_versions() -> Iterator[str]:
    yield f"Node.js {find_node(None, os.environ).version} (apps)"
    yield f"{peer_node().version} (what runs on Node.js of the peers)"
    for name, directory in _NODE_PACKAGES.items():
        manifest = directory / "node_modules" / name / "package.json"
        if manifest.is_file():
            yield f"{name} {json.loads(manifest.read_text())['version']}"
        else:
            yield f"{name} not installed"


def busy_share() -> float:
    """Return how much of all processors is in use now, from 0 to 1; takes seconds."""
    return psutil.cpu_percent(_LOOK_S) / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuUse:
    """Processor seconds so far: of the machine, and of us with all we have started."""

    clock_s: float
    machine_s: float
    own_s: float

    @classmethod
    def now(cls) -> Self:
        """Read them."""
        times = psutil.cpu_times()
        return cls(
            clock_s=time.monotonic(),
            machine_s=times.user + times.system + getattr(times, "nice", 0.0),
            # Children count once they have ended, as all of a benchmark's have.
            own_s=sum(os.times()[:4]),
        )

    def others_share(self, later: Self) -> float:
        """Return the part of all processors that others used until then, 0 to 1."""
        available_s = (later.clock_s - self.clock_s) * (psutil.cpu_count() or 1)
        others_s = (later.machine_s - self.machine_s) - (later.own_s - self.own_s)
        return min(1.0, max(0.0, others_s / available_s)) if available_s > 0 else 0.0
