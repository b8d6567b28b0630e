from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from pytest_nodeleak.commands import doctor_machine, doctor_packages
from pytest_nodeleak.commands.doctor import doctor_lines
from pytest_nodeleak.commands.doctor_machine import machine_symptoms
from pytest_nodeleak.commands.doctor_nodejs import nodejs_symptoms
from pytest_nodeleak.commands.doctor_packages import package_symptoms
from pytest_nodeleak.commands.symptom import fails, fine, warn

GOLDEN = Path(__file__).parents[2] / "golden" / "commands"
SYMPTOMS = [
    warn(
        "CPU",
        "2 cores, 91% of the machine's in use",
        "Delays of the event loop and pauses of the collector are other processes', too,"
        " and checks take longer; objects are counted all the same.",
    ),
    fine("node", "v24.21.0, /usr/bin/node (from PATH)"),
    fails(
        "inspector",
        "a tiny app could not be measured: waited for the inspector",
        "No app can be measured as long as that is so.",
    ),
]


def test_each_line_says_how_it_is_and_what_will_not_work() -> None:
    text = "\n".join(doctor_lines(SYMPTOMS)) + "\n"
    assert text == (GOLDEN / "doctor.txt").read_text(encoding="utf-8")


def test_the_last_line_says_whether_checks_can_run() -> None:
    assert doctor_lines(SYMPTOMS[:2])[-1] == (
        "Checks can run here; something is less than it could be: CPU."
    )
    assert doctor_lines(SYMPTOMS[1:2])[-1] == (
        "Checks can run here, and nothing stands in their way."
    )


def test_the_machine_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_machine, "_LOOK_AT_CPU_S", 0.01)

    names = [one.name for one in machine_symptoms()]
    assert names == ["CPU", "memory", "memory limit", "disk", "processes", "open files"]


def test_a_directory_that_cannot_be_written_to_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor_machine, "_LOOK_AT_CPU_S", 0.01)
    monkeypatch.setattr("tempfile.tempdir", "/proc/self")

    told = {one.name: one for one in machine_symptoms()}
    assert told["disk"].state == "fails"
    assert told["disk"].text.startswith("no file can be written to /proc/self: ")


def test_packages_are_told_with_their_versions() -> None:
    packages, load, *extras = package_symptoms()

    assert {packages.state, load.state} == {"ok"}
    assert "websockets 1" in packages.text
    assert "libcurl/" in load.text
    assert "extra node" in {one.name for one in extras}


def test_a_package_of_another_version_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [Requirement("pytest>=999"), Requirement("no-such-package-of-ours")]
    monkeypatch.setattr(doctor_packages, "_required", lambda: wanted)

    packages = doctor_packages._dependencies()
    assert packages.state == "fails"
    assert ", not >=999; no-such-package-of-ours is not installed" in packages.text


def test_without_node_nothing_else_is_tried() -> None:
    (node,) = nodejs_symptoms("/nonexistent/node")

    assert (node.state, node.name) == ("fails", "node")
    assert node.consequence.startswith("Install Node.js 20 or newer")


def test_a_node_without_an_inspector_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "node"
    fake.write_text(
        "#!/bin/sh\n"
        '[ "$1" = --version ] && exec echo v27.0.1\n'
        "echo node: bad option: --inspect >&2; exit 9\n"
    )
    fake.chmod(0o755)
    monkeypatch.setenv("NODE_OPTIONS", "--permission")
    node, options, inspector = nodejs_symptoms(str(fake))

    assert (node.state, node.text) == ("warn", f"v27.0.1, {fake} (as named)")
    assert "--allow-inspector" in options.consequence
    assert inspector.state == "fails"
    assert "bad option: --inspect" in inspector.text
    assert "NODE_OPTIONS is '--permission': try without" in inspector.consequence
