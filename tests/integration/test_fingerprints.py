"""The same bugs in another checkout, on other lines; ``make holdings``: on other Nodes."""

from __future__ import annotations

from pathlib import Path

import pytest
from integration.node_apps import CheckApp

pytestmark = pytest.mark.nodejs

_APP = """\
const http = require('node:http');
const { EventEmitter } = require('node:events');
%s
const cache = new Map();
const tenants = { user_%d: { orders: [] } };
const bus = new EventEmitter().setMaxListeners(0);
function serve(n) {
  cache.set(n, { n });
  tenants.user_%d.orders.push({ order: n });
  bus.on('order', function onOrder() {});
  setInterval(function poll() {}, 1e8).unref();
}
let answered = 0;
http.createServer((request, response) => {
  serve(++answered);
  response.end('{}');
}).listen(process.env.PORT, '127.0.0.1');
"""
_OTHER_CODE = """\
const seen = [new Map(), new Set()].map((one) => ({ one }));
class Ledger { #rows = [1, 2, 3]; sum() { return this.#rows.length + seen.length; } }
const ledger = new Ledger();
setInterval(() => ledger.sum(), 1e7).unref();
"""
# Taken from the app without the other code, elsewhere, on Node 20, 22, 24 and 26.
# A change takes the suppressions of users out of force.
_FINGERPRINTS = {
    "cache": "bd1f126ff427",
    "tenants.user_23.orders": "7ecf79aedbd3",
    "bus._events.order": "86f7e107fa25",
    "Node's active timers": "452692d01783",
}


def test_bugs_keep_their_fingerprints(check_app: CheckApp, tmp_path: Path) -> None:
    directory = tmp_path / "ci" / "build" / "17"
    directory.mkdir(parents=True)
    source = _APP % (20 * "\n" + _OTHER_CODE, 23, 23)
    (directory / "app.cjs").write_text(source, encoding="utf-8")

    findings = check_app(cwd=directory).hammer("GET /", requests=900).findings

    assert {
        finding.holder.name: finding.fingerprint
        for finding in findings
        if finding.holder is not None
    } == _FINGERPRINTS
