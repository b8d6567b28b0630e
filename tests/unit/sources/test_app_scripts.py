"""Scripts and maps are real files of an app in a temporary directory."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path

import pytest
from source_maps import Mapped, source_map

from pytest_nodeleak.heap.sources import SourcePosition
from pytest_nodeleak.sources import app_scripts
from pytest_nodeleak.sources.app_scripts import AppScripts, LoadedScript

ORIGINAL = """\
import { readUser } from './read';

const cache = new Map<string, User>();

export function loadUser(id: string): User {
  return cache.get(id) ?? readUser(id);
}
"""
BUNDLE = 'var r=require("./read"),c=new Map;function l(i){return c.get(i)??r(i)}'
SEGMENTS = [
    Mapped(line=0, column=0, source_line=0),
    Mapped(line=0, column=24, source_line=2, source_column=6, name=0),
    Mapped(line=0, column=26, source_line=2, source_column=14),
    Mapped(line=0, column=34, source_line=4, source_column=7),
    Mapped(line=0, column=43, source_line=4, source_column=16, name=1),
    Mapped(line=0, column=44, source_line=4, source_column=25),
    Mapped(line=0, column=48, source_line=5, source_column=2),
]
MAP = source_map(SEGMENTS, sources=["../src/users.ts"], names=["cache", "loadUser"])
LOAD_USER = (1, 45)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "users.ts").write_text(ORIGINAL)
    return bundle(tmp_path, "dist/main.js", reference="main.js.map")


def bundle(app: Path, name: str, *, reference: str, content: bytes = MAP) -> Path:
    """Write a bundle with its map beside it; return the app's directory."""
    path = app / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{BUNDLE}\n//# sourceMappingURL={reference}\n")
    (path.parent / "main.js.map").write_bytes(content)
    return app


def at(script: Path | str, place: tuple[int, int] = LOAD_USER) -> SourcePosition:
    return SourcePosition(script=str(script), line=place[0], column=place[1])


def in_data_url(content: bytes = MAP) -> str:
    return "data:application/json;base64," + b64encode(content).decode()


def test_a_place_is_that_of_the_original(app: Path) -> None:
    original = AppScripts(app).original(at(app / "dist/main.js"))

    assert original == at(app / "src/users.ts", (5, 26))


@pytest.mark.parametrize(
    ("directory", "reference"),
    [
        ("dist", in_data_url()),
        ("dist/js", "../main.js.map"),
        ("dist", "./main%2Ejs.map"),
    ],
    ids=["inline", "elsewhere", "URL-encoded"],
)
def test_the_map_is_found_as_the_script_says(
    app: Path, directory: str, reference: str
) -> None:
    bundle(app, f"{directory}/other.js", reference=reference)

    original = AppScripts(app).original(at(app / directory / "other.js"))

    assert original.script == str(app / "src/users.ts")


def test_the_map_may_have_a_file_url_and_so_may_the_script(app: Path) -> None:
    reference = (app / "dist/main.js.map").as_uri()
    bundle(app, "dist/other.mjs", reference=reference)

    original = AppScripts(app).original(at((app / "dist/other.mjs").as_uri()))

    assert original.script == str(app / "src/users.ts")


def test_a_variable_that_was_renamed_is_found_where_it_was_declared(app: Path) -> None:
    scripts = AppScripts(app)
    load_user = at(app / "dist/main.js")

    declared = at(app / "src/users.ts", (3, 7))
    assert scripts.captured("c", load_user) == ("cache", declared)
    assert scripts.captured("unheard", load_user) is None


@pytest.mark.parametrize(
    ("name", "original"),
    [("l", "loadUser"), ("l.bound", "l.bound"), ("", ""), ("i", "i"), ("x", "x")],
)
def test_a_function_that_was_renamed_is_called_as_before(
    app: Path, name: str, original: str
) -> None:
    scripts = AppScripts(app)

    assert scripts.function_name(name, at(app / "dist/main.js")) == original
    assert scripts.function_name(name, None) == name


