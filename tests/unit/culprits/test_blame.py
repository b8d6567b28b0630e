from __future__ import annotations

from pathlib import Path

import pytest
from source_maps import Mapped, source_map

from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.culprits.blame import blame, blame_hang
from pytest_nodeleak.culprits.blocks import Blocks
from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.sources.app_scripts import AppScripts
from pytest_nodeleak.sources.stacks import Stack

SERVER = """\
const crypto = require('node:crypto');
function hashPassword(password) {
  const salt = 'salt';
  return crypto.pbkdf2Sync(password, salt, 1e5, 32, 'sha512');
}
function report() {
  const all =
    JSON.parse(payload);
  return all.length;
}
function plugin() { delete require.cache.x; return require('./plugin.cjs'); }
const pack = (data) => gzipSync(data);
"""
ROOT = ProfileFrame(function="(root)", url="", line=0, column=0)
NATIVE = ProfileFrame(function="run", url="", line=0, column=0)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "server.cjs").write_text(SERVER)
    return tmp_path


def own(app: Path, function: str, *, file: str = "server.cjs") -> ProfileFrame:
    """Return a function of the app as a profile has it: at its parameters."""
    text = (app / file).read_text() if (app / file).is_file() else ""
    lines = text.splitlines()
    found = (n for n, line in enumerate(lines, 1) if f"{function}" in line)
    line = next(found, 3)
    column = lines[line - 1].index("(") + 1 if lines else 1
    url = (app / file).as_uri()
    return ProfileFrame(function=function, url=url, line=line, column=column)


def internal(function: str, module: str) -> ProfileFrame:
    return ProfileFrame(function=function, url=f"node:{module}", line=60, column=5)


def blamed(app: Path, *stacks: Stack) -> Finding:
    blocks = Blocks(longest_ms=41.6, stacks=stacks)
    return blame(blocks, AppScripts(app), delay_ms=300)


def test_the_line_that_calls_what_blocks_is_named_with_what_it_is(app: Path) -> None:
    called = internal("pbkdf2Sync", "internal/crypto/pbkdf2")
    handler = own(app, "handler", file="app.cjs")
    frames = (NATIVE, called, own(app, "hashPassword"), handler, ROOT)
    finding = blamed(
        app, Stack(frames=frames, weight=0.97), Stack(frames=(ROOT,), weight=0.03)
    )
    assert finding.kind is Kind.LOOP_BLOCKED
    assert finding.title == (
        "the event loop is blocked for up to 42 ms at a time by synchronous crypto"
        " (pbkdf2Sync) in hashPassword (server.cjs:4), 97% of the CPU time"
    )
    assert [str(one) for one in finding.allocated_at] == [
        "hashPassword server.cjs:4:17",
        "handler app.cjs:3:1",
    ]
    assert finding.blocking is not None
    assert (finding.blocking.work, finding.blocking.call) == ("crypto", "pbkdf2Sync")
    assert (finding.blocking.longest_ms, finding.blocking.share) == (41.6, 0.97)
    assert "asynchronous form (pbkdf2)" in finding.advice


def test_a_builtin_is_told_by_the_hot_line_and_named_where_it_is_called(
    app: Path,
) -> None:
    stack = Stack(frames=(own(app, "report"), ROOT), weight=1.0, hot_line=8)
    finding = blamed(app, stack)
    assert "by JSON.parse of a large payload in report (server.cjs:8)" in finding.title
    assert str(finding.allocated_at[0]) == "report server.cjs:8:5"


def test_what_the_most_time_of_a_function_went_to_is_what_counts(app: Path) -> None:
    report = own(app, "report")
    finding = blamed(
        app,
        Stack(frames=(report, ROOT), weight=0.2, hot_line=9),
        Stack(frames=(report, ROOT), weight=0.5, hot_line=8),
        Stack(frames=(internal("toString", "buffer"), report, ROOT), weight=0.3),
    )
    assert finding.blocking is not None
    assert finding.blocking.work == "json"
    assert finding.blocking.share == 1.0


def test_a_collector_at_work_for_a_function_is_told_so(app: Path) -> None:
    report = own(app, "report")
    collector = ProfileFrame(function="(garbage collector)", url="", line=0, column=0)
    finding = blamed(
        app,
        Stack(frames=(report, ROOT), weight=0.2, hot_line=9),
        Stack(frames=(collector, report, ROOT), weight=0.8, hot_line=9),
    )
    assert "by garbage collection in report (server.cjs:6)" in finding.title


def test_the_call_of_a_function_that_node_wraps_is_found_by_its_ending(
    app: Path,
) -> None:
    frames = (
        NATIVE,
        internal("zlibBufferSync", "zlib"),
        internal("syncBufferWrapper", "zlib"),
        own(app, "pack"),
        ROOT,
    )
    finding = blamed(app, Stack(frames=frames, weight=1.0))
    assert "by synchronous compression in pack (server.cjs:12)" in finding.title
    assert str(finding.allocated_at[0]) == "pack server.cjs:12:24"


def test_a_compiled_expression_is_named_where_it_is_applied(app: Path) -> None:
    (app / "name.cjs").write_text(
        "function isName(t) {\n  return /^(a+)+$/.test(t);\n}"
    )
    expression = ProfileFrame(function="RegExp: ^(a+)+$", url="", line=0, column=0)
    frames = (expression, own(app, "isName", file="name.cjs"), ROOT)
    finding = blamed(app, Stack(frames=frames, weight=1.0))
    assert "by a regular expression in isName (name.cjs:2), 100%" in finding.title


