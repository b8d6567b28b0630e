from __future__ import annotations

import pytest

from pytest_nodeleak.sources.declarations import Declaration
from pytest_nodeleak.sources.exported import find_assignment, find_import

MODULE, FUNCTION = "module scope", "function scope"


@pytest.mark.parametrize("chain", ["exports.recent", "module.exports.recent"])
@pytest.mark.parametrize(
    "line",
    [
        "exports.recent = [];",
        "module.exports.recent = [];",
        "const recent = exports.recent = [];",
    ],
)
def test_what_a_module_exports_is_found_with_and_without_module(
    chain: str, line: str
) -> None:
    source = f"'use strict';\nexports.recent.push(1);\n{line}\n"
    assert find_assignment(source, chain) == Declaration(line=3, scope=MODULE)


@pytest.mark.parametrize(
    "line",
    [
        "exports.recently = [];",
        "myexports.recent = [];",
        "if (exports.recent == null) f();",
        "exports.recent => 1;",
    ],
)
def test_what_is_no_assignment_is_not_found(line: str) -> None:
    assert find_assignment(line, "exports.recent") is None


def test_an_assignment_to_a_global_is_found() -> None:
    source = "function start() {\n  global.jobs = [];\n}\n"
    assert find_assignment(source, "global.jobs") == Declaration(line=2, scope=FUNCTION)


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("import { cache } from './store.js';", "./store.js"),
        ('import cache, { other } from "../store.js";', "../store.js"),
        ("export { cache } from './store.js';", "./store.js"),
        ("const { cache } = require('./store');", "./store"),
        ("const cache = require('./store').cache // shared", "./store"),
        ("const cache = require('./store')();", None),
        ("const cache = new (require('./lru'))();", None),
        ("import { cache } from 'lru-cache';", None),
        ("const cache = require('lru-cache');", None),
        ("const cache = new Map();", None),
    ],
)
def test_an_import_of_the_app_s_own_is_told(line: str, file: str | None) -> None:
    assert find_import(f"// first\n{line}\n", 2) == file


def test_a_line_that_is_not_there_imports_nothing() -> None:
    assert find_import("import a from './a.js';", 2) is None


def test_a_default_export_is_found_where_it_is_exported() -> None:
    source = "const other = 1;\nexport default { entries: [] };\n"
    found = find_assignment(source, "default export.entries")
    assert found == Declaration(line=2, scope=MODULE)