@pytest.mark.parametrize(
    ("script", "name", "original"),
    [
        ("var |f=^i=>1", "f", "load"),
        ("var |f=^async i=>1", "f", "load"),
        ("var |f=function^(i){}", "f", "load"),
        ("var |f = async function*^(i) {}", "f", "load"),
        ("var x=function |f^(i){}", "f", "load"),
        ("function |f^(i){}", "f", "load"),
        ("async function |f^(i){}", "f", "load"),
        ("x={ |f^(i){} }", "f", "load"),
        ("x={ |f:^i=>1 }", "f", "load"),
        ("|f.on=function^(i){}", "f.on", "load.on"),
        ("var |f=1;x(^i=>1)", "f", "f"),
        ("var x.|f=^i=>1", "f", "f"),
    ],
)
def test_a_function_s_name_stands_before_the_place_that_v8_knows(
    tmp_path: Path, script: str, name: str, original: str
) -> None:
    mapped = Mapped(line=0, column=script.index("|"), name=0)
    content = source_map([mapped], names=["load"])
    path = tmp_path / "a.js"
    text = script.replace("|", "").replace("^", "")
    path.write_text(f"{text}\n//# sourceMappingURL={in_data_url(content)}")
    begins = script.replace("|", "").index("^")

    found = AppScripts(tmp_path).function_name(name, at(path, (1, begins + 1)))

    assert found == original


def test_the_text_of_a_source_that_is_not_on_disk_comes_from_the_map(
    tmp_path: Path,
) -> None:
    content = source_map(SEGMENTS, sources=["gone.ts"], texts=[ORIGINAL], names="ab")
    bundle(tmp_path, "main.js", reference="main.js.map", content=content)
    scripts = AppScripts(tmp_path)

    original = scripts.original(at(tmp_path / "main.js"))

    assert original.script == str(tmp_path / "gone.ts")
    assert scripts.text_of(original.script) == ORIGINAL


def test_a_bundler_s_sources_are_found_above_the_script(app: Path) -> None:
    content = source_map(
        [Mapped(line=0, column=0)], sources=["webpack://shop/./src/users.ts"]
    )
    bundle(app, "dist/main.js", reference="main.js.map", content=content)

    original = AppScripts(app / "dist").original(at(app / "dist/main.js"))

    assert original.script == str(app / "src/users.ts")


def test_a_bundler_s_sources_that_are_not_there_are_the_app_s(app: Path) -> None:
    content = source_map([Mapped(line=0, column=0)], sources=["webpack://a/./x.ts"])
    bundle(app, "dist/main.js", reference="main.js.map", content=content)

    original = AppScripts(app).original(at(app / "dist/main.js"))

    assert original.script == str(app / "x.ts")


def test_what_v8_runs_counts_not_what_is_on_disk(app: Path) -> None:
    script = app / "src/users.ts"
    content = source_map(SEGMENTS, sources=[script.as_uri()], names=["cache", "load"])
    loaded = {script.as_uri(): LoadedScript(text=BUNDLE, map_url=in_data_url(content))}
    scripts = AppScripts(app, loaded)

    assert scripts.original(at(script)) == at(script, (5, 26))
    assert scripts.captured("c", at(script)) == ("cache", at(script, (3, 7)))
    # One path, two texts: that of the source is the one its lines refer to.
    assert scripts.text_of(str(script)) == ORIGINAL


def test_of_what_a_loader_adds_to_a_source_only_the_file_is_known(app: Path) -> None:
    script = app / "src/users.ts"
    content = source_map([Mapped(line=1, column=0)], sources=[script.as_uri()])
    text = f"var __name=(t)=>t;\n{BUNDLE}"
    loaded = {str(script): LoadedScript(text=text, map_url=in_data_url(content))}
    scripts = AppScripts(app, loaded)

    assert scripts.is_added(at(script, (1, 12)))
    assert not scripts.is_added(at(script, (2, 1)))
    assert scripts.original(at(script, (1, 12))) == SourcePosition(script=str(script))


def test_a_place_that_the_map_does_not_cover_stays_the_script_s(app: Path) -> None:
    scripts = AppScripts(app)
    beyond = at(app / "dist/main.js", (9, 1))

    assert scripts.original(beyond) == beyond
    assert scripts.is_added(beyond)


@pytest.mark.parametrize(
    "position",
    [
        SourcePosition(script="node:events", line=1, column=1),
        SourcePosition(script="/gone.js", line=1, column=1),
        SourcePosition(script="", line=1, column=1),
        SourcePosition(script="evalmachine.<anonymous>\0", line=1, column=1),
    ],
    ids=lambda position: position.script[:5],
)
def test_what_has_no_map_stays_as_it_is(app: Path, position: SourcePosition) -> None:
    scripts = AppScripts(app)

    assert scripts.original(position) == position
    assert not scripts.is_added(position)
    assert scripts.function_name("l", position) == "l"
    assert scripts.captured("c", position) is None
    assert scripts.text_of(position.script) == ""
    assert scripts.notes == ()


