"""A series of numbers as one line of blocks."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["sparkline"]

_BLOCKS = "▁▂▃▄▅▆▇█"
_WIDTH = 8


def sparkline(values: Sequence[float], *, smallest_range: float = 0.0) -> str:
    """Draw values from their minimum to their maximum, eight blocks wide at most.

    Args:
        values: At least one.
        smallest_range: A range smaller than this is drawn flat, so that noise does not
            look like growth.

    """
    columns = min(_WIDTH, len(values))
    last = len(values) - 1
    shown = [values[round(i * last / max(1, columns - 1))] for i in range(columns)]
    low, high = min(shown), max(shown)
    if high - low <= smallest_range:
        return _BLOCKS[0] * len(shown)
    scale = (len(_BLOCKS) - 1) / (high - low)
    return "".join(_BLOCKS[round((value - low) * scale)] for value in shown)