def test_who_loads_a_module_is_named_and_not_the_module(app: Path) -> None:
    frames = (
        own(app, "", file="plugin.cjs"),
        internal("", "internal/modules/cjs/loader"),
        internal("require", "internal/modules/helpers"),
        own(app, "plugin"),
        ROOT,
    )
    finding = blamed(app, Stack(frames=frames, weight=1.0, hot_line=3))
    assert "by loading modules in plugin (server.cjs:11)" in finding.title
    assert str(finding.allocated_at[0]) == "plugin server.cjs:11:52"


def test_a_package_that_blocks_is_named_with_the_app_s_function_that_calls_it(
    app: Path,
) -> None:
    package = own(app, "crypt", file="node_modules/bcryptjs/index.js")
    frames = (package, own(app, "hashPassword"), ROOT)
    finding = blamed(app, Stack(frames=frames, weight=1.0, hot_line=3))
    assert (
        "in package bcryptjs, called by hashPassword (server.cjs:2), 100%"
        in finding.title
    )


def test_a_minified_line_tells_its_kind_by_the_function_and_its_place_by_the_map(
    app: Path,
) -> None:
    before = "x=1;" * 200
    text = f"{before}function a(b){{return JSON.parse(b)}}"
    at = text.index("(b)")
    segments = [
        Mapped(line=0, column=text.index("a(b)"), source=0, source_line=4, name=0),
        Mapped(line=0, column=at, source=0, source_line=4),
    ]
    content = source_map(segments, sources=["../src/report.ts"], names=["report"])
    (app / "dist").mkdir()
    (app / "dist" / "main.js.map").write_bytes(content)
    path = app / "dist" / "main.js"
    path.write_text(f"{text}\n//# sourceMappingURL=main.js.map")
    frame = ProfileFrame(function="a", url=path.as_uri(), line=1, column=at + 1)
    finding = blamed(app, Stack(frames=(frame, ROOT), weight=1.0, hot_line=1))
    assert (
        "by JSON.parse of a large payload in report (src/report.ts:5)" in finding.title
    )


def test_a_script_that_cannot_be_read_is_named_by_its_function(app: Path) -> None:
    gone = own(app, "gone", file="gone.cjs")
    finding = blamed(app, Stack(frames=(gone, ROOT), weight=1.0, hot_line=9))
    assert "by a computation in JavaScript in gone (gone.cjs:3)" in finding.title


def hanging(
    app: Path, *frames: ProfileFrame, profiled: tuple[Stack, ...] = ()
) -> Finding:
    return blame_hang(frames, profiled, AppScripts(app))


def test_an_app_that_stopped_hangs_where_it_stopped(app: Path) -> None:
    (app / "spin.cjs").write_text("const x = 1;\nfunction spin() { for (;;) f(); }")
    url = (app / "spin.cjs").as_uri()
    at = ProfileFrame(function="spin", url=url, line=2, column=28)
    finding = hanging(app, at, own(app, "plugin"), internal("emit", "events"))
    assert finding.title == (
        "the event loop hangs in a computation in JavaScript in spin (spin.cjs:2)"
    )
    assert [str(one) for one in finding.allocated_at] == [
        "spin spin.cjs:2:28",
        "plugin server.cjs:11:16",
    ]
    assert finding.blocking is not None
    assert finding.blocking.longest_ms is None


def test_a_builtin_that_hangs_is_told_by_the_text_from_where_it_stopped(
    app: Path,
) -> None:
    (app / "name.cjs").write_text("const isName = (t) => /^(a+)+$/.test(t);")
    url = (app / "name.cjs").as_uri()
    at = ProfileFrame(function="isName", url=url, line=1, column=33)
    title = hanging(app, at).title
    assert (
        title == "the event loop hangs in a regular expression in isName (name.cjs:1)"
    )


def test_node_s_function_that_hangs_is_told_with_who_called_it(app: Path) -> None:
    called = internal("pbkdf2Sync", "internal/crypto/pbkdf2")
    title = hanging(app, called, own(app, "hashPassword")).title
    assert "hangs in synchronous crypto (pbkdf2Sync) in hashPassword" in title


def test_an_app_that_stops_in_node_s_own_code_hangs_where_its_time_goes(
    app: Path,
) -> None:
    stack = Stack(frames=(own(app, "report"), ROOT), weight=1.0, hot_line=8)
    ticks = internal("processTicksAndRejections", "internal/process/task_queues")
    title = hanging(app, ticks, profiled=(stack,)).title
    assert title == (
        "the event loop hangs in JSON.parse of a large payload in report (server.cjs:8)"
    )


def test_an_app_that_does_not_even_stop_hangs_in_native_code(app: Path) -> None:
    finding = hanging(app)
    assert (
        finding.title == "the event loop hangs in native code that V8 can not interrupt"
    )
    assert finding.allocated_at == ()


def test_a_profile_in_which_nothing_of_the_app_ran_tells_the_delay(app: Path) -> None:
    finding = blamed(app, Stack(frames=(NATIVE, ROOT), weight=1.0))
    assert finding.title == "the event loop is blocked for up to 300 ms"
    assert finding.blocking is not None
    assert finding.blocking.work == "native"
