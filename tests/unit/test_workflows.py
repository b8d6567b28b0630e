"""The workflows of ``docs/ci`` are what they claim to be, and use options that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from check_jsonschema import main as check_jsonschema

from pytest_nodeleak.settings.options import OPTIONS

DIRECTORY = Path(__file__).parents[2] / "docs" / "ci"
SCHEMAS = {
    "github.yml": "vendor.github-workflows",
    "gitlab.yml": "vendor.gitlab-ci",
    "release-gate.yml": "vendor.github-workflows",
}
FLAGS = {option.flag: option for option in OPTIONS}


def test_every_workflow_is_checked() -> None:
    assert {path.name for path in DIRECTORY.iterdir()} == SCHEMAS.keys()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_workflow_is_valid_by_the_schema_of_its_host(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--builtin-schema", SCHEMAS[name], str(DIRECTORY / name)]
    with pytest.raises(SystemExit) as end:
        check_jsonschema(arguments)
    assert end.value.code == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_options_of_a_workflow_exist_and_have_the_values_they_take(
    name: str,
) -> None:
    text = (DIRECTORY / name).read_text(encoding="utf-8")
    used = re.findall(r'(--nodeleak[\w-]*)(=(?:"[^"]+"|[^\s"]+))?', text)
    assert len(used) >= 4
    assert [flag for flag, _ in used if flag not in FLAGS] == []
    assert [
        flag for flag, value in used if bool(FLAGS[flag].metavar) != bool(value)
    ] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_workflow_is_shown_in_the_document(name: str) -> None:
    document = DIRECTORY.with_suffix(".md").read_text(encoding="utf-8")
    assert f"```{{literalinclude}} ci/{name}\n" in document
