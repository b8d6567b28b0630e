"""Writes ``docs/options.md`` from the tables of options and limits: ``make options``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pytest_nodeleak.settings.limit_texts import LIMIT_TEXTS, MARKER_ARGUMENTS
from pytest_nodeleak.settings.options import OPTIONS, Option

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).parents[1] / "docs" / "options.md"
# Where there is more about an option than one line.
_MORE = {
    "app": "starting.md",
    "artifacts": "ci.md",
    "attach_remote": "security.md#the-inspector",
    "unredacted": "security.md#redacted-snapshots",
    "compare": "baselines.md",
    "attach": "attach.md",
    "har": "sweeps.md#from-recorded-traffic",
    "header": "sweeps.md#who-asks",
    "json": "record.md",
    "html": "html-report.md",
    "max_open_files": "findings.md#descriptors",
    "memory_limit": "containers.md",
    "metrics": "metrics.md",
    "openapi": "sweeps.md#from-an-openapi-document",
    "otlp": "metrics.md#over-otlp",
    "repeat": "repeat.md",
    "save": "baselines.md",
    "suppressions": "suppressions.md",
    "verify": "starting.md",
}
_BEGINNING = """\
# Options

Each option is a flag of pytest and, under the name beside it, a setting of pytest's
configuration file. A test's marker beats the command line, which beats the file. A
wrong value is an error at collection that says where it was given and what would do.

## On the command line and in the file

| option | in the file | meaning |
|---|---|---|
"""
_FILES = """
### In each kind of file

The directory of the file is where the app is started, and what `nodeleak_json` and
other names of files in it are relative to; on the command line they are relative to
where pytest is called.

In `pyproject.toml`, for all versions of pytest:

```toml
[tool.pytest.ini_options]
nodeleak_app = "node server.js"
nodeleak_route = ["GET /users/{n}", "POST /users"]
nodeleak_budget = "30 s"
nodeleak_loop_delay_p99 = "50 ms"
```

With pytest 9 also in its native table, and in `pytest.toml` below `[pytest]`. Numbers,
texts, `true` and `false` are taken as well as their texts:

```toml
[tool.pytest]
nodeleak = true
nodeleak_app = "node server.js"
nodeleak_route = ["GET /users/{n}", "POST /users"]
nodeleak_budget = 30
nodeleak_listener_growth = 0
```

In `pytest.ini` or `tox.ini`, and in `setup.cfg` below `[tool:pytest]`; what can be
given more than once has a line for each:

```ini
[pytest]
nodeleak_app = node server.js
nodeleak_route =
    GET /users/{n}
    POST /users
nodeleak_budget = 30 s
```

`pytest -o nodeleak_budget="2 min"` sets a setting of the file for one run, limits
included.
"""
_LIMITS = """
## Limits

What `assert_bounded()` allows beside leaks. Each is an argument of it and of the
marker, and a setting of the file with `nodeleak_` in front.

| limit | in the file | meaning |
|---|---|---|
"""
_MARKER = """
```python
import pytest


@pytest.mark.nodeleak(loop_delay_p99="50 ms", budget="30 s")
def test_search(node_app):
    node_app.hammer("GET /search?q={random}").assert_bounded()
```

The marker takes these limits, and MORE.

On a class or a module it holds for all tests of it, and the closest one wins. Sizes are
written as `64 B`, `1.5 KiB` or `2 MB`, times as `50 ms`, `30 s` or `2 min`; a number
without a unit is bytes, seconds, or milliseconds of a delay or pause.
"""


def page() -> str:
    """Return the document."""
    others = [f"`{name}`" for name in MARKER_ARGUMENTS if name not in LIMIT_TEXTS]
    more = f"{', '.join(others[:-1])} and {others[-1]}"
    return "".join(
        [
            _BEGINNING,
            *(f"{row}\n" for row in _option_rows()),
            _FILES,
            _LIMITS,
            *(f"{row}\n" for row in _limit_rows()),
            _MARKER.replace("MORE", more),
        ]
    )


def _option_rows() -> Iterator[str]:
    for option in OPTIONS:
        meaning = _marked(option.help)
        if option.name in _MORE:
            meaning += f" ([more]({_MORE[option.name]}))"
        yield f"| `{_spelled(option)}` | `{option.ini}` | {meaning} |"


def _spelled(option: Option) -> str:
    return f"{option.flag} {option.metavar}".strip().replace("|", r"\|")


def _limit_rows() -> Iterator[str]:
    for name, text in LIMIT_TEXTS.items():
        yield f"| `{name}` | `nodeleak_{name}` | {_marked(text)} |"


def _marked(text: str) -> str:
    """Make code of what is quoted, and of flags and variables."""
    text = re.sub(r"(?<!\w)'([^']+)'", r"`\1`", text)
    return re.sub(
        r"(?<![\w`])(--[a-z][\w-]*|[A-Z]+_[A-Z_]+\*?)(?![\w`])", r"`\1`", text
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
