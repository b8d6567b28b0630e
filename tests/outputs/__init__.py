"""What Node.js 20 to 26 print when they die, trimmed: their real words."""

from __future__ import annotations

from pathlib import Path

__all__ = ["FATAL", "VERSIONS", "output_of"]

VERSIONS = (20, 22, 24, 26)
# The line that tells of a full heap.
FATAL = (
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"
)


def output_of(death: str, version: int) -> list[str]:
    """Return the lines that a version printed, e.g. of ``"heap_limit"``."""
    path = Path(__file__).parent / f"{death}_{version}.txt"
    return path.read_text(encoding="utf-8").splitlines()
