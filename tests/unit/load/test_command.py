from __future__ import annotations

from pathlib import Path

import pytest

from pytest_nodeleak.endpoint import Endpoint
from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.load.command import LoadCommand

ENDPOINT = Endpoint(base_url="http://127.0.0.1:41000")


def test_the_command_is_told_how_much_and_where_to() -> None:
    load = LoadCommand(
        command="k6 run -i {requests} -e 'U={base_url}/a b' {host} {port} '{{x}}'",
        count=r"(\d+)",
    )
    assert load.words(ENDPOINT, 500) == [
        *("k6", "run", "-i", "500", "-e", "U=http://127.0.0.1:41000/a b"),
        *("127.0.0.1", "41000", "{x}"),
    ]


@pytest.mark.parametrize("count", ["requests", r"(\d+)/(\d+)", "(", ""])
def test_an_expression_without_one_group_is_refused(count: str) -> None:
    with pytest.raises(InvalidSetting, match="a regular expression with one group"):
        LoadCommand(command="k6", count=count)


@pytest.mark.parametrize(
    "command", ["", "k6 {rps}", "k6 {", "k6 'half", "k6 {0}", "k6 {port.x}"]
)
def test_a_command_that_cannot_be_filled_in_is_refused(command: str) -> None:
    with pytest.raises(InvalidSetting, match="load_command"):
        LoadCommand(command=command, count=r"(\d+)")


@pytest.mark.parametrize(
    ("base_url", "port"), [("https://shop.test", "443"), ("http://shop.test", "80")]
)
def test_an_address_without_a_port_has_the_usual_one(base_url: str, port: str) -> None:
    load = LoadCommand(command="wrk {port}", count=r"(\d+)")
    assert load.words(Endpoint(base_url=base_url), 1) == ["wrk", port]


def test_a_tool_cannot_be_pointed_at_a_unix_socket() -> None:
    load = LoadCommand(command="wrk {base_url}", count=r"(\d+)")
    with pytest.raises(InvalidSetting, match=r"Unix socket /run/shop\.sock"):
        load.words(Endpoint.of_socket(Path("/run/shop.sock")), 1)
