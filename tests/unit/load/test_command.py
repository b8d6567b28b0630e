from __future__ import annotations

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


@pytest.mark.parametrize("command", ["", "k6 {rps}", "k6 {", "k6 'half", "k6 {0}"])
def test_a_command_that_cannot_be_filled_in_is_refused(command: str) -> None:
    with pytest.raises(InvalidSetting, match="load_command"):
        LoadCommand(command=command, count=r"(\d+)")
