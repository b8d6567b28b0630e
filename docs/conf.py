"""How Sphinx builds these pages: ``make docs``, where every warning is an error."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from sphinx.application import Sphinx

from pytest_nodeleak.advice import PAGES, page_for

project = "pytest-nodeleak"
author = "the pytest-nodeleak authors"
project_copyright = f"2026, {author}"
version = release = metadata.version("pytest-nodeleak")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
nitpicky = True
exclude_patterns = ["examples", "outputs"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

highlight_language = "text"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_class_signature = "separated"
autodoc_default_options = {"exclude-members": "__init__, __new__"}
python_use_unqualified_type_names = True
# Types of the standard library, of pytest and of requests: their documents are on the
# network, and building ours asks nobody.
nitpick_ignore_regex = [
    ("py:.*", r"(collections|os|pathlib|typing|contextlib|types|requests|pytest)\..*"),
    ("py:class", r"JsonValue|pytest_nodeleak\.(endpoint|memory_kill|settings)\..*"),
]

html_theme = "furo"
html_title = f"pytest-nodeleak {release}"
html_static_path = ["_static"]
html_css_files = ["reports.css"]
html_copy_source = False
html_show_sphinx = False


_HERE = Path(__file__).parent
# The same pages are read beside the code, where links lead to files of the repository.
_ELSEWHERE = {
    "](../pytest_nodeleak/advice/": "](failures/",
    "](../README.md)": "](index.md)",
    "](../CONTRIBUTING.md)": "](contributing.md)",
}


def _write_failures(_app: Sphinx) -> None:
    """Make pages of what ``python -m pytest_nodeleak explain`` prints."""
    pages = _HERE / "failures"
    pages.mkdir(exist_ok=True)
    for old in pages.glob("*.md"):
        old.unlink()
    for name, page in PAGES.items():
        (pages / f"{name}.md").write_text(page_for(page), encoding="utf-8")


def _lead_to_pages(_app: Sphinx, _name: str, source: list[str]) -> None:
    for link, page in _ELSEWHERE.items():
        source[0] = source[0].replace(link, page)


def _keep_whole(
    _app: Sphinx,
    what: str,
    _name: str,
    _object: object,
    _options: object,
    lines: list[str],
) -> None:
    """Keep napoleon from taking what is before a colon for the type of a property."""
    if what == "property" and lines:
        lines[0] = lines[0].replace(": ", " \N{EN DASH} ")


def setup(app: Sphinx) -> None:
    """Take in the pages on failures, and let links lead to pages."""
    app.connect("autodoc-process-docstring", _keep_whole, priority=100)
    app.connect("builder-inited", _write_failures)
    app.connect("source-read", _lead_to_pages)
