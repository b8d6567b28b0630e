from __future__ import annotations

from suspects import a_holder

from pytest_nodeleak.heap.sources import SourcePosition
from pytest_nodeleak.sources.declarations import Declaration
from pytest_nodeleak.sources.declared import Declared, find_declared

NEAR = SourcePosition(script="/app/server.js", line=9, column=1)


def _find(
    files: dict[str, str],
    *,
    name: str = "cache",
    variable: str | None = "cache",
    near: SourcePosition | None = NEAR,
) -> Declared | None:
    holder = a_holder(name=name, variable=variable, near=near)
    return find_declared(holder, lambda script: files.get(script, ""))


def _at(path: str, line: int) -> Declared:
    declaration = Declaration(line=line, scope="module scope")
    return Declared(path=path, declaration=declaration)


def test_a_variable_is_declared_in_the_file_of_the_function_that_captured_it() -> None:
    files = {"/app/server.js": "// cache\nconst cache = new Map();\n"}
    assert _find(files) == _at("/app/server.js", 2)


def test_what_is_imported_is_declared_in_the_file_it_comes_from() -> None:
    files = {
        "/app/server.js": "const { cache } = require('./lib/store');\n",
        "/app/lib/store.js": "\nconst cache = new Map();\nmodule.exports = { cache };\n",
    }
    assert _find(files) == _at("/app/lib/store.js", 2)


def test_what_is_exported_by_assignment_is_found_there() -> None:
    files = {
        "/app/server.js": "import { cache } from '../shared/store.cjs';\n",
        "/shared/store.cjs": "\n\nexports.cache = new Map();\n",
    }
    assert _find(files) == _at("/shared/store.cjs", 3)


def test_a_property_of_an_imported_module_is_looked_for_by_its_own_name() -> None:
    files = {
        "/app/server.js": "import * as data from './store/index.js';\n",
        "/app/store/index.js": "\nexport const entries = [];\n",
    }
    found = _find(files, name="data.entries[].list", variable="data")
    assert found == _at("/app/store/index.js", 2)


def test_where_the_imported_file_tells_nothing_the_import_is_named() -> None:
    line = "const { cache } = require('./store');\n"
    assert _find({"/app/server.js": line}) == _at("/app/server.js", 1)
    files = {"/app/server.js": line, "/app/store.js": "export * from './x.js';\n"}
    assert _find(files) == _at("/app/server.js", 1)


def test_what_a_file_only_passes_on_is_not_declared_there() -> None:
    files = {
        "/app/server.js": "import { cache } from './index.js';\n",
        "/app/index.js": "import { cache } from './cache.js';\n",
    }
    assert _find(files) == _at("/app/server.js", 1)


def test_what_a_module_exports_is_found_by_its_assignment() -> None:
    files = {"/app/store.cjs": "\nexports.recent = [];\n"}
    near = SourcePosition(script="/app/store.cjs")
    found = _find(files, name="module.exports.recent", variable="module", near=near)
    assert found == _at("/app/store.cjs", 2)


def test_where_nothing_is_known_nothing_is_claimed() -> None:
    files = {"/app/server.js": "start();\n", "node:events": "const cache = 1;"}
    assert _find(files) is None
    assert _find(files, variable=None) is None
    assert _find(files, near=None) is None
    assert _find(files, near=SourcePosition(script="node:events")) is None


def test_a_default_export_is_no_variable_called_default() -> None:
    source = "const { default: x } = y;\nexport default { entries: [] };\n"
    found = _find(
        {"/app/store.mjs": source},
        name="default export.entries",
        variable="default",
        near=SourcePosition(script="/app/store.mjs"),
    )
    assert found == _at("/app/store.mjs", 2)
