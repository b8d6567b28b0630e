from __future__ import annotations

from textwrap import dedent

import pytest

from pytest_nodeleak.sources.declarations import (
    Declaration,
    find_declaration,
    find_declarator,
)

MODULE, FUNCTION = "module scope", "function scope"


def find(source: str, name: str, *, near: int | None = None) -> Declaration | None:
    return find_declaration(dedent(source), name, near_line=near)


@pytest.mark.parametrize(
    "line",
    [
        "const cache = new Map();",
        "let cache;",
        "var cache = {}, other = [];",
        "let other, cache;",
        "export const cache = new Map();",
        "const cache: Map<string, User> = new Map();",
        "const { cache } = require('./store');",
        "const {cache} = require('./store');",
        "const { first, cache } = require('./store');",
        "const {first,cache} = require('./store');",
        "const { store: cache } = require('./store');",
        "const {store:cache} = require('./store');",
        "const [cache] = createStores();",
        "const [first, cache] = createStores();",
        "function cache() {}",
        "async function cache() {}",
        "function* cache() {}",
        "export function cache() {}",
        "export default function cache() {}",
        "export default async function cache() {}",
        "class cache extends Map {}",
        "export default class cache {}",
        "import cache from 'lru-cache';",
        "import cache, { other } from './store.js';",
        "import { other, cache } from './store.js';",
        "import * as cache from './store.js';",
        "this.cache = new Map();",
        "cache = new Map();",
        "static cache = new Map();",
        "#cache = new Map();",
        "static #cache = new Map();",
        "this.#cache = new Map();",
        "this.cache =",
    ],
)
def test_a_declaration_is_found(line: str) -> None:
    source = f"'use strict';\n\n{line}\n"

    assert find(source, "cache") == Declaration(line=3, scope=MODULE)


@pytest.mark.parametrize(
    "line",
    [
        "const cached = new Map();",
        "const cache$ = new Map();",
        "const $cache = new Map();",
        "const myCache = new Map();",
        "const cache2 = new Map();",
        "const { cached } = require('./store');",
        "const {my$cache} = require('./store');",
        "function cacheUser() {}",
        "class cacheStore {}",
        "this.cached = new Map();",
        "this.cache.size = 0;",
        "import cached from 'lru-cache';",
        "import $cache from 'lru-cache';",
    ],
)
def test_a_name_that_is_only_part_of_another_does_not_match(line: str) -> None:
    assert find(line, "cache") is None


@pytest.mark.parametrize(
    "line",
    [
        "cache.set(id, user);",
        "return cache;",
        "if (cache == null) return;",
        "cache === other;",
        "cache => cache.size;",
        "const size = cache.size;",
        "let copy = { cache };",
        "// const cache = new Map();",
        "import { lookup } from './cache.js';",
        "import './cache';",
    ],
)
def test_a_use_of_a_name_is_no_declaration(line: str) -> None:
    assert find(line, "cache") is None


def test_the_nearest_declaration_before_the_function_counts() -> None:
    source = """\
    let cache = 1;
    function first() {
      const cache = new Map();
      return () => cache;
    }
    function second() {
      const cache = new Set();
      return () => cache;
    }
    """

    assert find(source, "cache", near=3) == Declaration(line=3, scope=FUNCTION)
    assert find(source, "cache", near=4) == Declaration(line=3, scope=FUNCTION)
    assert find(source, "cache", near=8) == Declaration(line=7, scope=FUNCTION)


def test_a_function_may_come_before_the_variable_it_uses() -> None:
    source = "function get() {\n  return cache;\n}\nconst cache = {};\nlet cache;\n"

    assert find(source, "cache", near=1) == Declaration(line=4, scope=MODULE)


def test_without_a_function_the_last_declaration_counts() -> None:
    source = "var cache = {};\nvar cache = [];\n"

    assert find(source, "cache") == Declaration(line=2, scope=MODULE)


