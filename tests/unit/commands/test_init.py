"""The command without starting an app; that is tested end to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_nodeleak.commands.asked import InitAsked
from pytest_nodeleak.commands.init import init
from pytest_nodeleak.exceptions import InvalidSetting

GOLDEN = Path(__file__).parents[2] / "golden" / "commands"


def asked(directory: Path, *, is_dry: bool = False) -> InitAsked:
    return InitAsked(
        directory=directory, starts=False, is_dry=is_dry, node=None, as_json=False
    )


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    content = {
        "name": "shop",
        "scripts": {"start": "nodemon server.js"},
        "dependencies": {"express": "4"},
    }
    (tmp_path / "package.json").write_text(json.dumps(content))
    (tmp_path / "server.js").write_text("app.get('/users/:id', handler)")
    (tmp_path / ".git").mkdir()
    return tmp_path


def test_a_dry_run_shows_everything_and_writes_nothing(app: Path) -> None:
    before = sorted(app.rglob("*"))
    answer = init(asked(Path(), is_dry=True))

    assert sorted(app.rglob("*")) == before
    assert answer.text + "\n" == (GOLDEN / "init.txt").read_text(encoding="utf-8")
    assert {file["action"] for file in answer.record["files"]} == {"none"}


def test_what_was_done_and_what_to_do_next_is_said(app: Path) -> None:
    text = init(asked(Path())).text

    assert "wrote        tests/test_leaks.py\n" in text
    assert "next         pytest --nodeleak\n" in text
    assert (app / "pytest.ini").is_file()
    again = init(asked(Path()))
    assert "kept         pytest.ini, which names the app already\n" in again.text
    assert [file["action"] for file in again.record["files"]] == ["kept"] * 3


def test_of_a_monorepo_the_apps_are_named(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"workspaces": ["packages/*"]}')
    for name, scripts in (("api", '{"start": "node a.js"}'), ("kit", "{}")):
        (tmp_path / "packages" / name).mkdir(parents=True)
        package = tmp_path / "packages" / name / "package.json"
        package.write_text(f'{{"scripts": {scripts}}}')

    with pytest.raises(InvalidSetting) as raised:
        init(asked(tmp_path))
    assert str(raised.value).endswith(
        "is not one app but a monorepo; name the app: python -m pytest_nodeleak init DIR,"
        " with DIR one of packages/api (node a.js)"
    )


def test_an_app_that_cannot_be_started_is_said(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    with pytest.raises(InvalidSetting, match="has no script 'start' and no main"):
        init(asked(tmp_path))