def test_a_script_of_which_no_line_is_known_stays_as_it_is(app: Path) -> None:
    position = SourcePosition(script=str(app / "dist/main.js"))

    assert AppScripts(app).original(position) == position


def test_a_published_package_is_not_mapped(app: Path) -> None:
    bundle(app, "node_modules/users/dist/main.js", reference="main.js.map")
    position = at(app / "node_modules/users/dist/main.js")

    assert AppScripts(app).original(position) == position


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("gone.js.map", "No such file or directory"),
        ("https://cdn.example/main.js.map", "nothing is fetched from a network"),
        ("data:application/json;base64,e", "its data: URL is no base64"),
        ("data:application/json;base64,e30=", "it has no mappings"),
        ("%00.map", "embedded null"),
        ("..", "Is a directory"),
        ("x" * 5_000, "File name too long"),
    ],
)
def test_a_map_that_cannot_be_used_is_noted_once_and_the_script_named(
    app: Path, reference: str, reason: str
) -> None:
    bundle(app, "dist/main.js", reference=reference)
    scripts = AppScripts(app)
    position = at(app / "dist/main.js")

    assert scripts.original(position) == position
    assert scripts.captured("c", position) is None
    (note,) = scripts.notes
    assert note.startswith("the source map of dist/main.js was not used, so its places")
    assert reason in note


def test_a_map_that_is_too_large_is_noted(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_scripts, "_LARGEST_MAP_BYTES", len(MAP) - 1)
    scripts = AppScripts(app)

    assert scripts.original(at(app / "dist/main.js")) == at(app / "dist/main.js")
    assert f"main.js.map has {len(MAP)} bytes, more than " in scripts.notes[0]


def test_a_text_that_takes_too_long_to_search_is_not_searched(app: Path) -> None:
    script = str(app / "dist/main.js")
    text = BUNDLE + " " * 5_000_000
    loaded = {script: LoadedScript(text=text, map_url="main.js.map")}
    scripts = AppScripts(app, loaded)

    assert scripts.original(at(script)).script == str(app / "src/users.ts")
    assert scripts.captured("c", at(script)) is None


@pytest.mark.parametrize(
    ("path", "shown"), [("{app}/src/a.ts", "src/a.ts"), ("/lib/a.ts", "/lib/a.ts")]
)
def test_paths_are_shown_relative_to_the_app(
    tmp_path: Path, path: str, shown: str
) -> None:
    assert AppScripts(tmp_path).relative(path.format(app=tmp_path)) == shown


def test_what_is_outside_of_the_project_is_not_quoted(tmp_path: Path) -> None:
    app, other = tmp_path / "shop" / "api", tmp_path / "other" / "keys.js"
    for path in (app / "server.js", tmp_path / "shop" / "shared.js", other):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("secret")
    (tmp_path / "shop" / ".git").mkdir()
    (app / "link.js").symlink_to(other)
    (app / "loop.js").symlink_to(app / "loop.js")
    scripts = AppScripts(app, {"/run/loaded.js": LoadedScript(text="run", map_url="")})

    quoted = {
        str(path): scripts.quotable_text_of(str(path))
        for path in (
            app / "server.js",
            app / "../shared.js",
            app / "../../other/keys.js",
            app / "link.js",
            app / "loop.js",
            other,
            "/run/loaded.js",
            "\x00",
        )
    }

    assert [*quoted.values()] == ["secret", "secret", "", "", "", "", "run", ""]


def test_a_map_leads_to_no_file_elsewhere_but_may_bring_it_along(
    app: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other") / "keys.ts"
    other.write_text(ORIGINAL)
    hostile = source_map(SEGMENTS, sources=[str(other)], names=["cache", "loadUser"])
    bundle(app, "dist/main.js", reference="main.js.map", content=hostile)
    scripts = AppScripts(app)

    place = scripts.original(at(app / "dist" / "main.js"))

    assert place.script == str(other)
    assert scripts.quotable_text_of(place.script) == ""


def test_a_script_in_a_device_without_an_end_is_not_read(app: Path) -> None:
    os.mkfifo(app / "pipe.js")
    bundle(app, "dist/endless.js", reference="/dev/zero")
    scripts = AppScripts(app)

    assert scripts.text_of("/dev/zero") == ""
    assert scripts.text_of(str(app / "pipe.js")) == ""
    scripts.original(at(app / "dist" / "endless.js"))
    (note,) = scripts.notes
    assert note.endswith("zero is no file, but a pipe or a device")
