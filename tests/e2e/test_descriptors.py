"""Running out of descriptors, from the option to the exit status."""

from __future__ import annotations

import json

import pytest
from record_fields import differences

_APP = """
const fs = require('node:fs');
require('node:http').createServer((request, response) => {
  const isLeak = request.url.startsWith('/leak');
  try {
    const file = fs.openSync(__filename);
    if (!isLeak) fs.closeSync(file);
  } catch (error) {
    response.statusCode = 500;
  }
  response.end();
}).listen(process.env.PORT, '127.0.0.1');
"""


def test_an_app_that_runs_out_of_descriptors_fails_its_test_alone(
    pytester: pytest.Pytester,
) -> None:
    pytester.path.joinpath("app.cjs").write_text(_APP, encoding="utf-8")
    pytester.makepyfile(
        """
        def test_leak(node_app):
            node_app.hammer("GET /leak/{n}", requests=150).assert_bounded()

        def test_closed(node_app):
            node_app.hammer("GET /closed/{n}", requests=500).assert_bounded()
        """
    )
    result = pytester.runpytest_subprocess(
        "--nodeleak",
        "--nodeleak-app=node app.cjs",
        "--nodeleak-max-open-files=90",
        "--nodeleak-json=record.json",
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*Out of descriptors: the app lives on under GET /leak/{n}, but no more *",
            "*leaked descriptors or connections: all 90 file descriptors are open after *",
            "*left open   file 1.00/req",
            "*opened at   (anonymous) app.cjs:6:* by fs.openSync(), 1.00/req",
            "*limit       90 descriptors (ulimit -n)",
        ]
    )
    record = json.loads(pytester.path.joinpath("record.json").read_text("utf-8"))
    assert differences(record) == []
    leak, closed = record["checks"]
    assert (leak["verdict"], closed["verdict"]) == ("error", "clean")
    assert [one["kind"] for one in leak["findings"]] == ["fd_exhaustion"]
    assert leak["descriptors"]["left_open"] == {"file": 1.0}
    assert closed["descriptors"] is None
