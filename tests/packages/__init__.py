"""The distributions, and what is installed from them: used by tests that see no sources."""

from __future__ import annotations

import os

__all__ = ["clean_environ"]

_NAMES_OF_OTHERS = (
    "PYTHON",
    "PYTEST",
    "VIRTUAL_ENV",
    "NODELEAK",
    "UV_",
    "CI",
    "GITHUB",
)


def clean_environ() -> dict[str, str]:
    """Return the environment without what tells Python, pytest or us anything."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_NAMES_OF_OTHERS)
    }
