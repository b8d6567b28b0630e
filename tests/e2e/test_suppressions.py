"""Known leaks: a file of them, and what becomes of tests, report, record and summary."""

from __future__ import annotations

import json

import pytest

_APP = """\
const http = require('node:http');
const cache = new Map();
const audit = [];
const outbox = new Set();
const routes = {
  known: (n) => cache.set(n, { n }),
  all: (n) => { cache.set(n, { n }); audit.push({ at: n });
    outbox.add({ to: n }).add({ cc: n }); },
};
http.createServer((request, response) => {
  const [, name, n] = request.url.split('/');
  routes[name]?.(Number(n));  // a number, not a string that all of them would share
  response.end('{}');
}).listen(process.env.PORT, '127.0.0.1');
"""
_KNOWN = """\
[[suppress]]
holder = "cache"
kind = "collection"
reason = "sessions move to Redis in 2.1"
expires = 2999-12-31
at_most = 1

[[suppress]]
holder = "audit"
target = "GET /all/*"
reason = "flushed by the nightly restart"
expires = 2020-02-29

[[suppress]]
holder = "outbox"
reason = "one mail per request"
expires = 2999-12-31
at_most = 1

[[suppress]]
holder = "tokens"
reason = "an old one"
expires = 2999-12-31

[[suppress]]
holder = "*"
target = "GET /nowhere"
reason = "a slip of the pen"
expires = 2999-12-31
"""


def test_known_leaks_pass_until_they_expire_or_get_worse(
    pytester: pytest.Pytester,
) -> None:
    pytester.makefile(".cjs", server=_APP)
    pytester.makefile(".toml", known=_KNOWN)
    pytester.makeini(
        """
        [pytest]
        nodeleak_app = node server.cjs
        nodeleak_suppressions = known.toml
        nodeleak_route = GET /known/{n}
        """
    )
    pytester.makepyfile(
        """
        def test_all(node_app):
            report = node_app.hammer("GET /all/{n}", requests=1500)
            assert [finding.holder.name for finding in report.suppressed] == ["cache"]
            report.assert_bounded()
        """
    )
    result = pytester.runpytest_subprocess(
        "--nodeleak", "-n1", "--nodeleak-json=r.json"
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "GET /all/{n} leaks 2.00 entries/request (*",
            "  held by     outbox: Set *",
            "  fingerprint ????????????",
            "  suppression 3 in known.toml accepts at most 1.00/request, and this is 2.00*",
            "  held by     audit: Array *",
            "  suppression 2 in known.toml expired on 2020-02-29: flushed by the nightly*",
            "  suppressed  cache gains 1.00 entry per request (* B): sessions move to*",
        ]
    )
    result.stdout.fnmatch_lines_random(
        [
            "leak * GET /known/{n} *collection cache server.cjs:2  (1 suppressed)",
            "leak * GET /all/{n} *collection outbox server.cjs:4  (1 suppressed)",
            "unused suppression 4 (tokens) in known.toml: no leak fits it; take it out if*",
            "unused suppression 5 (*) in known.toml: no check has a target like*",
        ]
    )
    checks = json.loads((pytester.path / "r.json").read_text())["checks"]
    by_target = {check["target"]: check for check in checks}
    known, everything = by_target["GET /known/{n}"], by_target["GET /all/{n}"]
    assert (known["verdict"], known["outcome"]) == ("leak", "clean")
    assert (everything["verdict"], everything["outcome"]) == ("leak", "leak")
    [accepted] = known["findings"]
    assert accepted["suppressed"] is True
    assert accepted["suppression"] == {
        "number": 1,
        "status": "accepted",
        "reason": "sessions move to Redis in 2.1",
        "expires": "2999-12-31",
    }
    assert {
        finding["holder"]["name"]: finding["suppression"]["status"]
        for finding in everything["findings"]
    } == {"outbox": "worse", "audit": "expired", "cache": "accepted"}
    # One bug has one fingerprint, whichever route it is found by.
    assert accepted["fingerprint"] == everything["findings"][-1]["fingerprint"]


@pytest.mark.parametrize("arguments", [[], ["-n1"]], ids=["alone", "xdist"])
def test_a_wrong_file_is_refused_before_any_test(
    pytester: pytest.Pytester, arguments: list[str]
) -> None:
    pytester.makefile(".toml", known='[[suppress]]\nholder = "cache"\nreson = "x"')
    pytester.makeini("[pytest]\nnodeleak_suppressions = known.toml")
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_subprocess("--nodeleak", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = result.stdout.str() + result.stderr.str()
    assert "known.toml, entry 1 (cache): key 'reson' is not one of" in said
    assert "did you mean 'reason'?" in said
    assert "Traceback" not in said
