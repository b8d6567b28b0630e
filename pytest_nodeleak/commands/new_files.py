"""Which files an app is to get, and where; what is there already is never overwritten."""

from __future__ import annotations

import configparser
import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pytest_nodeleak.commands.package_json import Package
from pytest_nodeleak.commands.start_command import Start
from pytest_nodeleak.commands.templates import (
    Workflow,
    pytest_ini,
    pytest_table,
    test_module,
    workflow,
)
from pytest_nodeleak.exceptions import FileNotWritable

__all__ = ["NewFile", "plan_files"]

_INI_SECTIONS = {
    "pytest.ini": "pytest",
    ".pytest.ini": "pytest",
    "tox.ini": "pytest",
    "setup.cfg": "tool:pytest",
}
_TOML_FILES = ("pytest.toml", ".pytest.toml")
_VERSION_FILES = (".nvmrc", ".node-version")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that is to be.

    Attributes:
        path: Where.
        shown: The same, as the user reads it.
        text: What is in it, or what is added to it; empty if it is left as it is.
        action: ``"wrote"``, ``"added"`` to the end of a file, or ``"kept"`` what was there.
        remark: What is said of it beside its name.

    """

    path: Path
    shown: str
    text: str = ""
    action: Literal["wrote", "added", "kept"] = "wrote"
    remark: str = ""

    def verb(self, *, is_dry: bool) -> str:
        """Return what was done, or would be."""
        if is_dry and self.action != "kept":
            return "would add" if self.action == "added" else "would write"
        return self.action

    def write(self) -> None:
        """Write it, or add to it; leave alone what is there.

        Raises:
            FileNotWritable: If that is not possible.

        """
        if not self.text:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a" if self.action == "added" else "x") as file:
                file.write(self.text)
        except OSError as exc:
            raise FileNotWritable(
                path=self.path,
                problem=f"it cannot be written: {exc.strerror}",
                remedy="Look at it with --dry-run, which writes nothing.",
            ) from exc


@dataclass(frozen=True, slots=True, kw_only=True)
class _Configuration:
    """What tells pytest of the app.

    Attributes:
        file: The file that does.
        names_app: Whether it has ``nodeleak_app``, or will have.
        tests: The directory of tests that it names; empty if it names none.

    """

    file: NewFile
    names_app: bool
    tests: str = ""


def plan_files(
    package: Package, start: Start, routes: Sequence[str], *, is_https: bool
) -> list[NewFile]:
    """Return the test, the configuration and the CI job, each new or as it is.

    Args:
        package: The app.
        start: How it is started.
        routes: For the test.
        is_https: Whether its certificate is not to be checked.

    """
    directory = package.directory
    guess = _tests_directory(directory)
    settings = [("testpaths", guess), ("nodeleak_app", start.command)]
    if is_https:
        settings.append(("nodeleak_verify", "no"))
    configuration = _configuration(directory, settings)
    tests = configuration.tests or guess
    text = test_module(
        package.name, routes, command=None if configuration.names_app else start.command
    )
    return [
        _unless_there(directory / tests / "test_leaks.py", directory, text),
        configuration.file,
        _ci_job(package, start),
    ]


def _unless_there(path: Path, base: Path, text: str) -> NewFile:
    shown = str(path.relative_to(base)) if path.is_relative_to(base) else str(path)
    if path.exists():
        return NewFile(
            path=path, shown=shown, action="kept", remark=", which is there already"
        )
    return NewFile(path=path, shown=shown, text=text)


def _tests_directory(directory: Path) -> str:
    """Return where Python tests are; ``tests`` if there are none."""
    for name in ("tests", "test"):
        if any((directory / name).glob("**/*.py")):
            return name
    return "tests"


def _configuration(
    directory: Path, settings: Sequence[tuple[str, str]]
) -> _Configuration:
    existing = _existing(directory)
    if existing is not None:
        return existing
    project = directory / "pyproject.toml"
    if project.is_file():
        file = NewFile(
            path=project,
            shown=project.name,
            text=pytest_table(settings),
            action="added",
            remark=", the table [tool.pytest.ini_options] at its end",
        )
    else:
        path = directory / "pytest.ini"
        file = NewFile(path=path, shown=path.name, text=pytest_ini(settings))
    return _Configuration(file=file, names_app=True)


def _existing(directory: Path) -> _Configuration | None:
    """Return the configuration of pytest that there is, in pytest's own order."""
    for name in (*_TOML_FILES, *list(_INI_SECTIONS)[:2], "pyproject.toml"):
        if name in _INI_SECTIONS:
            found = _of_ini(directory / name, always=True)
        else:
            found = _of_toml(directory / name)
        if found is not None:
            return found
    for name in list(_INI_SECTIONS)[2:]:
        found = _of_ini(directory / name, always=False)
        if found is not None:
            return found
    return None


def _of_ini(path: Path, *, always: bool) -> _Configuration | None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        if not parser.read(path, encoding="utf-8"):
            return None
    except (configparser.Error, UnicodeDecodeError):
        return _kept(path, names_app=False, tests="") if always else None
    section = _INI_SECTIONS[path.name]
    if not parser.has_section(section):
        return _kept(path, names_app=False, tests="") if always else None
    tests = parser.get(section, "testpaths", fallback="").split()
    return _kept(
        path,
        names_app=parser.has_option(section, "nodeleak_app"),
        tests=tests[0] if tests else "",
    )


def _of_toml(path: Path) -> _Configuration | None:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        # pytest will say what is wrong with it.
        return _kept(path, names_app=False, tests="")
    table = content.get("tool", {}) if path.name == "pyproject.toml" else content
    if "pytest" not in table:
        return None if path.name == "pyproject.toml" else _kept(path)
    options = table["pytest"].get("ini_options", table["pytest"])
    tests = options.get("testpaths", [])
    first = tests.split()[:1] if isinstance(tests, str) else tests[:1]
    return _kept(path, names_app="nodeleak_app" in options, tests="".join(first))


def _kept(path: Path, *, names_app: bool = False, tests: str = "") -> _Configuration:
    remark = ", which names the app already"
    if not names_app:
        remark = "; the test itself says how the app is started"
    file = NewFile(path=path, shown=path.name, action="kept", remark=remark)
    # A pattern is no directory to write to.
    usable = tests if tests and (path.parent / tests).is_dir() else ""
    return _Configuration(file=file, names_app=names_app, tests=usable)


def _ci_job(package: Package, start: Start) -> NewFile:
    directory = package.directory.resolve()
    root = next(
        (one for one in (directory, *directory.parents) if (one / ".git").exists()),
        directory,
    )
    inside = "" if root == directory else directory.relative_to(root).as_posix()
    version_file = next((one for one in _VERSION_FILES if package.has(one)), "")
    if not version_file and _names_node(package):
        version_file = "package.json"
    text = workflow(
        Workflow(
            directory=inside,
            node_version="lts/*",
            node_version_file="/".join(filter(None, [inside, version_file]))
            if version_file
            else "",
            manager=package.manager,
            has_lock=bool(package.lock),
            build=start.build,
        )
    )
    # Of a monorepo each app has a job of its own.
    name = f"leaks-{directory.name}.yml" if inside else "leaks.yml"
    return _unless_there(root / ".github" / "workflows" / name, root, text)


def _names_node(package: Package) -> bool:
    content = json.loads((package.directory / "package.json").read_text("utf-8"))
    engines = content.get("engines")
    return isinstance(engines, dict) and "node" in engines
