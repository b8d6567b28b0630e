from __future__ import annotations

from pathlib import Path

import pytest
from saved_heaps import saved_service

from pytest_nodeleak.commands.main import main

SOURCE = """\
const http = require('http');

const cache = new Map();

http.createServer(
  // to everyone who asks
  { keepAlive: true },
  function handler(req, res) {
"""


def test_sources_are_found_where_they_are_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = tmp_path / "home" / "my-service"
    app.mkdir(parents=True)
    (app / "server.js").write_text(SOURCE)
    main(["diff", *map(str, saved_service(tmp_path, 40)), "--app", str(app)])
    printed = capsys.readouterr().out
    # The snapshot has it in /usr/src/app, at the function that captured the variable.
    assert "server.js:3 module scope" in printed
    assert "handler (server.js:8:3) -> cache" in printed
    assert "/usr/src" not in printed


def test_sources_that_are_not_of_this_app_change_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "client.js").write_text(SOURCE)
    main(["diff", *map(str, saved_service(tmp_path, 40)), "--app", str(tmp_path)])
    assert "handler (/usr/src/app/server.js:8:3)" in capsys.readouterr().out


def test_a_directory_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file,) = saved_service(tmp_path)
    assert main(["show", str(file), "--app", str(tmp_path / "nowhere")]) == 2
    assert "is not an existing directory" in capsys.readouterr().err
