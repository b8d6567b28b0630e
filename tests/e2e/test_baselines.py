"""Baselines from one session to the next: what passes, what fails, and what is saved."""

from __future__ import annotations

import json

import pytest
from measurements import check, measurement

from pytest_nodeleak.baselines.as_json import format_baseline
from pytest_nodeleak.baselines.baseline import Baseline, Rates
from pytest_nodeleak.report.record import check_record
from pytest_nodeleak.session.packed import pack

_FILE = "baseline main (.nodeleak/main.json)"
_APP = """\
const http = require('node:http');
const cache = new Map();
const audit = [];
const late = process.env.LATE === '1';
const routes = {
  known: (n) => cache.set(n, { n }),
  worse: (n) => { audit.push({ at: n });
    if (late) audit.push({ by: n }); else cache.set(n, { n }); },
};
http.createServer((request, response) => {
  const [, name, n] = request.url.split('/');
  routes[name]?.(Number(n));
  response.end('{}');
}).listen(process.env.PORT, '127.0.0.1');
"""
_TESTS = """\
import pytest

@pytest.mark.parametrize("name", ["known", "worse"])
def test_shop(node_app, name):
    report = node_app.hammer(f"GET /{name}/{{n}}", requests=1500)
    report.assert_bounded()
"""


def test_known_leaks_pass_and_worse_ones_fail(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makefile(".cjs", server=_APP)
    pytester.makeini("[pytest]\nnodeleak_app = node server.cjs")
    pytester.makepyfile(test_shop=_TESTS)
    result = pytester.runpytest_subprocess("--nodeleak", "-n1", "--nodeleak-save=main")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines([f"saved to {_FILE}: 2 checks on Node *"])
    baseline = pytester.path / ".nodeleak" / "main.json"
    saved = baseline.read_text()
    assert saved.count('"verdict": "leak"') == 2
    assert str(pytester.path) not in saved

    monkeypatch.setenv("LATE", "1")
    result = pytester.runpytest_subprocess(
        "--nodeleak", "--nodeleak-compare=main", "--nodeleak-json=r.json"
    )

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "GET /worse/{n} leaks 2.00 entries/request *",
            "  held by     audit: Array *",
            "  baseline    worse than in main: collection audit, server.cjs: 1.00 -> 2.*",
            f"compared with {_FILE}: 1 worse, 1 as before",
            "worse *test_shop.py::test_shop?worse?::GET /worse/{n}: collection audit,*",
            "better *test_shop?worse?*collection cache, server.cjs is gone: was 1.00*",
            "to hold on to what is better: --nodeleak-save main, and commit the file",
        ]
    )
    checks = {
        check["target"].split("/")[1]: check
        for check in json.loads((pytester.path / "r.json").read_text())["checks"]
    }
    known, worse = checks["known"], checks["worse"]
    assert (known["verdict"], known["outcome"]) == ("leak", "clean")
    assert known["reason"].endswith(": no worse than in baseline main")
    assert known["findings"][0]["suppressed"] is True
    assert known["baseline"]["changes"] == []
    assert (worse["verdict"], worse["outcome"]) == ("leak", "leak")
    assert [one["status"] for one in worse["baseline"]["changes"]] == ["worse", "gone"]
    assert baseline.read_text() == saved


def test_what_a_hook_deselects_in_a_worker_is_not_removed(
    pytester: pytest.Pytester,
) -> None:
    record = {
        **check_record(check(measurement())),
        "attempt": 1,
        "id": "test_a.py::a::b",
    }
    saved = Baseline(
        name="main", checks={"test_a.py::b::c": {24: Rates(verdict="clean")}}
    )
    baseline = pytester.path / "main.json"
    baseline.write_text(format_baseline(saved))
    pytester.makeini("[pytest]\nnodeleak_save = ./main.json")
    pytester.makeconftest(
        f"""
        import json, pytest

        def pytest_collection_modifyitems(config, items):
            config.hook.pytest_deselected(items=items[1:])
            del items[1:]

        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_makereport():
            report = yield
            if report.when == "teardown":
                report.nodeleak_records = [{pack(json.dumps(record))!r}]
            return report
        """
    )
    pytester.makepyfile("def test_a(): pass\ndef test_b(): pass")

    result = pytester.runpytest_inprocess("--nodeleak", "-n1")

    result.stdout.fnmatch_lines(
        ["saved to baseline main (main.json): 1 check on Node 24"]
    )
    checks = json.loads(baseline.read_text())["checks"]
    assert list(checks) == ["test_a.py::a::b", "test_a.py::b::c"]


@pytest.mark.parametrize(
    ("ini", "said"),
    [
        (
            "nodeleak_compare = main",
            "ini option nodeleak_compare: compare 'main' is not a baseline: there is no",
        ),
        (
            "nodeleak_save = package.json",
            "ini option nodeleak_save: save 'package.json' is not a baseline: it lacks",
        ),
    ],
    ids=["compare", "save"],
)
def test_a_file_that_is_no_baseline_is_refused_before_any_test(
    pytester: pytest.Pytester, ini: str, said: str
) -> None:
    pytester.makeini(f"[pytest]\n{ini}")
    package = pytester.path / "package.json"
    package.write_text('{"name": "shop"}')

    result = pytester.runpytest_inprocess("--nodeleak", "-n1")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    errors = result.stderr.str()
    assert said in errors
    assert "Traceback" not in errors
    assert package.read_text() == '{"name": "shop"}'
