"""Node's command line flags, as a running process tells them."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["flag_value", "has_flag"]


def flag_value(words: Sequence[str], name: str) -> str | None:
    """Return the value of a flag such as ``"--max-old-space-size"``.

    The last one counts. Node takes ``_`` for ``-`` and a space for ``=``.

    Args:
        words: Flags and their values; those of ``NODE_OPTIONS`` first.
        name: The flag.

    Returns:
        None if it is not given, or has no value.

    """
    value: str | None = None
    for position, word in enumerate(words):
        flag, equals, given = word.partition("=")
        if flag.replace("_", "-") != name:
            continue
        if equals:
            value = given
        elif position + 1 < len(words):
            value = words[position + 1]
    return value


def has_flag(words: Sequence[str], name: str) -> bool:
    """Tell whether a flag is given, with or without a value."""
    return any(word.partition("=")[0].replace("_", "-") == name for word in words)
