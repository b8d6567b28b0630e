"""Apps that hold much: what a check still finds, and that it says what it could not do."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from integration.node_apps import CheckApp, WriteApp, serving

from pytest_nodeleak.fixtures.app import NodeApp

pytestmark = [pytest.mark.nodejs, pytest.mark.matrix]

ROWS = """
const rows = new Map(), sessions = new Map();
const text = (id, size) => Buffer.alloc(size, 97 + id %% 26).toString('latin1');
for (let id = 0; process.memoryUsage().heapUsed < %(megabytes)d * 1e6;) {
  for (const end = id + 1000; id < end; id += 1) {
    rows.set(id, { id, name: text(id, 180), tags: [text(id, 40), text(id, 40)], at: { } });
  }
}
const open = (id) => { sessions.set(id, { id, token: `t-${id}`, roles: ['reader'] }); };
"""
OPENING = "if (req.url !== '/') open(req.url); res.end(String(rows.size));"


def test_the_leak_of_an_app_of_500_mb_is_placed_though_its_heap_is_not_compared(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    write_app(serving(OPENING, setup=ROWS % {"megabytes": 500}))
    app = check_app(budget_s=150.0)
    started = time.monotonic()
    report = app.hammer("GET /sessions/{n}")
    assert time.monotonic() - started < 150 + 10
    text = str(report)
    # Never clean; how sure the counters are depends on how many readings there is time for.
    assert report.verdict in {"over_limit", "inconclusive"}, text
    assert "comparing this heap takes " in text
    # V8 may have compiled the function into the handler that calls it.
    assert re.search(
        r"^  put there   (open|\(anonymous\)) app\.cjs:", text, re.MULTILINE
    )


def test_the_leak_of_an_app_of_millions_of_objects_is_placed_in_time(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    setup = """
    const rows = [], sessions = new Map();
    for (let n = 0; n < 900_000; n += 1) rows.push({ n, owner: { n }, at: { n } });
    """
    write_app(
        serving(
            "if (req.url !== '/') open(req.url); res.end(String(rows.length));",
            setup=setup
            + "const open = (id) => { sessions.set(id, { all: Array(500).fill(id) }); };",
        )
    )
    app = check_app(budget_s=12.0)
    started = time.monotonic()
    report = app.hammer("GET /sessions/{n}", requests=4000)
    assert time.monotonic() - started < 12 + 5
    text = str(report)
    assert report.verdict == "inconclusive", text
    assert report.listeners.first is None
    assert "listeners not counted" in text
    assert re.search(
        r"^  put there   (open|\(anonymous\)) app\.cjs:", text, re.MULTILINE
    ), text


MILLION = 1_000_000
# Each goes by what it holds a million of before the first request.
FULL = {
    "map": (
        "const kept = new Map(); for (let n = 0; n < MANY; n += 1) kept.set(n, { n });",
        "kept.set(req.url, { url: req.url });",
    ),
    "array": (
        "const kept = []; for (let n = 0; n < MANY; n += 1) kept.push({ n });",
        "kept.push({ url: req.url });",
    ),
    "numbers": (
        "const kept = []; for (let n = 0; n < MANY; n += 1) kept.push(n);",
        "kept.push(kept.length);",
    ),
    "list": (
        "let kept = null; for (let n = 0; n < MANY; n += 1) kept = { n, next: kept };",
        "kept = { n: req.url, next: kept };",
    ),
}


@pytest.mark.parametrize("kind", FULL)
def test_one_more_per_request_is_found_on_top_of_a_million(
    kind: str, check_app: CheckApp, write_app: WriteApp
) -> None:
    setup, keep = FULL[kind]
    handler = f"if (req.url.startsWith('/keep')) {{ {keep} }} res.end('ok');"
    write_app(serving(handler, setup=setup.replace("MANY", str(MILLION))))
    app = check_app(budget_s=120.0)
    clean = app.hammer("GET /")
    assert clean.verdict == "clean", str(clean)
    leak = app.hammer("GET /keep/{n}")
    assert leak.verdict == "leak", str(leak)
    assert "kept" in leak.findings[0].path, str(leak)


# The sockets live in a process of their own: a process has 20,000 descriptors here.
CONNECTING = """
const net = require('node:net');
const [port, number] = process.argv.slice(2).map(Number);
let open = 0;
const connect = () => {
  const socket = net.connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n');
  socket.once('data', () => {
    open += 1;
    if (open === number) console.log('open');
    else if (open + 100 <= number) connect();
  });
};
for (let n = 0; n < 100; n += 1) connect();
"""
SOCKETS = 10_000


def test_10_000_open_connections_hide_no_leak_and_are_none(
    check_app: CheckApp, write_app: WriteApp
) -> None:
    source = serving(
        "if (req.url !== '/') kept.push({ url: req.url }); res.end('ok');",
        setup="const kept = [];",
    )
    write_app(source + "server.keepAliveTimeout = 0;")
    script = write_app(CONNECTING, "connecting.cjs")
    app = check_app()
    with _connected(app, ["node", str(script)]):
        clean = app.hammer("GET /")
        assert clean.verdict == "clean", str(clean)
        assert clean.measurement.readings[-1].sockets > SOCKETS, str(clean)
        leak = app.hammer("GET /keep/{n}")
    assert leak.verdict == "leak", str(leak)
    assert "kept" in leak.findings[0].path, str(leak)


@contextmanager
def _connected(app: NodeApp, command: list[str]) -> Iterator[None]:
    port = urlsplit(app.base_url).port
    client = subprocess.Popen(
        [*command, str(port), str(SOCKETS)], stdout=subprocess.PIPE, text=True
    )
    assert client.stdout is not None
    try:
        assert client.stdout.readline() == "open\n"
        yield
    finally:
        client.kill()
        client.wait()
        client.stdout.close()
