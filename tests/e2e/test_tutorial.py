"""The tutorial's commands give the outputs that it shows."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs/examples/tutorial"


@pytest.fixture
def shop(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return a directory with the bookshop and none of its tests."""
    for file in (ROOT / "example_app").glob("*.mjs"):
        shutil.copy(file, pytester.path)
    return pytester


def test_a_leak_is_named_mended_and_kept_out(shop: pytest.Pytester) -> None:
    first = shop.runpytest_subprocess(
        "--nodeleak",
        "--nodeleak-app=node server.mjs",
        "--nodeleak-route=GET /leaky/books/{n}",
    )
    first.assert_outcomes(failed=1)
    assert missing(ROOT / "docs/outputs/leak.txt", first.outlines) == []

    for name in ("pyproject.toml", "test_shop.py"):
        shutil.copy(TUTORIAL / name, shop.path)
    fix = ["git", "apply", str(TUTORIAL / "fix.diff")]
    subprocess.run(fix, cwd=shop.path, check=True)
    mended = shop.runpytest_subprocess("--nodeleak", "test_shop.py")
    mended.assert_outcomes(passed=1)


def test_a_service_below_the_root_has_an_app_of_its_own(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyprojecttoml("[tool.pytest.ini_options]\nnodeleak_app = 'false'")
    service = pytester.mkdir("services") / "users"
    service.mkdir()
    shutil.copy(ROOT / "docs/examples/server.mjs", service)
    (service / "package.json").write_text('{"scripts": {"start": "node server.mjs"}}')
    shutil.copy(
        ROOT / "docs/examples/monorepo/conftest_of_a_service.py",
        service / "conftest.py",
    )
    (service / "test_users.py").write_text(
        "def test_it(node_app):\n    assert node_app.pid\n"
    )

    pytester.runpytest_subprocess("--nodeleak").assert_outcomes(passed=1)


def missing(output: Path, printed: list[str]) -> list[str]:
    """Return the lines of an output that were not printed, whatever their numbers."""
    found = {without_numbers(line) for line in printed}
    lines = output.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if without_numbers(line) not in found]


def without_numbers(line: str) -> str:
    """Leave out what differs from run to run: sizes, rates, times, curves and order."""
    line = re.sub(r"[▁▂▃▄▅▆▇█]+", "~", line)
    line = re.sub(r"\b(days?|hours|h|min|minutes)\b", "h", line)
    # loadBook is one with its caller once V8 has inlined it, and a frame of its own before.
    line = re.sub(r"loadBook catalog\.mjs:7:\d+ <- ", "", line)
    line = re.sub(r"\[?\(?\b\d[\d,.]*( [KMG]?B)?\b", "0", line)
    return " ".join(sorted(line.replace(",", "").split()))
