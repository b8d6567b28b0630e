from __future__ import annotations

import json
from base64 import b64encode
from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_maps import Mapped, source_map

from pytest_nodeleak.sources.source_map import (
    Original,
    SourceMap,
    SourceMapUnreadable,
    decode_data_url,
    map_reference,
    source_path,
)

SEGMENTS = st.lists(
    st.builds(
        Mapped,
        line=st.integers(0, 4),
        column=st.integers(0, 40),
        source=st.one_of(st.none(), st.integers(0, 2)),
        source_line=st.integers(0, 100),
        source_column=st.integers(0, 100),
        name=st.one_of(st.none(), st.integers(0, 1)),
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda one: (one.line, one.column),
)
SOURCES, NAMES = ("app.ts", "users.ts", "node_modules/x/index.js"), ("cache", "load")


def parse(*segments: Mapped, root: str | None = None) -> SourceMap:
    content = source_map(segments, sources=SOURCES, names=NAMES, root=root)
    return SourceMap.parse(content)


@given(SEGMENTS, st.integers(0, 5), st.integers(0, 45))
def test_a_place_comes_from_the_nearest_mapping_to_the_left_on_its_line(
    segments: list[Mapped], line: int, column: int
) -> None:
    left = [one for one in segments if one.line == line and one.column <= column]
    nearest = max(left, default=None)

    found = parse(*segments).look_up(line + 1, column + 1)

    if nearest is None or nearest.source is None:
        assert found is None
        return
    is_there = nearest.column == column and nearest.name is not None
    assert found == Original(
        source=SOURCES[nearest.source],
        line=nearest.source_line + 1,
        column=nearest.source_column + 1,
        name=NAMES[nearest.name or 0] if is_there else None,
    )


def test_maps_of_sections_are_one_map() -> None:
    first = json.loads(source_map([Mapped(line=0, column=0)], sources=["a.ts"]))
    second = json.loads(source_map([Mapped(line=0, column=2)], sources=["b.ts"]))
    content = {
        "version": 3,
        "sections": [
            {"offset": {"line": 0, "column": 0}, "map": first},
            {"offset": {"line": 10, "column": 5}, "map": second},
        ],
    }

    parsed = SourceMap.parse(json.dumps(content).encode())

    assert parsed.sources == ("a.ts", "b.ts")
    assert parsed.look_up(11, 8) == Original(source="b.ts", line=1, column=1)


@pytest.mark.parametrize(
    "sections",
    [
        "none",
        [],
        [1],
        [{"map": 5, "offset": {"line": 0, "column": 0}}],
        [{"map": {"sections": []}, "offset": {"line": 0, "column": 0}}],
        [{"map": {}, "offset": 3}],
        [{"map": {}, "offset": {"line": 10**30, "column": 0}}],
        [{"map": {}, "offset": {"line": -1, "column": 0}}],
    ],
    ids=["text", "none", "number", "no map", "nested", "offset", "huge", "negative"],
)
def test_sections_that_are_none_say_so(sections: object) -> None:
    content = json.dumps({"version": 3, "sections": sections}).encode()

    with pytest.raises(SourceMapUnreadable, match="it is no source map: "):
        SourceMap.parse(content)


def test_what_keeps_a_map_from_being_run_as_a_script_is_skipped() -> None:
    content = source_map([Mapped(line=0, column=0)], sources=["a.ts"])

    assert SourceMap.parse(b")]}'\n" + content).sources == ("a.ts",)


@pytest.mark.parametrize("source", ["/abs/a.ts", "webpack://shop/a.ts", "file:///a.ts"])
def test_an_absolute_source_needs_no_root(source: str) -> None:
    content = source_map([Mapped(line=0, column=0)], sources=[source], root="src")

    assert SourceMap.parse(content).sources == (source,)


def test_a_source_root_goes_before_each_source() -> None:
    found = parse(Mapped(line=0, column=0), root="../src").look_up(1, 1)

    assert found is not None
    assert found.source == "../src/app.ts"


def test_the_text_of_a_source_may_be_in_the_map() -> None:
    content = source_map(
        [Mapped(line=0, column=0)], sources=["a.ts", "b.ts"], texts=["let a;", None]
    )

    parsed = SourceMap.parse(content)

    assert parsed.text_of("a.ts") == "let a;"
    assert parsed.text_of("b.ts") is None
    assert parsed.text_of("c.ts") is None


def test_a_source_without_a_name_is_none() -> None:
    parsed = SourceMap.parse(source_map([Mapped(line=0, column=0)], sources=[None]))

    assert parsed.look_up(1, 1) is None
    assert parsed.sources == ()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff",
        b"[]",
        b"{}",
        b'{"version":3,"sources":[],"names":[],"mappings":"AAAA"}',
        b'{"version":3,"sources":["a"],"names":[],"mappings":"!!"}',
        b'{"version":3,"sources":["a"],"names":[],"mappings":"AADA"}' * 2,
        b"[" * 100_000,
    ],
    ids=["empty", "binary", "list", "no mappings", "no source", "VLQ", "two", "deep"],
)
def test_what_is_no_source_map_says_so(content: bytes) -> None:
    with pytest.raises(SourceMapUnreadable, match="it is no source map: "):
        SourceMap.parse(content)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_map_or_unreadable(content: bytes) -> None:
    with suppress(SourceMapUnreadable):
        SourceMap.parse(content).look_up(1, 1)