@pytest.mark.parametrize("name", ["$cache", "cache$", "_cache", "#cache"])
def test_names_with_signs_are_found(name: str) -> None:
    line = f"  {name} = new Map();" if name[0] == "#" else f"const {name} = new Map();"

    found = find_declaration(f"// first\n{line}", name, near_line=None)

    assert found is not None
    assert found.line == 2


def test_a_name_is_no_pattern() -> None:
    assert find("const cache = 1;", "c.*") is None


@pytest.mark.parametrize("source", ["", "\n\n", "console.log('no names here')"])
def test_where_nothing_is_declared_no_line_is_claimed(source: str) -> None:
    assert find(source, "cache", near=1) is None


def test_windows_line_ends_count_once() -> None:
    source = "'use strict';\r\n\r\nconst cache = {};\r\n"

    assert find_declaration(source, "cache", near_line=None) == Declaration(
        line=3, scope=MODULE
    )


def test_a_local_of_an_earlier_function_is_not_what_a_later_one_captures() -> None:
    source = """\
const cache = new Map();

function warm() {
  const cache = [];
  return cache;
}

function handler(id) {
  cache.set(id, id);
}
"""
    found = find_declaration(source, "cache", near_line=8)
    assert found == Declaration(line=1, scope="module scope")


@pytest.mark.parametrize(
    "source",
    [
        "var |a=1;^",
        "var b=1,|a=2;^",
        "let |a;^",
        "const b={c:[1,(2)]},|a=new Map;^",
        "class |a{}^",
        "function |a(){}^",
        "function*|a(){}^",
        "function * |a(){}^",
        "var b=function(a,c){let d=1;return d},|a=2;function f(){^a}",
        "function f(){^a}var |a=1;",
        "var a=1;function f(){var |a=2;function g(){^a}}var a=3",
        "var |a=1;function f(){var a=2}function g(){^a}",
        "var |a=1;function f(){^a}function g(){var a=2}",
        "1:(e,t)=>{var a=1;use(a)},2:(e,t)=>{var |a=2;t.f=()=>{^a}},3:()=>{var a=3}",
        "var a=1;var |a=2;^",
        "}}var |a=1;^",
        "var |a=1;{{^",
        "var |$=1;^",
        "if(x){const |a=1;^}",
        "if(x){let a=1}const |a=2;^",
        "var b = 1,\n    |a = 2;\n^",
    ],
)
def test_the_declarator_that_is_seen_is_found_by_braces(source: str) -> None:
    name = "$" if "$" in source else "a"
    text, near = source.replace("|", ""), source.replace("|", "").index("^")
    declared = source.replace("^", "").index("|")

    assert find_declarator(text.replace("^", ""), name, near=near) == declared


@pytest.mark.parametrize(
    "source",
    [
        "",
        "f(b,a)",
        "a=1;b=(c,a=2)",
        "function f(b,a=1){}",
        "var b=1;c,a=2",
        "function f(){var a=1}",
        "var ba=1,ab=2,b$a=3;x.var,a",
        "({b,a})",
    ],
)
def test_a_use_is_no_declarator(source: str) -> None:
    assert find_declarator(source, "a", near=len(source)) is None


def test_a_long_list_of_declarations_is_walked_back() -> None:
    source = "var b=1," + "c={d:[1,2]}," * 5_000 + "a=2;"

    assert find_declarator(source, "a", near=0) == source.index("a=2")


def test_a_variable_that_is_not_the_first_of_its_statement_is_found() -> None:
    source = "const hits = new Map(), cache = new Map();\nuse(cache);\n"
    assert find(source, "cache") == Declaration(line=1, scope=MODULE)


def test_without_a_function_a_variable_of_the_module_is_meant() -> None:
    source = "var cache = {};\nfunction f() {\n  var cache = [];\n}\n"
    assert find(source, "cache") == Declaration(line=1, scope=MODULE)
