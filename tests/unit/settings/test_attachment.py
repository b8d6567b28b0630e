from __future__ import annotations

import pytest

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.nodejs.inspector_address import InspectorAddress
from pytest_nodeleak.settings.attachment import (
    ATTACH_SOURCE,
    Attachment,
    attachment_from,
    attachment_of,
)

HERE = InspectorAddress(host="127.0.0.1", port=9229)
SERVES = "http://127.0.0.1:3000"
FLAGS = ("--nodeleak-attach", "127.0.0.1:9229", "--nodeleak-base-url", f"{SERVES}/")
FOUND = Attachment(address=HERE, base_url=SERVES)


def test_an_app_is_started_unless_one_is_named(pytester: pytest.Pytester) -> None:
    assert attachment_of(pytester.parseconfig()) is None
    assert attachment_of(pytester.parseconfig(*FLAGS)) == FOUND


def test_the_ini_file_names_one_as_well(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        "[pytest]\nnodeleak_attach = 10.0.0.7:9229\nnodeleak_attach_remote = yes\n"
        "nodeleak_base_url = https://staging.example"
    )
    assert attachment_of(pytester.parseconfig()) == Attachment(
        address=InspectorAddress(host="10.0.0.7", port=9229),
        base_url="https://staging.example",
        allows_remote=True,
    )


def test_the_command_line_decides_between_attaching_and_starting(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeini("[pytest]\nnodeleak_app = node server.js\nnodeleak_cwd = app")
    assert attachment_of(pytester.parseconfig(*FLAGS)) == FOUND
    pytester.makeini(
        f"[pytest]\nnodeleak_attach = 127.0.0.1:9229\nnodeleak_base_url = {SERVES}"
    )
    started = pytester.parseconfig("--nodeleak-app", "node server.js")
    assert attachment_of(started) is None


@pytest.mark.parametrize(
    ("ini", "more", "said"),
    [
        pytest.param(
            "",
            ("--nodeleak-app", "node a.js"),
            "--nodeleak-app: app 'node a.js' is not possible with --nodeleak-attach",
            id="a command",
        ),
        pytest.param(
            "nodeleak_memory_limit = 256 MiB",
            (),
            "ini option nodeleak_memory_limit: memory_limit '256 MiB' is not possible with",
            id="a limit, wherever it is",
        ),
        pytest.param(
            "",
            ("--nodeleak-max-old-space", "64"),
            "--nodeleak-max-old-space: max_old_space '64' is not possible with",
            id="a limit of V8",
        ),
        pytest.param(
            "",
            ("--nodeleak-node", "/usr/bin/node"),
            "--nodeleak-node: node '/usr/bin/node' is not possible with",
            id="a binary",
        ),
        pytest.param(
            "",
            ("-n", "2", "-p", "xdist"),
            "-n: numprocesses 2 is not possible with --nodeleak-attach: checks side by",
            id="processes side by side",
        ),
    ],
)
def test_what_only_a_start_can_set_is_refused(
    pytester: pytest.Pytester, ini: str, more: tuple[str, ...], said: str
) -> None:
    pytester.makeini(f"[pytest]\n{ini}")
    with pytest.raises(InvalidSetting) as refused:
        attachment_of(pytester.parseconfig(*FLAGS, *more))
    assert str(refused.value).startswith(said)


def test_without_a_base_url_nothing_can_be_loaded(pytester: pytest.Pytester) -> None:
    config = pytester.parseconfig(*FLAGS[:2])
    with pytest.raises(InvalidSetting, match="base_url None is not set; say where"):
        attachment_of(config)


def test_another_machine_has_to_be_accepted(pytester: pytest.Pytester) -> None:
    flags = ("--nodeleak-attach", "10.0.0.7:9229", *FLAGS[2:])
    with pytest.raises(InvalidSetting) as refused:
        attachment_of(pytester.parseconfig(*flags))
    said = str(refused.value)
    assert said.startswith("--nodeleak-attach: attach '10.0.0.7:9229' is not on the")
    assert "can run any code in the app" in said
    assert "--nodeleak-attach-remote" in said
    accepted = attachment_of(pytester.parseconfig(*flags, "--nodeleak-attach-remote"))
    assert accepted is not None


@pytest.mark.parametrize("url", ["127.0.0.1:3000", "ftp://host", "http://", "/users"])
def test_a_base_url_is_an_address_of_the_web(url: str) -> None:
    with pytest.raises(InvalidSetting, match="is not an address such as"):
        attachment_from(FOUND, None, serves_at=url, remote=None)


def test_arguments_beat_options() -> None:
    found = attachment_from(FOUND, "[::1]:9230", serves_at="http://[::1]/", remote=None)
    assert found.address == InspectorAddress(host="::1", port=9230)
    assert found.base_url == "http://[::1]"
    assert attachment_from(FOUND, None, serves_at=None, remote=None) == FOUND


@pytest.mark.parametrize(
    ("address", "missing"), [(None, "attach"), ("a:1", "base_url")]
)
def test_what_is_missing_is_named_with_its_option(
    address: str | None, missing: str
) -> None:
    with pytest.raises(InvalidSetting) as refused:
        attachment_from(None, address, serves_at=None, remote=True)
    assert (refused.value.name, refused.value.source) == (missing, ATTACH_SOURCE)
    assert f"--nodeleak-{missing.replace('_', '-')}" in str(refused.value)
