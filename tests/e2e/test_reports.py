"""What a failing test shows, for every way a check can end."""

from __future__ import annotations

import json

import pytest
from record_fields import differences


def test_each_end_of_a_check_reads_well(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        def test_leak(node_app):
            node_app.hammer("GET /leak/{n}").assert_bounded()

        def test_own_assertion(node_app):
            report = node_app.hammer("GET /leak/{n}", requests=2000)
            assert report.heap_slope <= 8

        def test_missing(node_app):
            node_app.hammer("GET /nowhere/{n}").assert_bounded()

        def test_expected_errors(node_app):
            node_app.hammer("GET /fail/{n}", expect_status=500).assert_bounded()

        def test_exit(node_app):
            node_app.hammer("GET /exit/{n}").assert_bounded()

        def test_tight(node_app):
            report = node_app.hammer("GET /block/{n}", concurrency=1, requests=120)
            report.assert_bounded(loop_delay_p99="10 ms")

        def test_scenario(node_app):
            def visit(http):
                assert http.get("/plain/1").json()["name"] == "plain"
            node_app.hammer(visit).assert_bounded()
        """
    )
    result = project.runpytest_subprocess("--nodeleak", "--nodeleak-json=record.json")
    result.assert_outcomes(passed=2, failed=5)
    result.stdout.fnmatch_lines(
        [
            "*_ test_leak _*",
            "Heap leak: memory climbs with every request of GET /leak/{n} and *",
            "GET /leak/{n} leaks 1.00 entry/request*",
            "*_ test_own_assertion _*",
            "E *assert Estimate(value=*) <= 8*",
            "*- nodeleak: GET /leak/{n} -*",
            "GET /leak/{n} leaks 1.00 entry/request*",
            "*_ test_missing _*",
            "GET /nowhere/{n}: * requests went wrong, so there is nothing to judge",
            "First of them: GET /nowhere/1 answered 404: *",
            "*_ test_exit _*",
            "The app ended by itself: after * requests of *",
            "the app ended by itself: process.exit(3) called at *, after * requests of *",
            "*_ test_tight _*",
            "Blocked event loop: *",
            "GET /block/{n} is over its limit: event-loop delay p99 * ms (limit 10)",
        ]
    )
    # Keys of an app may be secrets, so they are only shown when asked for.
    result.stdout.no_fnmatch_line("*newest keys*")
    record = json.loads((project.path / "record.json").read_text())
    # What users program against is in docs/record.md.
    assert differences(record) == []
    verdicts = {
        check["id"].split("::")[1]: check["verdict"] for check in record["checks"]
    }
    assert verdicts == {
        "test_leak": "leak",
        "test_own_assertion": "leak",
        "test_missing": "error",
        "test_expected_errors": "clean",
        "test_exit": "crashed",
        "test_tight": "clean",
        "test_scenario": "clean",
    }


@pytest.mark.parametrize(("choice", "failed"), [("fail", 1), ("warn", 0)])
def test_an_inconclusive_check_fails_or_warns(
    project: pytest.Pytester, choice: str, failed: int
) -> None:
    project.makepyfile(
        """
        def test_few(node_app):
            node_app.hammer("GET /plain/{n}", requests=8).assert_bounded()
        """
    )
    result = project.runpytest_subprocess(
        "--nodeleak", f"--nodeleak-inconclusive={choice}"
    )
    result.assert_outcomes(failed=failed, passed=1 - failed, warnings=1 - failed)
    result.stdout.fnmatch_lines(["*GET /plain/{n} is inconclusive: too few requests*"])


def test_launch_options_reach_the_app(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest
        import requests

        @pytest.fixture
        def nodeleak_app():
            return "node --no-warnings server.cjs"

        def test_launch(nodeleak):
            app = nodeleak.launch("node server.cjs", max_old_space_size=64,
                                  env={"FLAVOUR": "mint"}, node_args=["--no-deprecation"])
            told = requests.get(app.base_url + "/plain/1").json()
            assert told["env"] == "mint"
            assert "--max-old-space-size=64" in told["flags"]
            assert "--no-deprecation" in told["flags"]

        def test_overridden_fixture(node_app):
            told = requests.get(node_app.base_url + "/plain/1").json()
            assert "--no-warnings" in told["flags"]
        """
    )
    project.runpytest_subprocess("--nodeleak").assert_outcomes(passed=2)


def test_xdist_workers_share_one_summary_and_record(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess(
        "--nodeleak",
        "-n2",
        "-vv",
        "--nodeleak-json=record.json",
        "--nodeleak-html=report.html",
        "--nodeleak-route=GET /leak/{n}",
        "--nodeleak-route=GET /plain/{n}",
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines_random(
        ["leak * GET /leak/{n} *", "clean * GET /plain/*"]
    )
    result.stdout.re_match_lines([r'  newest keys "\d+", "\d+", "\d+", "\d+", "\d+"'])
    record = json.loads((project.path / "record.json").read_text())
    assert {check["verdict"] for check in record["checks"]} == {"leak", "clean"}
    page = (project.path / "report.html").read_text("utf-8")
    assert "<h1>1 leak, 1 clean</h1>" in page
    # The line that keeps what each request adds.
    assert '<li class="marked">' in page


def test_a_file_of_others_that_cannot_be_written_takes_no_record_along(
    project: pytest.Pytester,
) -> None:
    project.makepyfile("def test_it(): pass")
    result = project.runpytest_subprocess(
        "--nodeleak",
        "--nodeleak-json=record.json",
        "--junitxml=/proc/nodeleak/report.xml",
    )
    assert result.ret != pytest.ExitCode.OK
    assert (project.path / "record.json").is_file()


def test_records_are_kept_where_plugins_are_asked_for_all_they_have(
    project: pytest.Pytester,
) -> None:
    # pytest 8.0 looks for fixtures in every plugin, before there is any record.
    project.makeconftest(
        """
        def pytest_plugin_registered(plugin):
            if type(plugin).__module__.startswith("pytest_nodeleak"):
                assert all(hasattr(plugin, name) for name in dir(plugin))
        """
    )
    project.makepyfile(
        """
        def test_missing(nodeleak):
            nodeleak.launch("no-such-command app.cjs")
        """
    )
    project.runpytest_subprocess("--nodeleak", "--nodeleak-json=record.json")
    [check] = json.loads((project.path / "record.json").read_text())["checks"]
    assert check["verdict"] == "error"
