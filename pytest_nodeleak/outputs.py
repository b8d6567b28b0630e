"""The files a session writes at its end: one entry for each, with the option that names it.

All are made from the session's record, which is what the JSON record has, so that they
say the same with and without pytest-xdist.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["OUTPUTS", "Output", "write_outputs"]

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A file.

    Attributes:
        option: The name of the option that says where it goes, e.g. ``"json"``.
        render: From the session's record to the file's text; heavy imports belong inside.

    """

    option: str
    render: Callable[[Record], str]


def _json(record: Record) -> str:
    return json.dumps(record, indent=2) + "\n"


OUTPUTS: tuple[Output, ...] = (Output(option="json", render=_json),)


def write_outputs(record: Record, paths: Mapping[str, Path]) -> list[str]:
    """Write the files that were asked for, each whole or not at all.

    Args:
        record: Of the session.
        paths: By the name of their option.

    Returns:
        Why files could not be written, a sentence each.

    """
    problems = []
    for output in OUTPUTS:
        path = paths.get(output.option)
        if path is None:
            continue
        try:
            _write_whole(path, output.render(record))
        except OSError as exc:
            problems.append(
                f"--nodeleak-{output.option}: {path} could not be written"
                f" ({exc.strerror}); name a file that can be, and run again"
            )
    return problems


def _write_whole(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():
        # A terminal or a pipe is written to, not replaced.
        path.write_text(text, encoding="utf-8")
        return
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
