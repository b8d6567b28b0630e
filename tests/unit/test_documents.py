"""Documents say what the code has: the README's tables are the public contract."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from pytest_nodeleak.limits import LIMITS
from pytest_nodeleak.options import OPTIONS
from pytest_nodeleak.policy import LeakPolicy

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
_UNITS = {"_bytes": " B", "_ms": " ms"}


def table(heading: str) -> list[list[str]]:
    """Return the cells of the table with this heading, without code marks and links."""
    rows = README.partition(f"| {heading} |")[2].splitlines()[2:]
    found = []
    for row in rows:
        if not row.startswith("|"):
            break
        cells = re.split(r"(?<!\\)\|", row)[1:-1]
        found.append([cell.strip().replace("\\|", "|") for cell in cells])
    return found


def test_all_options_are_in_the_table_with_their_help() -> None:
    shown = [(row[0].strip("`"), plain(row[-1])) for row in table("option | meaning")]

    # The list of known leaks and the record have pages of their own.
    assert [flag for flag, _ in shown] == [
        f"{option.flag} {option.metavar}".strip() for option in OPTIONS
    ]
    assert [
        flag
        for (flag, help_text), option in zip(shown, OPTIONS, strict=True)
        if help_text != plain(option.help)
    ] == ["--nodeleak-suppressions FILE"]


def plain(text: str) -> str:
    """Leave out marks of code, and where to read on."""
    return re.sub(r" \(\[.*\)$", "", text).translate(str.maketrans("", "", "`'"))


def test_all_limits_are_in_the_table_with_what_they_are_unless_set() -> None:
    shown = {
        name: usual
        for names, _per, usual in table("limit | per | unless set")
        for name in re.findall(r"`(\w+)`", names)
    }

    assert shown == {name: usual(limit.field) for name, limit in LIMITS.items()}


def usual(field: str) -> str:
    value = getattr(LeakPolicy(), field)
    unit = next((unit for end, unit in _UNITS.items() if field.endswith(end)), "")
    return "none" if value is None else f"{value:g}{unit}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_to_files_and_headings_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = document.parent / name if name else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)

    assert dead == []


def anchors(document: Path) -> set[str]:
    """Return the headings as GitHub makes links of them."""
    headings = re.findall(
        r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE
    )
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_examples_in_python_are_python(document: Path) -> None:
    text = document.read_text(encoding="utf-8")

    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        ast.parse(code)
