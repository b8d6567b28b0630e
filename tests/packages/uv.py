"""Runs uv, which builds, makes clean environments, and installs into them.

Without the network it takes what an earlier run has left in ``.cache/uv``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from packages import clean_environ

__all__ = ["uv"]

_CACHE = Path(__file__).parents[2] / ".cache" / "uv"
_TIMEOUT_S = 600.0


def uv(*arguments: str | Path, is_latest: bool = False) -> str:
    """Run a command of uv; return what it printed.

    Args:
        arguments: The command and its arguments.
        is_latest: Whether the index is asked what there is by now. Otherwise what an
            earlier run has found there will do, so that a test sees the same versions
            again, and needs no network.

    Raises:
        AssertionError: If it failed, with what it printed.

    """
    if not is_latest:
        run = _run("--offline", *arguments)
        if run.returncode == 0:
            return run.stdout
    run = _run(*arguments)
    assert run.returncode == 0, f"uv {' '.join(map(str, arguments))}\n{run.stderr}"
    return run.stdout


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "uv", *arguments],
        env=clean_environ() | {"UV_CACHE_DIR": str(_CACHE), "UV_NO_CONFIG": "1"},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
