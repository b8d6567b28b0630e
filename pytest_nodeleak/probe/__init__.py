"""The scripts that run inside the app, each a JavaScript expression in its own file."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

__all__ = ["load_script", "script_path"]


@cache
def load_script(name: str) -> str:
    """Return the source of ``<name>.js`` beside this module."""
    return (resources.files(__name__) / f"{name}.js").read_text(encoding="utf-8")


def script_path(name: str) -> Path:
    """Return the file beside this module that Node.js is to load itself."""
    return Path(str(resources.files(__name__) / name))
