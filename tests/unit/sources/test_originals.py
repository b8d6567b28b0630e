from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest
from source_maps import Mapped, source_map
from suspects import a_holder, a_suspect

from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.path_step import PathStep
from pytest_nodeleak.heap.sources import SourcePosition
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.sources.app_scripts import AppScripts
from pytest_nodeleak.sources.originals import (
    original_stacks,
    original_suspect,
    scripts_of,
)
from pytest_nodeleak.sources.stacks import Stack

BUNDLE = (
    'var n=new Map;function t(r){n.set(r,1)}require("http").createServer((e,r)=>t(e))'
)
SEGMENTS = [
    Mapped(line=0, column=4, source_line=2, source_column=6, name=0),
    Mapped(line=0, column=14, source_line=4, source_column=0),
    Mapped(line=0, column=23, source_line=4, source_column=9, name=1),
    Mapped(line=0, column=25, source_line=4, source_column=18, name=2),
    Mapped(line=0, column=28, source_line=5, source_column=2, name=0),
    Mapped(line=0, column=39, source=1, source_line=0),
    Mapped(line=0, column=68, source=1, source_line=3, source_column=22),
]
SOURCES = ("../src/users.ts", "../src/server.ts")
LOAD, HANDLE = 25, 69


@pytest.fixture
def scripts(tmp_path: Path) -> AppScripts:
    content = source_map(SEGMENTS, sources=SOURCES, names=["seen", "loadUser", "id"])
    url = "data:application/json;base64," + b64encode(content).decode()
    path = tmp_path / "dist" / "main.js"
    path.parent.mkdir()
    path.write_text(f"{BUNDLE}\n//# sourceMappingURL={url}")
    return AppScripts(tmp_path)


def in_bundle(scripts: AppScripts, column: int) -> SourcePosition:
    script = str(scripts.directory / "dist" / "main.js")
    return SourcePosition(script=script, line=1, column=column)


def in_source(scripts: AppScripts, file: str, line: int, column: int) -> SourcePosition:
    return SourcePosition(
        script=str(scripts.directory / "src" / file), line=line, column=column
    )


def suspect(scripts: AppScripts) -> Suspect:
    handler = in_bundle(scripts, HANDLE)
    return a_suspect(
        a_holder(
            name="n.items",
            variable="n",
            near=handler,
            steps=(
                PathStep(text="Server._events.request"),
                PathStep(text="(anonymous)", function=handler),
                PathStep(text="n.items", variable="n"),
            ),
        ),
        kind=Kind.CLOSURE,
        entry="function t",
        entry_defined=in_bundle(scripts, LOAD),
        entry_function="t",
    )


def test_a_suspect_is_told_in_the_words_of_its_sources(scripts: AppScripts) -> None:
    before = suspect(scripts)

    after = original_suspect(before, scripts)

    declared = in_source(scripts, "users.ts", 3, 7)
    handler = in_source(scripts, "server.ts", 4, 23)
    assert after == replace(
        before,
        holder=replace(
            before.holder,
            name="seen.items",
            variable="seen",
            # The bundler has put two files into one scope.
            near=declared,
            steps=(
                PathStep(text="Server._events.request"),
                PathStep(text="(anonymous)", function=handler),
                PathStep(text="seen.items", variable="seen"),
            ),
        ),
        entry_defined=in_source(scripts, "users.ts", 5, 10),
        entry_function="loadUser",
    )


def test_a_suspect_of_scripts_without_a_map_stays_as_it_is(tmp_path: Path) -> None:
    scripts = AppScripts(tmp_path)
    before = suspect(scripts)

    assert original_suspect(before, scripts) == before


def test_a_variable_that_is_not_found_keeps_its_name(scripts: AppScripts) -> None:
    before = suspect(scripts)
    holder = replace(
        before.holder,
        name="x",
        variable="x",
        steps=(
            PathStep(text="y", variable="y"),
            PathStep(text="load", function=in_bundle(scripts, LOAD)),
            PathStep(text="x", variable="x"),
        ),
    )

    after = original_suspect(replace(before, holder=holder), scripts).holder

    assert (after.name, after.variable) == ("x", "x")
    assert after.near == in_source(scripts, "server.ts", 4, 23)
    assert [step.text for step in after.steps] == ["y", "load", "x"]


def test_a_holder_that_nothing_is_near_stays_as_it_is(scripts: AppScripts) -> None:
    before = suspect(scripts)
    holder = replace(before.holder, near=None, variable=None, steps=())
    rooted = replace(before, holder=holder, entry_defined=None)

    after = original_suspect(rooted, scripts)

    assert (after.holder, after.entry_defined) == (holder, None)


def test_the_scripts_of_a_suspect_are_those_of_all_its_places(
    scripts: AppScripts,
) -> None:
    before = suspect(scripts)
    emit = PathStep(
        text="emit", function=SourcePosition(script="node:events", line=1, column=1)
    )
    other = PathStep(text="f", function=SourcePosition(script="/f.js"))
    holder = replace(before.holder, steps=(emit, other))

    assert scripts_of(replace(before, holder=holder)) == {
        in_bundle(scripts, LOAD).script,
        "/f.js",
    }


def frame(scripts: AppScripts, function: str, column: int) -> ProfileFrame:
    url = (scripts.directory / "dist" / "main.js").as_uri()
    return ProfileFrame(function=function, url=url, line=1, column=column)


def test_a_stack_is_told_in_the_words_of_its_sources(scripts: AppScripts) -> None:
    emit = ProfileFrame(function="emit", url="node:events", line=5, column=6)
    stack = Stack(
        frames=(frame(scripts, "t", LOAD), frame(scripts, "", HANDLE), emit), weight=3.0
    )

    (original,) = original_stacks([stack], scripts)

    load, handle = (
        ProfileFrame(
            function=function,
            url=str(scripts.directory / "src" / file),
            line=line,
            column=column,
        )
        for function, file, line, column in (
            ("loadUser", "users.ts", 5, 10),
            ("", "server.ts", 4, 23),
        )
    )
    assert original == Stack(frames=(load, handle, emit), weight=3.0)


def test_what_a_compiler_added_is_left_out_of_a_stack(scripts: AppScripts) -> None:
    stack = Stack(
        frames=(frame(scripts, "__name", 2), frame(scripts, "", HANDLE)), weight=1.0
    )

    (original,) = original_stacks([stack], scripts)

    assert [(one.function, one.line) for one in original.frames] == [("", 4)]
