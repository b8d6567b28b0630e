"""Who can reach an inspector, by its address."""

from __future__ import annotations

import socket

import pytest

from pytest_nodeleak.exceptions import CannotAttach
from pytest_nodeleak.nodejs.inspector_address import (
    InspectorAddress,
    exposure_note,
    is_loopback,
)
from pytest_nodeleak.nodejs.tree import Listener


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_the_loopback_is_reached_by_this_machine_alone(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.0.0.1", "localhost", "127.1", "::ffff:10.0.0.1", ""]
)
def test_what_is_no_address_of_the_loopback_is_not_taken_for_one(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ("localhost:9229", True),
        ("LOCALHOST:9229", True),
        ("[::1]:9229", True),
        ("localhost.example.com:9229", False),
        ("my-laptop:9229", False),
        ("0.0.0.0:9229", False),
    ],
)
def test_a_name_may_be_anyone_but_for_localhost(given: str, allowed: bool) -> None:  # noqa: FBT001
    assert InspectorAddress.parse(given).is_loopback is allowed


def test_a_localhost_that_is_another_machine_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resolve(*_: object, **__: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 9229))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(CannotAttach, match=r"stands for 10\.0\.0\.7, which is not on"):
        list(InspectorAddress.parse("localhost:9229").resolved())
    named = InspectorAddress.parse("staging:9229").resolved()
    assert [one.host for one in named] == ["10.0.0.7"]


def test_an_inspector_that_others_reach_is_told_of() -> None:
    listeners = [
        Listener(pid=1, address="0.0.0.0", port=3000),
        Listener(pid=1, address="::", port=9229),
        Listener(pid=1, address="127.0.0.1", port=41000),
    ]
    assert exposure_note(listeners, "ws://127.0.0.1:41000/x") == ""
    note = exposure_note(listeners, "ws://[::1]:9229/x")
    assert note.startswith("the app's own flags open its inspector to the network")
    assert "([::]:9229): anybody who reaches that port" in note
