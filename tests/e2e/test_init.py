"""What ``init`` writes runs as it is."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.nodejs
def test_what_init_writes_for_an_app_gives_a_verdict_as_it_is(
    pytester: pytest.Pytester,
) -> None:
    app = """\
    const http = require('node:http');
    const kept = [];
    http.createServer((request, response) => {
      const known = request.url === '/users' || request.url.startsWith('/users/');
      if (request.url === '/secret') response.statusCode = 401;
      else if (!known) response.statusCode = 404;
      else kept.push({ url: request.url });
      response.end('ok');
    }).listen(process.env.PORT, '127.0.0.1');
    """
    pytester.makefile(".cjs", server=app)
    pytester.makefile(".js", routes="app.get('/users/:id', x); app.get('/secret', x);")
    content = {"name": "shop", "scripts": {"start": "node server.cjs"}}
    (pytester.path / "package.json").write_text(json.dumps(content))
    # The job goes to the root of the repository, which is not to be one above.
    (pytester.path / ".git").mkdir()

    command = [sys.executable, "-m", "pytest_nodeleak", "init"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = "GET /users/{n}, GET /users answered; otherwise /secret (401)\n"
    assert said in done.stdout

    result = pytester.runpytest_subprocess("--nodeleak", "-k", "users/")
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(
        ["GET /users/{n} leaks 1.00 entry/request *", "*kept: Array *server.cjs:2*"]
    )
    # Without the switch it is in nobody's way.
    pytester.runpytest_inprocess().assert_outcomes(skipped=2)
