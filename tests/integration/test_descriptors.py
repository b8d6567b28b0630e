"""Descriptors that stay open, and apps that run out of them."""

from __future__ import annotations

import pytest
import requests
from integration.node_apps import OpenFactory, WriteApp, serving

from pytest_nodeleak.exceptions import InvalidSetting

pytestmark = pytest.mark.nodejs

LIMITS = "require('node:fs').readFileSync('/proc/self/limits', 'utf8')"


def test_an_app_gets_its_own_limit_of_open_files(
    open_factory: OpenFactory, write_app: WriteApp
) -> None:
    write_app(serving(f"res.end({LIMITS});"))
    app = open_factory().launch(max_open_files=99, command="node app.cjs")
    with requests.Session() as http:
        http.trust_env = False
        limits = http.get(app.base_url, timeout=10).text
    (line,) = [line for line in limits.splitlines() if line.startswith("Max open")]
    assert line.split()[3:5] == ["99", "99"]


def test_a_limit_of_open_files_that_no_app_can_run_with_is_refused(
    open_factory: OpenFactory,
) -> None:
    with pytest.raises(InvalidSetting, match=r"launch\(\): max_open_files 8 is not a"):
        open_factory().launch("node app.cjs", max_open_files=8)
