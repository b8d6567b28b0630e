"""The page: one file of HTML with its style, its script and its data in it."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

import jinja2

from pytest_nodeleak.report.html.boxes import BOX_ROWS
from pytest_nodeleak.report.html.charts import delay_text
from pytest_nodeleak.report.html.checks import BECAME, STATES, check_views
from pytest_nodeleak.report.html.harmless import harmless
from pytest_nodeleak.units import (
    format_bytes,
    format_count,
    format_duration,
    format_number,
)

__all__ = ["render_page"]

_STYLES = ("vendor/uPlot.min.css", "page.css")
_SCRIPTS = ("vendor/uPlot.iife.min.js", "page.js")


def render_page(record: Mapping[str, Any], *, written_at: datetime) -> str:
    """Return the page of a session.

    Args:
        record: Of the session; its artifacts are linked to by the paths it has for them.
        written_at: The time the page says it was made at.

    """
    checks = check_views(record)
    counts = Counter(one.state for one in checks)
    style, script = _joined(_STYLES), _joined(_SCRIPTS)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            plugin=harmless(record["plugin"]),
            node=harmless(record["node"]),
            written_at=written_at,
            checks=checks,
            counts={name: counts[name] for name in STATES if counts[name]},
            states=STATES,
            became=BECAME,
            box_rows=BOX_ROWS,
            style=style,
            script=script,
            # Nothing is fetched, and nothing runs but what is named here by its hash.
            policy="; ".join(
                (
                    "default-src 'none'",
                    f"style-src '{_hash(style)}'",
                    f"script-src '{_hash(script)}'",
                    "img-src data:",
                    "base-uri 'none'",
                    "form-action 'none'",
                )
            ),
        )
    )


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "size": format_bytes,
        "rate": format_count,
        "number": format_number,
        "duration": format_duration,
        "delay": delay_text,
    }
    return environment


def _joined(names: tuple[str, ...]) -> str:
    """Return files of the package as the content of one element."""
    files = resources.files(__package__)
    return "\n".join(files.joinpath(one).read_text(encoding="utf-8") for one in names)


def _hash(content: str) -> str:
    """Return the hash by which a content security policy allows an inline element."""
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
