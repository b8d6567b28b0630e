from __future__ import annotations

import pytest

from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.culprits.sync_work import (
    SyncWork,
    Work,
    classify_work,
    is_node_s,
    loading_frames,
)

HANDLER = "handler file:///app/server.js"


def stack(*frames: str) -> tuple[ProfileFrame, ...]:
    """Return frames from texts such as ``"run"`` or ``"readSync node:fs"``."""
    return tuple(
        ProfileFrame(function=name, url=url, line=3, column=1)
        for name, url in map(_parts, frames)
    )


def _parts(frame: str) -> tuple[str, str]:
    name, space, url = frame.rpartition(" ")
    is_native = not space or not url.startswith(("file:", "node:"))
    return (frame, "") if is_native else (name, url)


# As Node 20 to 26 have them.
STACKS = {
    "pbkdf2Sync": (
        stack("run", "pbkdf2Sync node:internal/crypto/pbkdf2", HANDLER),
        SyncWork(work=Work.CRYPTO, call="pbkdf2Sync"),
    ),
    "randomBytes": (
        stack(
            "run",
            "randomFillSync node:internal/crypto/random",
            "randomBytes node:internal/crypto/random",
            HANDLER,
        ),
        SyncWork(work=Work.CRYPTO, call="randomBytes"),
    ),
    "gzipSync": (
        stack(
            "writeSync",
            "processChunkSync node:zlib",
            "zlibBufferSync node:zlib",
            "syncBufferWrapper node:zlib",
            HANDLER,
        ),
        SyncWork(work=Work.COMPRESSION),
    ),
    "readFileSync": (
        stack(
            "read",
            "readSync node:fs",
            "tryReadSync node:fs",
            "readFileSync node:fs",
            HANDLER,
        ),
        SyncWork(work=Work.FILE, call="readFileSync"),
    ),
    "an open for later": (
        stack("open", "open node:fs", HANDLER),
        SyncWork(work=Work.NODE, call="open"),
    ),
    "execSync": (
        stack(
            "spawn",
            "spawnSync node:internal/child_process",
            "spawnSync node:child_process",
            "execSync node:child_process",
            HANDLER,
        ),
        SyncWork(work=Work.PROCESS, call="execSync"),
    ),
    "a compiled expression": (
        stack("RegExp: ^(a+)+$", HANDLER),
        SyncWork(work=Work.REGEX),
    ),
    "Buffer.toString": (
        stack("base64Slice", "slice node:buffer", "toString node:buffer", HANDLER),
        SyncWork(work=Work.NODE, call="toString"),
    ),
    "require": (
        stack(
            "readFileUtf8",
            "readFileSync node:fs",
            "wrapSafe node:internal/modules/cjs/loader",
            "require node:internal/modules/helpers",
            HANDLER,
        ),
        SyncWork(work=Work.MODULE),
    ),
    "what a module does while it is loaded": (
        stack(
            " file:///app/plugin.js",
            " node:internal/modules/cjs/loader",
            "require node:internal/modules/helpers",
            HANDLER,
        ),
        SyncWork(work=Work.MODULE),
    ),
    "the collector": (
        stack("(garbage collector)", HANDLER),
        SyncWork(work=Work.GC),
    ),
    "nothing known": (stack("(program)"), SyncWork(work=Work.NODE)),
}


@pytest.mark.parametrize(("frames", "work"), STACKS.values(), ids=STACKS)
def test_a_stack_tells_what_kind_of_work_it_is(
    frames: tuple[ProfileFrame, ...], work: SyncWork
) -> None:
    assert classify_work(frames, "") == work


