"""The line that shows how a check goes, on a real pseudo-terminal."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping

import pytest
from terminals import Session, run_in_terminal

from pytest_nodeleak.session.terminal import is_watched

_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_LEFT = re.compile(r"^(.*\d+ s left)$", re.MULTILINE)
_RUN_INTERRUPTIBLE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""
_TEST_OF_START = """
def test_start(nodeleak):
    nodeleak.launch("node late.cjs")
"""


def pytest_in_terminal(project: pytest.Pytester, *args: str, **more: object) -> Session:
    command = [sys.executable, "-c", _RUN_INTERRUPTIBLE, "--nodeleak", *args]
    return run_in_terminal(command, cwd=project.path, **more)  # type: ignore[arg-type]


def starts_late(project: pytest.Pytester, exits_after_ms: int) -> None:
    project.makepyfile(_TEST_OF_START)
    project.makefile(
        ".cjs", late=f"setTimeout(() => process.exit(3), {exits_after_ms})"
    )


def live_lines(session: Session) -> list[str]:
    return [line for screen in session.screens for line in _LEFT.findall(screen)]


def test_a_check_is_seen_to_go_on_and_leaves_only_pytests_own_output(
    project: pytest.Pytester,
) -> None:
    project.makepyfile(
        """
        def test_ordinary():
            print("captured")

        def test_leak(node_app):
            node_app.hammer("GET /leak/{n}").assert_bounded()
        """
    )
    # Only seven lines: the last one is where terminals scroll.
    session = pytest_in_terminal(project, "--tb=no", "--no-summary", lines=7)
    assert session.returncode == pytest.ExitCode.TESTS_FAILED
    seen = live_lines(session)
    # Drawn a few times a second only, so an app that starts at once is not seen to.
    assert re.match(r"starting node server\.cjs  30 s left|GET /leak/{n}  ", seen[0])
    assert any(
        re.fullmatch(
            r"GET /leak/{n}  screen \d/6  [\d,]+ req/s  \S+ \S+ -> \S+ MB  .*", x
        )
        for x in seen
    )
    assert any("identify snapshot" in line for line in seen)
    assert len(set(seen)) > 5
    # The line is below pytest's, which stays as it was and goes on where it was.
    shown = next(one for one in session.screens if re.search(r"screen \d/6", one))
    assert re.search(r"\.py \.\nGET /leak/{n}  screen \d/6 ", shown)
    assert re.search(r"\.py \.F +\[100%\]$", session.last, re.MULTILINE)
    assert "left" not in session.last
    assert "captured" not in session.written
    # Four times a second at most.
    took_s = float(re.findall(r"in (\d+\.\d+)s", session.last)[0])
    assert session.written.count(" s left") <= 4 * took_s + 1


def test_ctrl_c_takes_the_line_away_which_has_no_colours_if_unwanted(
    project: pytest.Pytester,
) -> None:
    starts_late(project, 20_000)
    session = pytest_in_terminal(
        project,
        env={"NO_COLOR": "1"},
        interrupt_at=lambda screen: "s left" in screen,
    )
    assert session.returncode == pytest.ExitCode.INTERRUPTED
    assert live_lines(session)
    assert "KeyboardInterrupt" in session.last
    assert "s left" not in session.last
    assert not _COLOUR.search(session.written)


def test_an_app_that_does_not_start_is_shown_and_recorded(
    project: pytest.Pytester,
) -> None:
    starts_late(project, 600)
    session = pytest_in_terminal(project, "--tb=no")
    assert live_lines(session)[0] == "starting node late.cjs  30 s left"
    assert "s left" not in session.last
    assert re.search(
        r"^error        starting node late.cjs  [\d.]+ s"
        r"  the app ended while starting: exit code 3\n"
        r"1 error of 1 check in ",
        session.last,
        re.MULTILINE,
    )
    assert _COLOUR.search(session.written)


def test_nothing_of_it_is_in_a_pipe(project: pytest.Pytester) -> None:
    starts_late(project, 600)
    result = project.runpytest_subprocess("--nodeleak", "--nodeleak-json=record.json")
    result.stdout.fnmatch_lines(
        ["error        starting node late.cjs * the app ended while starting: *"]
    )
    assert "left" not in result.stdout.str()
    assert "\x1b" not in result.stdout.str() + result.stderr.str()
    assert '"verdict": "error"' in (project.path / "record.json").read_text()


@pytest.mark.parametrize(
    ("args", "env", "watched"),
    [
        ([], {}, True),
        (["-v"], {}, True),
        (["--capture=sys"], {}, True),
        (["--color=no"], {}, True),
        (["-q"], {}, False),
        (["-s"], {}, False),
        (["--capture=tee-sys"], {}, False),
        (["--log-cli-level=INFO"], {}, False),
        (["-o", "log_cli=true"], {}, False),
        (["-p", "no:logging"], {}, True),
        (["-p", "no:terminal"], {}, False),
        (["-p", "no:capture"], {}, False),
        ([], {"TERM": "dumb"}, False),
        ([], {"TERM": ""}, False),
        ([], {"CI": "true"}, False),
        ([], {"BUILD_NUMBER": "17"}, False),
    ],
    ids=str,
)
def test_a_line_moves_only_where_it_is_welcome(
    project: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    args: list[str],
    env: Mapping[str, str],
    *,
    watched: bool,
) -> None:
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **env}.items():
        monkeypatch.setenv(name, value)
    # As it is when the terminal is taken: some plugins are not configured yet.
    config = project.parseconfig(*args)
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal, os.fdopen(ours):
        monkeypatch.setattr(sys, "stdout", terminal)
        assert is_watched(config) == watched
        monkeypatch.setattr(config, "workerinput", {}, raising=False)
        assert not is_watched(config)
        monkeypatch.undo()
