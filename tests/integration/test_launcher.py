from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from integration.node_apps import LaunchApp, WriteApp, ask, serving

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import evaluate
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import AppExited, AppNotReady, CommandNotFound
from pytest_nodeleak.nodejs.binary import NodeBinary
from pytest_nodeleak.nodejs.command import AppSpec
from pytest_nodeleak.nodejs.launcher import RunningApp
from pytest_nodeleak.nodejs.ports import free_port

pytestmark = pytest.mark.nodejs

TELL_PID = "res.end(String(process.pid));"


def evaluated(app: RunningApp, expression: str) -> object:
    deadline = Deadline(10.0)
    with InspectorClient.open(app.inspector_url, deadline) as client:
        return client.execute(evaluate(expression), deadline).value


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_an_app_that_ignores_port_is_found(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(serving(TELL_PID, listen="0, '127.0.0.1'"))
    app = launch_app()
    assert ask(app) == str(app.pid)


def test_an_app_that_minds_port_gets_a_free_one(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(serving("res.end(process.env.PORT);"))
    app = launch_app()
    assert app.base_url == f"http://127.0.0.1:{ask(app)}"


@pytest.mark.parametrize(
    ("listen", "host"),
    [
        pytest.param("process.env.PORT, '0.0.0.0'", "127.0.0.1", id="any IPv4"),
        pytest.param("process.env.PORT, '::'", "127.0.0.1", id="any address"),
        pytest.param("process.env.PORT", "127.0.0.1", id="Node's default"),
        pytest.param("process.env.PORT, '::1'", "[::1]", id="IPv6 loopback"),
        pytest.param(
            "{ port: process.env.PORT, host: '::', ipv6Only: true }",
            "[::1]",
            id="any IPv6",
        ),
    ],
)
def test_the_address_that_is_listened_on_is_used(
    write_app: WriteApp, launch_app: LaunchApp, listen: str, host: str
) -> None:
    write_app(serving(TELL_PID, listen=listen))
    app = launch_app()
    assert app.base_url.startswith(f"http://{host}:")
    assert ask(app) == str(app.pid)


def test_of_two_ports_the_one_that_speaks_http_is_the_app(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(
        serving(
            TELL_PID,
            setup="require('node:net').createServer((s) => s.end('220 mail\\r\\n'))"
            ".listen(0, '127.0.0.1');",
        )
    )
    app = launch_app()
    assert ask(app) == str(app.pid)


@pytest.mark.parametrize(
    ("name", "content", "command"),
    [
        pytest.param(
            "package.json",
            '{"name": "shop", "scripts": {"start": "node app.cjs"}}',
            "npm start",
            id="npm start",
        ),
        pytest.param("run.sh", "node app.cjs\ntrue\n", "sh run.sh", id="shell script"),
    ],
)
def test_behind_a_wrapper_the_process_that_serves_is_measured(
    write_app: WriteApp, launch_app: LaunchApp, name: str, content: str, command: str
) -> None:
    write_app(serving(TELL_PID))
    write_app(content, name)
    app = launch_app(command)
    served_by = ask(app)
    assert served_by == str(app.pid)
    assert evaluated(app, "process.pid") == app.pid
    assert psutil.Process(app.pid).cmdline()[1:] == ["app.cjs"]


def test_an_es_module_that_awaits_before_it_listens_is_found(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(
        """
import http from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
await sleep(50);
const server = http.createServer((req, res) => res.end(String(process.pid)));
server.listen(process.env.PORT, '127.0.0.1');
await once(server, 'listening');
""",
        "app.mjs",
    )
    app = launch_app("node app.mjs")
    assert ask(app) == str(app.pid)


def test_an_unknown_command_is_reported_with_its_directory(
    launch_app: LaunchApp, tmp_path: Path
) -> None:
    with pytest.raises(CommandNotFound) as failure:
        launch_app("no-such-command start")
    assert "command    no-such-command start" in str(failure.value)
    assert f"directory  {tmp_path}" in str(failure.value)


def test_a_missing_directory_is_reported_as_such(
    node: NodeBinary, tmp_path: Path
) -> None:
    spec = AppSpec(command="node app.cjs", cwd=tmp_path / "gone")
    with pytest.raises(CommandNotFound, match="the directory does not exist"):
        RunningApp.launch(spec, node, Deadline(5.0))


def test_a_missing_script_is_reported_in_the_words_of_node(
    launch_app: LaunchApp, tmp_path: Path
) -> None:
    with pytest.raises(AppExited) as failure:
        launch_app("node missing.cjs")
    assert failure.value.returncode == 1
    assert f"Cannot find module '{tmp_path / 'missing.cjs'}'" in str(failure.value)


def test_what_an_app_throws_at_its_start_is_shown(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app("throw new Error('DATABASE_URL is not set');")
    with pytest.raises(AppExited) as failure:
        launch_app()
    assert str(failure.value).startswith("the app ended while starting: exit code 1")
    assert "DATABASE_URL is not set" in str(failure.value)
    assert "Debugger listening" not in str(failure.value)


def test_an_app_that_ends_at_once_is_told_from_one_that_fails(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app("console.log('nothing to do');")
    with pytest.raises(AppExited) as failure:
        launch_app()
    assert failure.value.returncode == 0
    assert failure.value.output_tail == ("nothing to do",)


def test_a_port_that_is_taken_is_reported_in_the_words_of_node(
    write_app: WriteApp, launch_app: LaunchApp, taken_port: int
) -> None:
    write_app(serving(listen=f"{taken_port}, '127.0.0.1'"))
    with pytest.raises(AppExited, match=f"EADDRINUSE.*127.0.0.1:{taken_port}"):
        launch_app()


def test_an_app_that_never_listens_is_waited_for_by_port(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app("console.log(`PORT=${process.env.PORT}`); setInterval(() => {}, 1000);")
    with pytest.raises(AppNotReady) as failure:
        launch_app(ready_s=1.5)
    (line,) = failure.value.output_tail
    assert failure.value.waited_for == f"a listening port ({line})"


def test_an_app_that_never_answers_is_waited_for_by_address(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(serving("", setup="console.log(process.env.PORT);"))
    with pytest.raises(AppNotReady) as failure:
        launch_app(ready_s=1.5)
    (port,) = failure.value.output_tail
    assert failure.value.waited_for == f"an HTTP answer from http://127.0.0.1:{port}/"


@pytest.mark.parametrize(
    "setup",
    [
        pytest.param(
            "console.error('Debugger listening on ws://127.0.0.1:1/0-0');",
            id="fake banner",
        ),
        pytest.param(
            "console.error(`Debugger listening on ws://127.0.0.1:${process.env.PORT}/0`);",
            id="fake banner of its own port",
        ),
        pytest.param(
            "console.error(`Debugger listening on ${"
            "require('node:inspector').url().replace(/[^/]*$/, '0')}`);",
            id="fake banner of the inspector's port",
        ),
        pytest.param("console.log('all is well\\n'.repeat(400_000));", id="many lines"),
        pytest.param("console.log('x'.repeat(5_000_000));", id="one endless line"),
    ],
)
def test_what_an_app_prints_does_not_get_in_the_way(
    write_app: WriteApp, launch_app: LaunchApp, setup: str
) -> None:
    write_app(serving(TELL_PID, setup=setup))
    app = launch_app()
    assert evaluated(app, "process.pid") == int(ask(app))


def test_an_app_that_prints_what_node_prints_at_its_end_is_alive(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    goodbye = "Waiting for the debugger to disconnect..."
    write_app(serving(f"console.error('{goodbye}'); res.end();"))
    app = launch_app()
    while not app.output.is_ending:
        ask(app)
    assert app.is_alive()


def test_the_inspector_listens_on_the_loopback_only(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(serving(listen="process.env.PORT, '0.0.0.0'"))
    app = launch_app()
    listening = {
        connection.laddr.ip
        for connection in psutil.Process(app.pid).net_connections(kind="tcp")
        if connection.status == psutil.CONN_LISTEN
        and f":{connection.laddr.port}/" in app.inspector_url
    }
    assert listening == {"127.0.0.1"}


def test_an_inspector_that_a_script_opens_to_all_is_told_of(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(serving(TELL_PID))
    port = free_port()
    app = launch_app(f"sh -c 'exec node --inspect=0.0.0.0:{port} app.cjs'")
    (note,) = app.notes
    assert f"open its inspector to the network (0.0.0.0:{port})" in note


def test_the_heap_limit_reaches_v8(write_app: WriteApp, launch_app: LaunchApp) -> None:
    write_app(serving(setup="const v8 = require('node:v8');"))
    app = launch_app(max_old_space_size_mb=77)
    limit = evaluated(app, "require('node:v8').getHeapStatistics().heap_size_limit")
    assert isinstance(limit, int)
    # The young generation comes on top: 48 MB with Node.js 20, 192 with 24.
    assert 77 <= limit / 2**20 < 77 + 256


def test_the_heap_limit_reaches_v8_through_npm(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(serving())
    write_app('{"name": "shop", "scripts": {"start": "node app.cjs"}}', "package.json")
    app = launch_app("npm start", max_old_space_size_mb=77)
    options = evaluated(app, "process.env.NODE_OPTIONS")
    assert "--max-old-space-size=77" in str(options)
