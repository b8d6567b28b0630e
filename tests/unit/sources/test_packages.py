"""Packages are looked up in real directories, laid out as npm and pnpm do."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_nodeleak.sources.packages import Package, find_package, home_of


def install(directory: Path, manifest: str = '{"version": "1.18.0"}') -> Path:
    directory.mkdir(parents=True)
    (directory / "package.json").write_text(manifest)
    return directory


@pytest.mark.parametrize("as_url", [False, True], ids=["path", "file URL"])
@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("node_modules/express-session", "express-session"),
        ("node_modules/@acme/store", "@acme/store"),
        ("node_modules/express/node_modules/debug", "debug"),
        (
            "node_modules/.pnpm/express-session@1.18.0/node_modules/express-session",
            "express-session",
        ),
        ("node_modules/.store/ms-npm-2.1.3-81ff3cfac1/node_modules/ms", "ms"),
    ],
)
def test_a_dependency_has_a_name_and_a_version(
    tmp_path: Path, where: str, name: str, *, as_url: bool
) -> None:
    script = install(tmp_path / where) / "lib" / "index.js"

    found = find_package(script.as_uri() if as_url else str(script))

    assert found == Package(name=name, version="1.18.0")


def test_a_manifest_below_the_package_s_own_is_not_its_version(tmp_path: Path) -> None:
    package = install(tmp_path / "node_modules" / "dual")
    install(package / "dist" / "cjs", '{"type": "commonjs", "version": "0.0.0"}')

    found = find_package(str(package / "dist" / "cjs" / "index.js"))

    assert found == Package(name="dual", version="1.18.0")


def test_the_app_itself_is_no_dependency(tmp_path: Path) -> None:
    assert find_package(str(tmp_path / "src" / "server.js")) is None


@pytest.mark.parametrize(
    "manifest", ["", "[]", "{", '{"version": 3}', '{"version": ""}', " " * 1_000_001]
)
def test_a_manifest_that_says_nothing_leaves_the_name(
    tmp_path: Path, manifest: str
) -> None:
    package = install(tmp_path / "node_modules" / "odd", manifest)

    assert find_package(str(package / "index.js")) == Package(name="odd", version=None)


def test_a_package_that_is_not_on_this_machine_has_a_name(tmp_path: Path) -> None:
    found = find_package(str(tmp_path / "gone" / "node_modules" / "left-pad" / "i.js"))

    assert found == Package(name="left-pad", version=None)


def test_a_script_of_a_dependency_is_at_home_in_it(tmp_path: Path) -> None:
    script = tmp_path / "node_modules" / "lodash" / "memoize.js"

    assert home_of(str(script), app_directory=tmp_path) == "lodash"


def test_a_file_of_the_app_is_at_home_where_the_app_has_it(tmp_path: Path) -> None:
    script = tmp_path / "src" / "users" / "index.js"

    home = home_of(script.as_uri(), app_directory=tmp_path)

    assert home == "src/users/index.js"


@pytest.mark.parametrize("started_in", [".", "services/shop"])
def test_a_file_of_a_package_is_at_home_in_it_wherever_it_is_started(
    tmp_path: Path, started_in: str
) -> None:
    service = install(tmp_path / "services" / "shop", '{"name": "shop"}')
    script = install(service / "dist", '{"type": "module"}') / "server.js"

    home = home_of(str(script), app_directory=tmp_path / started_in)

    assert home == "shop/dist/server.js"


def test_a_manifest_above_the_app_is_not_its_own(tmp_path: Path) -> None:
    home = install(tmp_path / "home", '{"name": "left-by-accident"}')

    found = home_of(str(home / "shop" / "server.js"), app_directory=home / "shop")

    assert found == "server.js"


def test_a_file_outside_of_app_and_package_has_its_name(tmp_path: Path) -> None:
    found = home_of("/no/where/at-all.js", app_directory=tmp_path)

    assert found == "at-all.js"


def test_a_script_that_is_no_file_keeps_its_name(tmp_path: Path) -> None:
    found = home_of("evalmachine.<anonymous>", app_directory=tmp_path)

    assert found == "evalmachine.<anonymous>"
