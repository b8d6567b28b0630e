from __future__ import annotations

from pathlib import Path

import pytest

from pytest_nodeleak.commands.package_json import Package
from pytest_nodeleak.commands.start_command import Start, find_start


def start_of(
    directory: Path,
    *files: str,
    dependencies: tuple[str, ...] = (),
    main: str = "",
    manager: str = "npm",
    **scripts: str,
) -> Start:
    for file in files:
        (directory / file).parent.mkdir(parents=True, exist_ok=True)
        (directory / file).touch()
    start = find_start(
        Package(
            directory=directory,
            name="app",
            main=main,
            scripts={name.replace("_", ":"): text for name, text in scripts.items()},
            dependencies=frozenset(dependencies),
            manager=manager,
        )
    )
    assert start is not None
    return start


def test_a_plain_call_of_node_needs_no_npm(tmp_path: Path) -> None:
    start = start_of(tmp_path, start="node server.js --port 80")
    assert start.command == "node server.js --port 80"
    assert start.reason == "script 'start' of package.json"


@pytest.mark.parametrize(
    "script",
    [
        "NODE_ENV=production node a.js",
        "node a.js | pino-pretty",
        "tsx a.ts",
        "next start",
    ],
)
def test_what_is_more_than_that_is_left_to_npm(tmp_path: Path, script: str) -> None:
    assert start_of(tmp_path, start=script).command == "npm start"
    assert start_of(tmp_path, start=script, manager="pnpm").command == "pnpm start"


def test_so_is_a_script_with_others_around_it(tmp_path: Path) -> None:
    assert start_of(tmp_path, start="node a.js", prestart="x").command == "npm start"


def test_what_is_deployed_comes_before_what_is_developed_with(tmp_path: Path) -> None:
    start = start_of(tmp_path, start="nest start", start_prod="node dist/main")
    assert start.command == "node dist/main"


@pytest.mark.parametrize(
    ("script", "command"),
    [
        ("nodemon --inspect app.js", "node app.js"),
        ("node --watch app.js", "node app.js"),
        ("tsx watch app.ts", "npx tsx app.ts"),
        ("ts-node-dev --respawn app.ts", "npx tsx app.ts"),
    ],
)
def test_watchers_are_left_out_and_that_is_said(
    tmp_path: Path, script: str, command: str
) -> None:
    start = start_of(tmp_path, "app.js", "app.ts", dependencies=("tsx",), start=script)
    assert start.command == command
    assert start.notes == (
        f"{script!r} restarts the app when a file changes, so it is started without that",
    )


def test_a_server_for_development_is_taken_with_a_note(tmp_path: Path) -> None:
    start = start_of(tmp_path, dev="next dev")
    assert start.command == "npm run dev"
    assert "made for development" in start.notes[0]


def test_what_is_built_is_to_be_built_first(tmp_path: Path) -> None:
    start = start_of(tmp_path, start="node dist/main", build="tsc")
    assert (start.build, start.missing) == ("npm run build", "dist/main")

    built = start_of(tmp_path, "dist/main.js", start="node dist/main", build="tsc")
    assert (built.build, built.missing) == ("npm run build", "")

    assert start_of(tmp_path, start="next start", build="next build").missing == ".next"
    # Nothing of it needs the build.
    assert start_of(tmp_path, start="node app.js", build="tsc").build == ""


@pytest.mark.parametrize(
    ("files", "dependencies", "command"),
    [
        (["server.js"], (), "node server.js"),
        (["src/index.ts"], ("tsx",), "npx tsx src/index.ts"),
        (["src/index.ts"], ("ts-node",), "npx ts-node src/index.ts"),
        (["index.mjs", "src/app.js"], (), "node index.mjs"),
    ],
)
def test_without_scripts_a_usual_file_is_the_app(
    tmp_path: Path, files: list[str], dependencies: tuple[str, ...], command: str
) -> None:
    assert start_of(tmp_path, *files, dependencies=dependencies).command == command


def test_typescript_without_a_tool_is_left_to_node_with_a_note(tmp_path: Path) -> None:
    start = start_of(tmp_path, "lib/a b.ts", main="lib/a b.ts")
    assert start.command == "node 'lib/a b.ts'"
    assert "since 22.18" in start.notes[0]


def test_nothing_is_made_up(tmp_path: Path) -> None:
    package = Package(
        directory=tmp_path, name="app", main="gone.js", scripts={"t": "x"}
    )
    assert find_start(package) is None