@pytest.mark.parametrize(
    ("script", "url"),
    [
        ("a();\n//# sourceMappingURL=a.js.map\n", "a.js.map"),
        ("a();\n//# sourceMappingURL=a.js.map", "a.js.map"),
        ("a();\r\n//# sourceMappingURL=a.js.map\r\n", "a.js.map"),
        ("a();\n//@ sourceMappingURL=old.map", "old.map"),
        ("a();//# sourceMappingURL=a.map", "a.map"),
        ("//# sourceMappingURL=1.map\n//# sourceMappingURL=2.map\n", "2.map"),
        ("a();\n//# sourceMappingURL=a.map \n\n// bye\n/* of\nlines */\n", "a.map"),
        ("a();\n//# sourceMappingURL=data:;base64,e30=", "data:;base64,e30="),
        ("//# sourceMappingURL=part.map\na();\n", None),
        ('const c = "//# sourceMappingURL=" + url;\n', None),
        ("a('//# sourceMappingURL=x.map');\n", None),
        ("a();\n", None),
        ("", None),
        ("//# sourceMappingURL=\n", None),
        ("//# sourceMappingURL=a.map\n" + " " * 100_000 + "a();", None),
        ("//# sourceMappingURL=a.map\n" + "/* " * 10_000 + "a();", None),
    ],
)
def test_the_last_comment_names_the_map(script: str, url: str | None) -> None:
    assert map_reference(script) == url


@given(st.binary())
def test_a_data_url_is_decoded(content: bytes) -> None:
    base64 = "data:application/json;charset=utf-8;base64," + b64encode(content).decode()

    assert decode_data_url(base64) == content
    assert decode_data_url("data:application/json," + quote(content)) == content


@pytest.mark.parametrize("url", ["data:", "data:;base64,e", "data:;base64,e30=\u20ac"])
def test_a_malformed_data_url_is_unreadable(url: str) -> None:
    with pytest.raises(SourceMapUnreadable, match="its data: URL"):
        decode_data_url(url)


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("app.ts", "/app/dist/app.ts"),
        ("../src/app.ts", "/app/src/app.ts"),
        ("./../src/./lib/../app.ts", "/app/src/app.ts"),
        ("../src/my%20app.ts", "/app/src/my app.ts"),
        ("..\\src\\app.ts", "/app/src/app.ts"),
        ("/elsewhere/app.ts", "/elsewhere/app.ts"),
        ("file:///app/src/my%20app.ts", "/app/src/my app.ts"),
        ("C:\\app\\src\\app.ts", "C:/app/src/app.ts"),
        ("file:///C:/app/src/app.ts", "C:/app/src/app.ts"),
        ("webpack://shop/./src/app.ts", "/app/src/app.ts"),
        ("webpack:///./src/app.ts?a1b2", "/app/src/app.ts"),
        ("webpack:///src/app.ts", "/app/src/app.ts"),
        ("webpack://shop/../lib/app.ts", "/lib/app.ts"),
        ("turbopack://[project]/src/app.ts", "/app/src/app.ts"),
        ("../../../../app.ts", "/app.ts"),
    ],
)
def test_a_source_is_a_path(source: str, path: str) -> None:
    assert source_path(source, directory="/app/dist", root="/app") == path
