"""What loading the plugin adds to a pytest that does not use it."""

from __future__ import annotations

import statistics
import subprocess
import sys

_REPEATS = 15
_TIME_IMPORT = """
import time
{before}
started = time.perf_counter()
import {module}
print(time.perf_counter() - started)
"""


def measure_import() -> None:
    """Print the median import time of the plugin and its ratio to pytest's own."""
    pytest_s = _median_import_s("pytest", before="")
    plugin_s = _median_import_s("pytest_nodeleak.plugin", before="import pytest")
    print(f"import pytest                    {pytest_s * 1000:6.1f} ms")
    print(
        f"import pytest_nodeleak.plugin    {plugin_s * 1000:6.1f} ms after pytest,"
        f" {plugin_s / pytest_s:.2f} of it"
    )


def _median_import_s(module: str, *, before: str) -> float:
    script = _TIME_IMPORT.format(module=module, before=before)
    return statistics.median(
        float(
            subprocess.run(
                [sys.executable, "-c", script],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for _ in range(_REPEATS)
    )
