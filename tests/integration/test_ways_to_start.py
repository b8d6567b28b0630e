"""However an app is started, the process that serves is found and can be inspected."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import psutil
import pytest
from integration.node_apps import LaunchApp, OpenFactory, WriteApp, ask, serving

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import evaluate
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import AppExited, AppNotReady
from pytest_nodeleak.nodejs import launcher
from pytest_nodeleak.nodejs.binary import NodeBinary
from pytest_nodeleak.nodejs.launcher import RunningApp
from pytest_nodeleak.nodejs.ports import free_port

pytestmark = pytest.mark.nodejs

COMPILERS = Path(__file__).parents[2] / ".cache" / "compilers"
TELL_PID = "res.end(String(process.pid));"
SCRIPTS = """{"name": "shop", "scripts": {
  "debug": "node --inspect-brk=127.0.0.1:0 app.cjs",
  "open": "node --inspect=0.0.0.0:0 app.cjs",
  "limited": "NODE_OPTIONS=--max-old-space-size=99 node app.cjs"
}}"""
TWO_PORTS = """
const http = require('node:http');
const metrics = http.createServer((req, res) => res.end('metrics'));
const server = http.createServer((req, res) => res.end('shop'));
metrics.listen(0, '127.0.0.1', () => {
  setTimeout(() => server.listen(process.env.PORT, '127.0.0.1'), 100);
});
"""
PYTHON_SERVES = """
import http.server, os

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


def inspected(app: RunningApp, expression: str) -> object:
    deadline = Deadline(10.0)
    with InspectorClient.open(app.inspector_url, deadline) as client:
        return client.execute(evaluate(expression), deadline).value


@pytest.mark.parametrize(
    "command",
    [
        "node --inspect-brk app.cjs",
        "node --require node:path --inspect=9229 app.cjs",
        "npm run --silent debug",
        "npm run --silent open",
        "npm run --silent limited",
        "sh run.sh",
    ],
)
def test_an_inspector_that_the_command_asks_for_is_not_in_the_way(
    write_app: WriteApp, launch_app: LaunchApp, command: str
) -> None:
    write_app(serving(TELL_PID))
    write_app(SCRIPTS, "package.json")
    write_app("NODE_OPTIONS=--inspect-wait=127.0.0.1:0 node app.cjs\n", "run.sh")
    app = launch_app(command)
    assert ask(app) == str(app.pid)
    assert inspected(app, "process.pid") == app.pid


@pytest.mark.parametrize("command", ["node app.cjs", "npm run --silent limited"])
def test_an_inspector_that_the_environment_asks_for_is_not_in_the_way(
    write_app: WriteApp, launch_app: LaunchApp, command: str
) -> None:
    write_app(serving(TELL_PID))
    write_app(SCRIPTS, "package.json")
    app = launch_app(command, env={"NODE_OPTIONS": "--inspect-brk --trace-warnings"})
    assert inspected(app, "process.pid") == int(ask(app))


def test_limits_reach_the_process_behind_a_launcher_that_hands_no_flags_down(
    write_app: WriteApp, launch_app: LaunchApp, tmp_path: Path
) -> None:
    (tmp_path / "node_modules").symlink_to(COMPILERS / "node_modules")
    write_app(f"const typed: string = 'ts';\n{serving(TELL_PID)}", "app.cts")
    app = launch_app(
        "node node_modules/tsx/dist/cli.mjs app.cts", max_old_space_size_mb=77
    )
    assert ask(app) == str(app.pid)
    assert "app.cts" in psutil.Process(app.pid).cmdline()
    limit = inspected(app, "require('node:v8').getHeapStatistics().heap_size_limit")
    assert isinstance(limit, int)
    assert limit < 512 * 2**20


def test_of_two_ports_that_speak_http_the_one_the_app_was_told_is_loaded(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(TWO_PORTS)
    assert ask(launch_app()) == "shop"


def test_a_port_that_is_taken_meanwhile_is_replaced_by_another(
    write_app: WriteApp, launch_app: LaunchApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_app(serving(TELL_PID))
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = iter([other.getsockname()[1], free_port()])
        monkeypatch.setattr(launcher, "free_port", lambda: next(ports))
        assert ask(launch_app())
    assert next(ports, None) is None


def test_of_several_ports_the_one_that_the_test_names_is_loaded(
    write_app: WriteApp, open_factory: OpenFactory
) -> None:
    write_app(TWO_PORTS.replace("PORT", "SHOP"))
    port = free_port()
    app = open_factory().launch("node app.cjs", port=port, env={"SHOP": str(port)})
    assert app.base_url == f"http://127.0.0.1:{port}"


def test_a_command_that_leaves_the_app_in_the_background_is_told_so(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(serving())
    write_app("node app.cjs > app.log 2>&1 & sleep 0.2\n", "start.sh")
    with pytest.raises(AppExited) as failure:
        launch_app("sh start.sh")
    assert failure.value.in_background is not None
    assert (
        f"exit code 0, and left process {failure.value.in_background} running in the"
        " background; start the app so that its command lasts" in str(failure.value)
    )


def test_a_server_that_is_not_node_is_named(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(PYTHON_SERVES, "serve.py")
    with pytest.raises(AppNotReady) as failure:
        launch_app(f"{sys.executable} serve.py")
    assert failure.value.waited_for.endswith("and not Node.js")


def test_an_app_that_is_denied_the_inspector_is_told_which_flag_allows_it(
    write_app: WriteApp, launch_app: LaunchApp, node: NodeBinary
) -> None:
    write_app(serving())
    major = int(node.version.removeprefix("v").partition(".")[0])
    is_late = major >= 25
    name = "--permission" if major > 20 else "--experimental-permission"
    flags = f"{name} --allow-fs-read=*" + (" --allow-net" if is_late else "")
    with pytest.raises(AppNotReady) as failure:
        launch_app(f"node {flags} app.cjs")
    assert "add --allow-inspector (Node.js 25 and later)" in str(failure.value)
    if is_late:
        app = launch_app(f"node {flags} --allow-inspector app.cjs")
        assert inspected(app, "process.pid") == app.pid
