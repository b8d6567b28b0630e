"""The file of a step's summary in GitHub Actions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_nodeleak.report.step_summary import LARGEST_SUMMARY_BYTES, step_summary

__all__ = ["append_summary"]


def append_summary(session: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """Append a session to the summary of the step, as far as there is room in it.

    Returns:
        Why it could not be written; empty if it was, or if there is no such file.

    """
    name = environ.get("GITHUB_STEP_SUMMARY")
    if not name:
        return ""
    path = Path(name)
    try:
        taken_bytes = path.stat().st_size if path.exists() else 0
        text = step_summary(session, room_bytes=LARGEST_SUMMARY_BYTES - taken_bytes)
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as exc:
        return (
            f"GITHUB_STEP_SUMMARY: {path} could not be written ({exc.strerror}), so the"
            " step has no summary of its checks"
        )
    return ""
