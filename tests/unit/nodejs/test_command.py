from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.nodejs.command import AppSpec, Invocation, prepare_invocation

NODE = Path("/opt/node/bin/node")
INSPECT = "--inspect=127.0.0.1:0"


def prepare(
    command: str,
    *,
    environ: dict[str, str] | None = None,
    env: dict[str, str] | None = None,
    old_space_mb: int | None = None,
    semi_space_mb: int | None = None,
    node_args: tuple[str, ...] = (),
    down: bool = False,
) -> Invocation:
    spec = AppSpec(
        command=command,
        cwd=Path("/app"),
        env=env or {},
        max_old_space_size_mb=old_space_mb,
        max_semi_space_size_mb=semi_space_mb,
        node_args=node_args,
    )
    given = {"PATH": "/bin"} if environ is None else environ
    return prepare_invocation(
        spec, node=NODE, port=41000, environ=given, handed_down=down
    )


@pytest.mark.parametrize("word", ["node", "nodejs", "node.exe", "/usr/bin/node"])
def test_a_command_of_node_gets_its_flags_in_front_of_the_script(word: str) -> None:
    invocation = prepare(
        f"{word} --enable-source-maps 'my server.js' --port 1",
        old_space_mb=128,
        semi_space_mb=2,
        node_args=("--expose-gc",),
    )

    assert invocation.argv == (
        str(NODE),
        INSPECT,
        "--max-old-space-size=128",
        "--max-semi-space-size=2",
        "--expose-gc",
        "--enable-source-maps",
        "my server.js",
        "--port",
        "1",
    )
    assert "NODE_OPTIONS" not in invocation.env
    assert invocation.cwd == Path("/app")


@pytest.mark.parametrize("command", ["npm start", "npx tsx src/app.ts", "./nodemon.sh"])
def test_any_other_command_gets_its_flags_in_node_options(command: str) -> None:
    invocation = prepare(command, old_space_mb=128)

    assert invocation.argv == tuple(command.split())
    assert invocation.env["NODE_OPTIONS"] == f"{INSPECT} --max-old-space-size=128"


def test_node_options_that_are_set_are_kept() -> None:
    own = "--require ./tracing.js"

    wrapped = prepare("npm start", environ={"NODE_OPTIONS": own})
    direct = prepare("node server.js", environ={"NODE_OPTIONS": own})

    assert wrapped.env["NODE_OPTIONS"] == f"{own} {INSPECT}"
    assert direct.env["NODE_OPTIONS"] == own


def test_flags_with_spaces_stay_whole_in_node_options() -> None:
    flag = '--require=/my "app"/hook.js'

    options = prepare("npm start", node_args=(flag,)).env["NODE_OPTIONS"]

    # Node splits at spaces and knows double quotes and backslashes, as a shell does.
    assert shlex.split(options) == [INSPECT, flag]


def test_the_app_is_told_its_port_whatever_is_set() -> None:
    invocation = prepare("node x", environ={"PORT": "80"}, env={"PORT": "81"})

    assert invocation.env["PORT"] == "41000"


def test_the_app_s_own_environment_comes_on_top_of_pytest_s() -> None:
    invocation = prepare("node x", environ={"A": "1", "B": "1"}, env={"B": "2"})

    assert (invocation.env["A"], invocation.env["B"]) == ("1", "2")


def test_the_chosen_node_comes_first_on_the_path() -> None:
    invocation = prepare("npm start", environ={"PATH": f"/a{os.pathsep}/b"})

    assert invocation.env["PATH"].split(os.pathsep) == ["/opt/node/bin", "/a", "/b"]


@pytest.mark.parametrize("environ", [{}, {"PATH": ""}], ids=["none", "empty"])
def test_without_a_path_there_is_only_the_chosen_node(environ: dict[str, str]) -> None:
    assert prepare("npm start", environ=environ).env["PATH"] == "/opt/node/bin"


def test_the_environment_that_was_given_is_not_changed() -> None:
    environ = {"PATH": "/a", "NODE_OPTIONS": "--no-warnings"}

    prepare("npm start", environ=environ)

    assert environ == {"PATH": "/a", "NODE_OPTIONS": "--no-warnings"}


@pytest.mark.parametrize("command", ["node 'server.js", 'npm "start', "", "   ", "a\\"])
def test_a_command_that_is_no_words_is_refused(command: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        prepare(command)

    assert str(refused.value) == (
        f"nodeleak_app: app command {command!r} is not a command such as"
        " 'node server.js' or 'npm start'"
    )


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("node --inspect-brk server.js", ("server.js",)),
        (
            "node --inspect=0.0.0.0:9229 -r dotenv server.js",
            ("-r", "dotenv", "server.js"),
        ),
        ("node -r dotenv --inspect-wait=9230 server.js", ("-r", "dotenv", "server.js")),
        ("node --inspect-port=1 server.js --inspect", ("server.js", "--inspect")),
        ("node server.js --inspect-brk=1", ("server.js", "--inspect-brk=1")),
        ("node --inspector-like server.js", ("--inspector-like", "server.js")),
    ],
)
def test_an_inspector_of_the_command_gives_way_to_ours(
    command: str, kept: tuple[str, ...]
) -> None:
    assert prepare(command).argv == (str(NODE), INSPECT, *kept)


def test_an_inspector_of_node_options_gives_way_to_ours() -> None:
    own = {"NODE_OPTIONS": "--inspect-brk=9229 -r ./a.js --inspect"}

    assert prepare("node server.js", environ=own).env["NODE_OPTIONS"] == "-r ./a.js"
    assert (
        prepare("npm start", environ=own).env["NODE_OPTIONS"] == f"-r ./a.js {INSPECT}"
    )


def test_flags_are_handed_down_where_a_launcher_starts_the_app() -> None:
    invocation = prepare(
        "node tsx.js app.ts", old_space_mb=77, node_args=("--expose-gc",), down=True
    )

    assert invocation.argv[1:4] == (INSPECT, "--max-old-space-size=77", "--expose-gc")
    # Node refuses what is not allowed there.
    assert invocation.env["NODE_OPTIONS"] == f"{INSPECT} --max-old-space-size=77"
