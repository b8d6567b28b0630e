from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_nodeleak.commands.package_json import read_package
from pytest_nodeleak.exceptions import InvalidSetting


def package(directory: Path, **content: object) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "package.json").write_text(json.dumps(content))
    return directory


def test_what_matters_of_a_package_is_read(tmp_path: Path) -> None:
    (tmp_path / "pnpm-lock.yaml").touch()
    read = read_package(
        package(
            tmp_path,
            name="shop",
            main="index.js",
            scripts={"start": "node index.js", "broken": 1},
            dependencies={"express": "4"},
            devDependencies={"tsx": "4"},
        )
    )

    assert (read.name, read.main, read.framework) == ("shop", "index.js", "Express")
    assert read.scripts == {"start": "node index.js"}
    assert read.dependencies == {"express", "tsx"}
    assert (read.manager, read.lock) == ("pnpm", "pnpm-lock.yaml")


def test_a_lock_above_counts_up_to_the_repository(tmp_path: Path) -> None:
    (tmp_path / "yarn.lock").touch()
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    inside = package(tmp_path / "repository" / "api")
    assert read_package(inside).manager == "npm"

    (tmp_path / "repository" / "yarn.lock").touch()
    assert read_package(inside).manager == "yarn"


def test_a_package_without_a_name_has_its_directorys(tmp_path: Path) -> None:
    assert read_package(package(tmp_path / "api", scripts=[])).name == "api"


@pytest.mark.parametrize(
    "workspaces", [["packages/*"], {"packages": ["packages/*", "!packages/x"]}]
)
def test_packages_of_a_monorepo_are_found(tmp_path: Path, workspaces: object) -> None:
    api = package(tmp_path / "packages" / "api")
    (tmp_path / "packages" / "no-package").mkdir()
    read = read_package(package(tmp_path, workspaces=workspaces))
    assert read.workspaces == (api,)


def test_those_of_pnpm_too(tmp_path: Path) -> None:
    api = package(tmp_path / "services" / "api")
    (tmp_path / "pnpm-workspace.yaml").write_text("packages:\n  - 'services/*'\n")
    assert read_package(package(tmp_path)).workspaces == (api,)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "is not an app's: it has no package.json; go to the app's or name it"),
        ("{", "is not readable: its package.json is not ("),
        ("[]", "is not readable: its package.json holds no object"),
    ],
)
def test_what_is_no_package_is_said(
    tmp_path: Path, text: str | None, problem: str
) -> None:
    if text is not None:
        (tmp_path / "package.json").write_text(text)
    with pytest.raises(InvalidSetting) as raised:
        read_package(tmp_path)
    assert problem in str(raised.value)
