from __future__ import annotations

import socket
from pathlib import Path

import pytest

from pytest_nodeleak.nodejs import ports
from pytest_nodeleak.nodejs.ports import free_port


@pytest.fixture
def clients_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for the file that tells which ports clients' connections get."""
    path = tmp_path / "ip_local_port_range"
    monkeypatch.setattr(ports, "_CLIENTS_RANGE", path)
    return path


def test_a_port_is_none_that_the_system_gives_to_clients(clients_range: Path) -> None:
    clients_range.write_text("20000\t60999\n", encoding="utf-8")
    assert all(15_000 <= free_port() < 20_000 for _ in range(50))


@pytest.mark.parametrize("told", ["1024 65535", "", "all"])
def test_where_clients_get_any_port_the_system_chooses(
    clients_range: Path, told: str
) -> None:
    clients_range.write_text(told, encoding="utf-8")
    assert free_port() > 1024


def test_a_port_that_is_taken_is_not_free(clients_range: Path) -> None:
    clients_range.write_text("15001 60999", encoding="utf-8")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 15_000))
        assert free_port() != 15_000