LINES = {
    "const all = JSON.parse(body);": SyncWork(work=Work.JSON, call="JSON.parse"),
    "res.end(JSON . stringify (rows))": SyncWork(work=Work.JSON, call="JSON.stringify"),
    "if (NAME.test(text)) return;": SyncWork(work=Work.REGEX, call="test"),
    "text.match(NAME)": SyncWork(work=Work.REGEX, call="match"),
    "  .replace(/(a+)+$/, '')": SyncWork(work=Work.REGEX, call="replace"),
    "for (const part of text.split(COMMA)) {": SyncWork(work=Work.REGEX, call="split"),
    "text.split(',')": SyncWork(work=Work.JAVASCRIPT),
    "text.replaceAll('a', 'b')": SyncWork(work=Work.JAVASCRIPT),
    "suite.testAll(1)": SyncWork(work=Work.JAVASCRIPT),
    "const found = /(a+)+$/.exec(name);": SyncWork(work=Work.REGEX, call="exec"),
    "emailPattern.exec(text)": SyncWork(work=Work.REGEX, call="exec"),
    "text.search(new RegExp(word))": SyncWork(work=Work.REGEX, call="search"),
    "return text.replaceAll(this.re, '')": SyncWork(work=Work.REGEX, call="replaceAll"),
    "db.exec(sql)": SyncWork(work=Work.JAVASCRIPT),
    "DB.exec(sql)": SyncWork(work=Work.JAVASCRIPT),
    "router.match(path)": SyncWork(work=Work.JAVASCRIPT),
    "index.search(store)": SyncWork(work=Work.JAVASCRIPT),
    "list.replace(there)": SyncWork(work=Work.JAVASCRIPT),
    "sum(rows); // not JSON.parse(body)": SyncWork(work=Work.JAVASCRIPT),
    "/* like JSON.parse(x) */ for (;;) n++;": SyncWork(work=Work.JAVASCRIPT),
    "while (n--) JSON.parse(a); b.match(NAME)": SyncWork(work=Work.JAVASCRIPT),
    "Atomics.wait(flag, 0, 0)": SyncWork(work=Work.WAIT, call="Atomics.wait"),
    "for (let i = 0; i < 1e9; i += 1) {": SyncWork(work=Work.JAVASCRIPT),
    "": SyncWork(work=Work.JAVASCRIPT),
}


@pytest.mark.parametrize(("code", "work"), LINES.items(), ids=LINES)
def test_a_builtin_is_told_by_the_line_that_calls_it(code: str, work: SyncWork) -> None:
    assert classify_work(stack(HANDLER), code) == work


@pytest.mark.parametrize("work", Work)
def test_every_kind_of_work_has_words_and_a_cure(work: Work) -> None:
    known = SyncWork(work=work, call="gzipSync")
    assert known.words
    assert known.cure
    assert "{" not in known.words + known.cure


def test_the_words_name_the_call_and_the_cure_its_asynchronous_form() -> None:
    work = SyncWork(work=Work.CRYPTO, call="pbkdf2Sync")
    assert work.words == "synchronous crypto (pbkdf2Sync)"
    assert work.cure.startswith(
        "use the asynchronous form (pbkdf2): it runs in libuv's"
    )


def test_json_is_called_what_was_called() -> None:
    work = SyncWork(work=Work.JSON, call="JSON.parse")
    assert work.words == "JSON.parse of a large payload"


def test_who_loads_a_module_is_to_blame_and_not_the_module() -> None:
    loading = stack("f file:///app/plugin.js", " node:internal/modules/cjs/loader")
    handler = stack(HANDLER)
    assert loading_frames((*loading, *handler)) == (*loading[1:], *handler)


def test_a_module_that_nobody_loads_any_more_is_left_as_it_is() -> None:
    frames = stack("f file:///app/a.mjs", "run node:internal/modules/esm/module_job")
    assert loading_frames(frames) == frames
    assert loading_frames(stack(HANDLER)) == stack(HANDLER)


def test_what_has_no_url_or_is_node_s_is_not_the_app_s() -> None:
    own, internal, native = stack(HANDLER, "emit node:events", "run")
    assert [is_node_s(one) for one in (own, internal, native)] == [False, True, True]
