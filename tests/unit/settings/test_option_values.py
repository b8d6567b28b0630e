"""Settings from every kind of configuration file that pytest reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from options_page import PAGE

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.settings.option_values import is_enabled
from pytest_nodeleak.settings.settings import Settings, resolve

_INI = """\
[{section}]
nodeleak = yes
nodeleak_app = node server.js
nodeleak_route =
    GET /users/{{n}}
    GET /search
nodeleak_budget = 1.5 min
nodeleak_max_old_space = 128
nodeleak_verify = no
nodeleak_listener_growth = 0
nodeleak_metrics = run.om
"""
_NATIVE = """\
[{section}]
nodeleak = true
nodeleak_app = "node server.js"
nodeleak_route = ["GET /users/{{n}}", "GET /search"]
nodeleak_budget = 90.0
nodeleak_max_old_space = 128
nodeleak_verify = false
nodeleak_listener_growth = 0
nodeleak_metrics = ["run.om"]
"""
_TEXTS = """\
[{section}]
nodeleak = "true"
nodeleak_app = "node server.js"
nodeleak_route = "GET /users/{{n}}"
nodeleak_budget = "90"
nodeleak_max_old_space = "128"
nodeleak_verify = "no"
nodeleak_listener_growth = "0"
nodeleak_metrics = "run.om"
"""
_FILES = {
    "pytest.ini": _INI.format(section="pytest"),
    ".pytest.ini": _INI.format(section="pytest"),
    "tox.ini": _INI.format(section="pytest"),
    "setup.cfg": _INI.format(section="tool:pytest"),
    "pyproject.toml": _NATIVE.format(section="tool.pytest.ini_options"),
}
_NATIVE_FILES = {
    "pyproject.toml": _NATIVE.format(section="tool.pytest"),
    "pytest.toml": _NATIVE.format(section="pytest"),
    ".pytest.toml": _NATIVE.format(section="pytest"),
}
# pytest 8 reads no native tables.
native = pytest.mark.skipif(
    pytest.version_tuple < (9,), reason="pytest 8 reads no native tables"
)


def read(pytester: pytest.Pytester, name: str, text: str, *arguments: str) -> Settings:
    (pytester.path / name).write_text(text, encoding="utf-8")
    config = pytester.parseconfig(*arguments)
    assert config.inipath == pytester.path / name
    assert is_enabled(config)
    return resolve(config)


def assert_read(settings: Settings, directory: Path) -> None:
    assert settings.app == "node server.js"
    assert settings.routes == ("GET /users/{n}", "GET /search")
    assert (settings.budget_s, settings.max_old_space_mb) == (90.0, 128)
    assert settings.verify is False
    # A limit of nothing is one.
    assert settings.policy.listener_growth == 0
    assert settings.outputs == {"metrics.om": directory / "run.om"}


@pytest.mark.parametrize("name", _FILES)
def test_settings_are_read_from_each_kind_of_file(
    pytester: pytest.Pytester, name: str
) -> None:
    settings = read(pytester, name, _FILES[name])

    assert_read(settings, pytester.path)


@native
@pytest.mark.parametrize("name", _NATIVE_FILES)
def test_native_tables_take_native_values(pytester: pytest.Pytester, name: str) -> None:
    settings = read(pytester, name, _NATIVE_FILES[name])

    assert_read(settings, pytester.path)


@native
def test_native_tables_take_texts_as_well(pytester: pytest.Pytester) -> None:
    settings = read(pytester, "pytest.toml", _TEXTS.format(section="pytest"))

    assert settings.routes == ("GET /users/{n}",)
    assert (settings.budget_s, settings.max_old_space_mb) == (90.0, 128)


@native
def test_a_file_of_another_name_is_a_native_table_as_well(
    pytester: pytest.Pytester,
) -> None:
    text = _NATIVE.format(section="tool.pytest")
    settings = read(pytester, "leaks.toml", text, "-c", "leaks.toml")

    assert_read(settings, pytester.path)


@native
def test_the_command_line_and_o_beat_a_native_table(pytester: pytest.Pytester) -> None:
    settings = read(
        pytester,
        "pyproject.toml",
        _NATIVE.format(section="tool.pytest"),
        "--nodeleak-route=GET /mine",
        "-o",
        "nodeleak_budget=7 s",
    )

    assert (settings.routes, settings.budget_s) == (("GET /mine",), 7.0)


@native
def test_false_in_a_native_table_switches_off(pytester: pytest.Pytester) -> None:
    pytester.makefile(".toml", pytest="[pytest]\nnodeleak = false")

    assert not is_enabled(pytester.parseconfig())


@native
@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (
            'nodeleak_app = ["node", "server.js"]',
            "app ['node', 'server.js'] is not a text, a number, or true or false",
        ),
        (
            "nodeleak_route = [1, [2]]",
            "ini option nodeleak_route: route [2] is not a text, a number, or true",
        ),
        (
            "nodeleak_budget = -1",
            "ini option nodeleak_budget: budget '-1' is not a duration such as '50 ms'",
        ),
    ],
)
def test_a_value_of_a_wrong_kind_is_refused(
    pytester: pytest.Pytester, line: str, complaint: str
) -> None:
    pytester.makefile(".toml", pytest=f"[pytest]\n{line}")

    with pytest.raises(InvalidSetting) as refused:
        resolve(pytester.parseconfig())

    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("[tool.pytest.ini_options]", "pyproject.toml"),
        pytest.param("[tool.pytest]", "pyproject.toml", marks=native),
        ("[pytest]", "pytest.ini"),
    ],
)
def test_the_examples_of_the_document_are_read(
    pytester: pytest.Pytester, heading: str, name: str
) -> None:
    examples = re.findall(
        r"```(?:toml|ini)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    (example,) = (one for one in examples if one.startswith(f"{heading}\n"))
    (pytester.path / name).write_text(example, encoding="utf-8")
    settings = resolve(pytester.parseconfig())

    assert settings.app == "node server.js"
    assert settings.routes == ("GET /users/{n}", "POST /users")
    assert settings.budget_s == 30
