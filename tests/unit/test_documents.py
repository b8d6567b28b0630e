"""Documents say what the code has: the tables of options are the public contract."""

from __future__ import annotations

import ast
import re
import tomllib
from configparser import ConfigParser
from inspect import signature
from pathlib import Path

import pytest
from options_page import PAGE, page

import pytest_nodeleak
from pytest_nodeleak import NodeApp, NodeLeak, plugin
from pytest_nodeleak.commands.command_line import parse
from pytest_nodeleak.settings.limits import LIMITS
from pytest_nodeleak.settings.options import OPTIONS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
_METHODS = {
    method.__name__: method
    for method in (
        NodeApp.hammer,
        NodeApp.assert_fits,
        NodeLeak.launch,
        NodeLeak.attach,
        NodeLeak.plant,
    )
}


def test_the_page_of_all_options_is_up_to_date() -> None:
    # If it is not: make options.
    assert PAGE.read_text(encoding="utf-8") == page()


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


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_options_that_are_mentioned_are_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    flags = {option.flag for option in OPTIONS}
    ini_names = {option.ini for option in OPTIONS}
    ini_names |= {f"nodeleak_{name}" for name in LIMITS}

    mentioned = set(re.findall(r"(?<![\w/.-])--nodeleak(?:-[a-z]+)*(?![a-z*-])", text))
    assert mentioned - flags == set()
    # Of a word with an equals sign it is certain that it is a setting.
    assert (
        set(re.findall(r"^(nodeleak_\w+) *=", text, re.MULTILINE)) - ini_names == set()
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_that_are_mentioned_are_there(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = " ".join(document.read_text(encoding="utf-8").split())

    for command in sorted(set(re.findall(r"python -m pytest_nodeleak ([a-z]+)", text))):
        with pytest.raises(SystemExit) as end:
            parse([command, "--help"])
        assert end.value.code == 0, capsys.readouterr().err


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_settings_in_toml_are_settings(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    known = {option.ini for option in OPTIONS} | {f"nodeleak_{name}" for name in LIMITS}

    for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
        pytest_table = tomllib.loads(block).get("tool", {}).get("pytest", {})
        settings = {**pytest_table, **pytest_table.get("ini_options", {})}
        names = {name for name in settings if name.startswith("nodeleak")}
        assert names - known == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_settings_in_ini_files_are_settings(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    known = {option.ini for option in OPTIONS} | {f"nodeleak_{name}" for name in LIMITS}

    for block in re.findall(r"```ini\n(.*?)```", text, re.DOTALL):
        parser = ConfigParser(interpolation=None)
        parser.read_string(block)
        names = {name for section in parser.sections() for name in parser[section]}
        assert {name for name in names if name.startswith("nodeleak")} - known == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_examples_call_what_is_there_with_arguments_it_takes(document: Path) -> None:
    text = document.read_text(encoding="utf-8")

    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        for call in ast.walk(ast.parse(code)):
            if not isinstance(call, ast.Call) or not isinstance(
                call.func, ast.Attribute
            ):
                continue
            method = _METHODS.get(call.func.attr)
            if method is not None:
                names = {keyword.arg for keyword in call.keywords}
                assert names <= set(signature(method).parameters), call.func.attr


def test_all_fixtures_are_in_the_table_of_fixtures() -> None:
    text = (ROOT / "docs/fixtures.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == set(plugin.__all__)


def test_all_public_names_are_on_the_page_of_python_names() -> None:
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    shown = set(re.findall(r":: pytest_nodeleak\.(\w+)$", text, re.MULTILINE))

    assert set(pytest_nodeleak.__all__) - shown == set()


def test_the_readme_s_examples_are_examples_that_are_run() -> None:
    examples = [
        path.read_text(encoding="utf-8")
        for path in ROOT.glob("docs/examples/*_example.py")
    ]
    blocks = [
        re.sub(r"\A(?:#.*\n)+", "", block)
        for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    ]

    assert blocks
    assert [
        block for block in blocks if not any(block in text for text in examples)
    ] == []


def test_the_pages_show_examples_and_outputs_that_are_there() -> None:
    shown = {
        file
        for page in ROOT.glob("docs/*.md")
        for file in re.findall(
            r"\{literalinclude\} (\S+)", page.read_text(encoding="utf-8")
        )
    }
    examples = {path.name for path in ROOT.glob("docs/examples/*_example.py")}

    assert {file for file in shown if not (ROOT / "docs" / file).exists()} == set()
    assert examples - {Path(file).name for file in shown} == set()


def test_the_readme_s_report_is_the_one_that_the_tutorial_checks() -> None:
    report = (ROOT / "docs/outputs/leak.txt").read_text(encoding="utf-8")

    assert f"```\n{report}```\n" in README
