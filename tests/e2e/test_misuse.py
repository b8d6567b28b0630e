"""What goes wrong beside the values themselves is told as decently."""

from __future__ import annotations

import psutil
import pytest

_MARKED = """
import pytest

@pytest.mark.nodeleak({arguments})
def test_it(nodeleak): pass
"""


def said(result: pytest.RunResult) -> str:
    text = result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in text
    assert "Traceback" not in text
    return text


def test_a_marker_argument_without_a_name_is_refused(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(test_shop=_MARKED.format(arguments='"64 B"'))
    result = pytester.runpytest_subprocess("--nodeleak")
    assert "nodeleak marker on test_shop.py::test_it" in said(result)
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_a_wrong_marker_is_told_by_xdist_workers_too(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(test_shop=_MARKED.format(arguments='heap_slop="64 B"'))
    result = pytester.runpytest_subprocess("--nodeleak", "-n2")
    text = said(result)
    assert "nodeleak marker on test_shop.py::test_it: limit 'heap_slop'" in text
    assert result.ret != pytest.ExitCode.OK


def test_a_record_that_cannot_be_written_is_told_without_a_traceback(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("def test_it(): pass")
    pytester.mkdir("taken")
    result = pytester.runpytest_subprocess("--nodeleak", "--nodeleak-json", "taken")
    assert "--nodeleak-json" in said(result)
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_a_record_whose_folder_is_a_file_fails_the_session_in_words(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("def test_it(): pass")
    pytester.path.joinpath("taken").write_text("a file")
    result = pytester.runpytest_subprocess(
        "--nodeleak", "--nodeleak-json", "taken/record.json"
    )
    assert "record.json could not be written" in said(result)
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize(
    ("args", "counted"),
    [
        pytest.param([], "collected 2 items", id="all"),
        pytest.param(
            ["-k", "plain"], "collected 2 items / 1 deselected / 1 selected", id="one"
        ),
    ],
)
def test_route_items_are_counted_as_collected(
    pytester: pytest.Pytester, args: list[str], counted: str
) -> None:
    result = pytester.runpytest_subprocess(
        "--nodeleak",
        "--collect-only",
        "--nodeleak-route=GET /leak/{n}",
        "--nodeleak-route=GET /plain/{n}",
        *args,
    )
    assert counted in [line.rstrip() for line in result.outlines]


def test_an_app_that_throws_or_is_killed_has_crashed(project: pytest.Pytester) -> None:
    (project.path / "throws.cjs").write_text(
        """
        let answered = 0;
        require('node:http').createServer((req, res) => {
          if (++answered > 30) throw new Error('no such order');
          res.end('ok');
        }).listen(process.env.PORT, '127.0.0.1');
        """
    )
    project.makepyfile(
        """
        import os, signal

        def test_throws(nodeleak):
            nodeleak.launch("node throws.cjs").hammer("GET /orders/{n}")

        def test_killed(node_app):
            os.kill(node_app.pid, signal.SIGKILL)
            node_app.hammer("GET /plain/{n}")
        """
    )
    result = project.runpytest_subprocess("--nodeleak")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "uncaught exception: Error: no such order at *, ended the app after *",
            "*Error: no such order",
            "killed from outside with no V8 error: SIGKILL (137), *",
            "crashed      GET /orders/{n} * uncaught exception: Error: no such order*",
            "crashed      GET /plain/{n} * killed from outside*",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_ctrl_c_from_the_midst_of_the_load_ends_the_session(
    project: pytest.Pytester,
) -> None:
    # The app itself presses it, at its 50th request: no waiting, no guessing.
    (project.path / "presses.cjs").write_text(
        """
        let answered = 0;
        require('node:http').createServer((req, res) => {
          if (++answered === 50) process.kill(process.ppid, 'SIGINT');
          res.end('ok');
        }).listen(process.env.PORT, '127.0.0.1');
        """
    )
    project.makeconftest(
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    )
    project.makepyfile(
        """
        import os

        def test_it(nodeleak):
            app = nodeleak.launch("node presses.cjs")
            print("started", app.pid)
            app.hammer("GET /plain/{n}")
        """
    )
    result = project.runpytest_subprocess("--nodeleak", "-s")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    [pid] = [int(line.split()[-1]) for line in result.outlines if "started" in line]
    assert not psutil.pid_exists(pid)
