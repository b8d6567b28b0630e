"""An app of a few lines, and pytest inside pytest to test it with."""

from __future__ import annotations

import pytest

APP = """\
const http = require('node:http');
const cache = new Map();
let answered = 0;
const routes = {
  leak: (n) => cache.set(n, { n }),
  plain: () => {},
  exit: () => { if (++answered > 700) process.exit(3); },
  block: () => { const end = Date.now() + 30; while (Date.now() < end); },
};
http.createServer((request, response) => {
  const [, name, n] = request.url.split('/');
  if (name === 'fail') response.statusCode = 500;
  else if (name && !routes[name]) response.statusCode = 404;
  routes[name]?.(n);
  response.end(JSON.stringify({ name, pid: process.pid, flags: process.execArgv,
    env: process.env.FLAVOUR }));
}).listen(process.env.PORT, '127.0.0.1');
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return a directory with the app, configured in pyproject.toml."""
    pytester.makefile(".cjs", server=APP)
    pytester.makepyprojecttoml(
        """
        [tool.pytest.ini_options]
        nodeleak_app = "node server.cjs"
        """
    )
    return pytester
