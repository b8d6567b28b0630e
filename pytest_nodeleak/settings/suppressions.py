"""The rim of ``judging.suppressions``: reads the file and the calendar."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.judging.suppressions import Suppressions, parse_suppressions

__all__ = ["read_suppressions"]


def read_suppressions(directory: Path, name: str, *, source: str) -> Suppressions:
    """Read a file of known leaks.

    Args:
        directory: What the name is relative to.
        name: As the user wrote it.
        source: Where the user wrote it, for errors.

    Raises:
        InvalidSetting: If it cannot be read, or anything in it is wrong.

    """
    path = directory / name
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        problem = exc.strerror if isinstance(exc, OSError) else "no UTF-8"
        raise InvalidSetting(
            name="suppressions",
            value=name,
            source=source,
            expected=f"a file that can be read: {problem} ({path})",
        ) from exc
    # By the calendar on the wall: an expiry is a day that people have agreed on.
    today = datetime.now().astimezone().date()
    return parse_suppressions(text, file=name, today=today)
