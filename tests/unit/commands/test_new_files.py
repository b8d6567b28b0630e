from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from pytest_nodeleak.commands.new_files import NewFile, plan_files
from pytest_nodeleak.commands.package_json import Package
from pytest_nodeleak.commands.start_command import Start
from pytest_nodeleak.exceptions import FileNotWritable

START = Start(command="node server.js", reason="script 'start' of package.json")
ROUTES = ["GET /users/{n}", "GET /"]


def planned(
    directory: Path, *, start: Start = START, is_https: bool = False
) -> list[NewFile]:
    if not (directory / "package.json").exists():
        (directory / "package.json").write_text("{}")
    package = Package(directory=directory, name="shop", lock="package-lock.json")
    return plan_files(package, start, ROUTES, is_https=is_https)


def test_an_app_without_anything_gets_a_test_a_configuration_and_a_job(
    tmp_path: Path,
) -> None:
    test, configuration, job = planned(tmp_path)

    assert [one.shown for one in (test, configuration, job)] == [
        "tests/test_leaks.py",
        "pytest.ini",
        ".github/workflows/leaks.yml",
    ]
    compile(test.text, "test_leaks.py", "exec")
    assert '    "GET /users/{n}",  # {n} counts up' in test.text
    assert "def nodeleak_app" not in test.text
    assert configuration.text == (
        "[pytest]\ntestpaths = tests\nnodeleak_app = node server.js\n"
    )
    assert "- run: npm ci\n" in job.text
    assert 'node-version: "lts/*"' in job.text


def test_a_python_project_gets_a_table_at_the_end_of_its_file(tmp_path: Path) -> None:
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\nname = "x"')
    _, configuration, _ = planned(tmp_path, is_https=True)
    configuration.write()

    assert configuration.action == "added"
    content = tomllib.loads(project.read_text())
    assert content["project"] == {"name": "x"}
    assert content["tool"]["pytest"]["ini_options"] == {
        "testpaths": "tests",
        "nodeleak_app": "node server.js",
        "nodeleak_verify": "no",
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", ""),
        ("pytest.toml", "[pytest]\n"),
        ("pyproject.toml", "[tool.pytest.ini_options]\n"),
        ("pyproject.toml", "broken"),
        ("tox.ini", "[pytest]\n"),
        ("setup.cfg", "[tool:pytest]\n"),
    ],
)
def test_a_configuration_that_is_there_stays_and_the_test_starts_the_app(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    test, configuration, _ = planned(tmp_path)
    configuration.write()

    assert (configuration.action, configuration.shown) == ("kept", name)
    assert (tmp_path / name).read_text() == text
    compile(test.text, "test_leaks.py", "exec")
    assert 'def nodeleak_app():\n    return "node server.js"\n' in test.text


@pytest.mark.parametrize("name", ["tox.ini", "setup.cfg"])
def test_a_file_of_others_without_pytest_is_no_configuration(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("[other]\nx = 1\n")
    assert planned(tmp_path)[1].shown == "pytest.ini"


def test_one_that_names_the_app_is_enough_and_its_tests_are_where_it_says(
    tmp_path: Path,
) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\n"
        'testpaths = ["checks", "more"]\nnodeleak_app = "npm start"\n'
    )
    test, configuration, _ = planned(tmp_path)

    assert test.shown == "checks/test_leaks.py"
    assert "def nodeleak_app" not in test.text
    assert configuration.remark == ", which names the app already"


def test_a_test_that_is_there_is_kept_and_nothing_is_written_over(
    tmp_path: Path,
) -> None:
    test = planned(tmp_path)[0]
    test.write()
    (tmp_path / "tests" / "test_leaks.py").write_text("mine")

    assert planned(tmp_path)[0].action == "kept"
    planned(tmp_path)[0].write()
    # Also where it came in between.
    with pytest.raises(FileNotWritable):
        test.write()
    assert (tmp_path / "tests" / "test_leaks.py").read_text() == "mine"


def test_python_tests_are_where_there_are_some(tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "test_it.py").touch()
    test, configuration, _ = planned(tmp_path)

    assert test.shown == "test/test_leaks.py"
    assert "testpaths = test\n" in configuration.text


def test_the_job_of_an_app_in_a_repository_is_at_its_root(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    app = tmp_path / "services" / "api"
    app.mkdir(parents=True)
    (app / ".nvmrc").write_text("24")
    start = Start(command="node dist/x.js", reason="", build="npm run build")
    *_, job = planned(app, start=start)

    assert job.path == tmp_path / ".github" / "workflows" / "leaks-api.yml"
    assert 'working-directory: "services/api"' in job.text
    assert 'node-version-file: "services/api/.nvmrc"' in job.text
    assert "      - run: npm run build\n" in job.text
    assert 'path: "services/api/nodeleak.json"' in job.text


def test_the_version_in_package_json_is_taken_where_there_is_one(
    tmp_path: Path,
) -> None:
    (tmp_path / "package.json").write_text('{"engines": {"node": ">=22"}}')
    assert 'node-version-file: "package.json"' in planned(tmp_path)[2].text


@pytest.mark.parametrize("configuration", ["pytest.ini", "pyproject.toml"])
def test_a_command_writes_nothing_but_itself(
    tmp_path: Path, configuration: str
) -> None:
    if configuration == "pyproject.toml":
        (tmp_path / configuration).write_text('[project]\nname = "x"\n')
    hostile = "node a.js \"\n[evil]\nx = 1\n\x1b[2J\\'\u202e"
    start = Start(command=hostile, reason="script 'start' of package.json")

    files = {one.shown: one.text for one in planned(tmp_path, start=start)}

    compile(files["tests/test_leaks.py"], "test_leaks.py", "exec")
    text = files[configuration]
    assert "\n[evil]" not in text
    if configuration == "pyproject.toml":
        table = tomllib.loads(text)["tool"]["pytest"]["ini_options"]
        assert table["nodeleak_app"] == hostile
