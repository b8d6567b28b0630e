"""``docs/command-line.md`` shows what commands print, and names all they say as data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from record_fields import documented
from saved_heaps import saved_service

from pytest_nodeleak.commands.main import main
from pytest_nodeleak.heap.disguise import Role

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
GOLDEN = ROOT / "tests" / "golden" / "commands"
FINDING = {
    name.removeprefix("findings[].").partition(".")[0].removesuffix("[]")
    for name in documented()
    if name.startswith("findings[].")
}


def test_the_sample_is_what_diff_prints() -> None:
    # Included, not copied: what diff prints is compared with the same file.
    shown = GOLDEN / "diff_two.txt"

    assert f"```{{literalinclude}} ../{shown.relative_to(ROOT)}\n" in DOCUMENT
    assert shown.is_file()


@pytest.mark.parametrize(
    "command", ["diff", "show", "redact", "explain", "doctor", "init", "trend"]
)
def test_every_field_is_in_the_document(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = saved_service(tmp_path, 40)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "server.js").touch()
    (tmp_path / "app" / "package.json").write_text("{}")
    arguments: dict[str, list[str | Path]] = {
        "diff": [first, second],
        "show": [second, "--strings"],
        "redact": [second, tmp_path / "safe.heapsnapshot"],
        "explain": ["timer"],
        "init": [tmp_path / "app", "--dry-run", "--no-start"],
        # There is no such binary, so no app is started.
        "doctor": ["--node", "/nonexistent"],
        "trend": [ROOT / "tests" / "golden" / "baselines" / "file.json"],
    }
    main([command, *map(str, arguments[command]), "--json"])
    record = json.loads(capsys.readouterr().out)

    assert (record.pop("schema"), record.pop("command")) == (1, command)
    # A finding is that of a check, and has a document of its own.
    inside = record.pop("findings", [])
    names = {*keys(record), *(name for finding in inside for name in finding)}
    data = DOCUMENT.partition("## As data")[2]
    assert {name for name in names - FINDING if f"`{name}`" not in data} == set()


def test_every_kind_of_name_is_in_the_document() -> None:
    names = [role.name.lower() for role in Role]

    assert [name for name in names if f"`{name}`" not in DOCUMENT] == []


def keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)
