"""Sizes and durations as people write them."""

from __future__ import annotations

import re

__all__ = [
    "MIB",
    "format_bytes",
    "format_count",
    "format_duration",
    "format_mib",
    "format_number",
    "format_things",
    "memory_size",
    "parse_bytes",
    "parse_duration_s",
]

MIB = 1024**2
"""A mebibyte: what V8 and npm scripts mean by a MB."""

_BYTES_PER_UNIT = {
    "B": 1,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KIB": 1024,
    "MIB": MIB,
    "GIB": 1024**3,
}
# With less not even an empty Node.js starts; a bare '256' is meant as something else.
_SMALLEST_MEMORY_BYTES = 16 * MIB
_SECONDS_PER_UNIT = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
_QUANTITY = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]*)\s*")


def _split(text: str) -> tuple[float, str] | None:
    match = _QUANTITY.fullmatch(text)
    return (float(match["number"]), match["unit"]) if match else None


def parse_bytes(text: str) -> float:
    """Read a size such as ``"64 B"``, ``"1.5 KiB"`` or ``"256MiB"``.

    A bare number is bytes; KB is 1,000 bytes and KiB 1,024, in any letter case.

    Raises:
        ValueError: If the text is not a size from end to end.

    """
    parts = _split(text)
    unit = parts[1].upper() or "B" if parts else ""
    if parts is None or unit not in _BYTES_PER_UNIT:
        msg = "a size such as '64 B', '1.5 KiB' or '256 MiB'"
        raise ValueError(msg)
    return parts[0] * _BYTES_PER_UNIT[unit]


def memory_size(text: str) -> int:
    """Read the memory of a container or a machine, in bytes.

    Raises:
        ValueError: If it is no size, or one that no Node.js starts in.

    """
    size_bytes = int(parse_bytes(text))
    if size_bytes < _SMALLEST_MEMORY_BYTES:
        msg = "at least 16 MiB; write e.g. '256 MiB'"
        raise ValueError(msg)
    return size_bytes


def parse_duration_s(text: str, *, bare_unit: str = "s") -> float:
    """Read a duration such as ``"50 ms"``, ``"30 s"`` or ``"2 min"`` as seconds.

    Args:
        text: What the user wrote.
        bare_unit: The unit of a number without one.

    Raises:
        ValueError: If the text is not a duration from end to end.

    """
    parts = _split(text)
    unit = parts[1] or bare_unit if parts else ""
    if parts is None or unit not in _SECONDS_PER_UNIT:
        msg = "a duration such as '50 ms', '30 s' or '2 min'"
        raise ValueError(msg)
    return parts[0] * _SECONDS_PER_UNIT[unit]


def format_bytes(size_bytes: float) -> str:
    """Write a size with three significant digits, e.g. ``"402 B"`` or ``"5.3 MB"``."""
    magnitude = abs(size_bytes)
    for unit, factor in (("GB", 1000**3), ("MB", 1000**2), ("KB", 1000)):
        # 0.9995 keeps "1000 KB" from being printed where "1.00 MB" is meant.
        if magnitude >= 0.9995 * factor:
            return f"{_three_digits(size_bytes / factor)} {unit}"
    if magnitude < 99.95 and size_bytes != round(size_bytes):
        return f"{size_bytes:.1f} B"
    return f"{size_bytes:.0f} B"


def format_mib(size_bytes: float) -> str:
    """Write a limit of memory as it is set, e.g. ``"2,048 MiB"``."""
    return f"{size_bytes / MIB:,.0f} MiB"


def _three_digits(value: float) -> str:
    if abs(value) >= 99.95:
        return f"{value:,.0f}"
    if abs(value) >= 9.995:
        return f"{value:.1f}"
    return f"{value:.2f}"


def format_count(count: float) -> str:
    """Write a rate or count: two decimals, or as many as a small one needs."""
    if count and abs(count) < 0.005:
        return f"{count:.1g}"
    return f"{count:,.2f}"


def format_number(number: float) -> str:
    """Write four digits, or all before the point; never an exponent for a large one."""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"


def format_duration(duration_s: float) -> str:
    """Write a duration in the unit a person would use, e.g. ``"28 h"``."""
    for unit, factor in (("years", 365 * 86400), ("days", 86400), ("h", 3600)):
        if duration_s >= 2 * factor:
            return f"{duration_s / factor:,.0f} {unit}"
    if duration_s >= 120:
        return f"{duration_s / 60:.0f} min"
    if duration_s >= 1:
        return f"{duration_s:.0f} s"
    return f"{duration_s * 1000:.0f} ms"


def format_things(count: int, thing: str) -> str:
    """Write how many there are of something, e.g. ``"1 route"`` or ``"1,024 routes"``."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
