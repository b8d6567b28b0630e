/**
 * A small bookshop API that fails the way real Node.js services fail.
 *
 * Each failure under /leaky has a cured twin under /fixed that does the same job, and /benign holds routes that
 * look like leaks at first but are not. Ask for `/leaky/books/1`, `/leaky/books/2`, ... and watch the memory.
 *
 *   route                                  what goes wrong, and the cure                        file
 *   -------------------------------------  ---------------------------------------------------  --------------
 *   GET /leaky/books/{n}                   cache without a bound                                catalog.mjs
 *   GET /fixed/books/{n}                     least recently used books leave at 500
 *   GET /leaky/covers/{n}                  16-byte view keeps a 64 KB Buffer (outside V8 heap)  catalog.mjs
 *   GET /fixed/covers/{n}                    the 16 bytes are copied, 200 are kept
 *   GET /leaky/stock/{n}                   listener per request, never removed                  inventory.mjs
 *   GET /fixed/stock/{n}                     removed when the response closes
 *   GET /leaky/prices/{n}                  interval per request, never cleared                  inventory.mjs
 *   GET /fixed/prices/{n}                    cleared when the response closes
 *   GET /leaky/reviews/{n}                 small callback holds a big payload                   reviews.mjs
 *   GET /fixed/reviews/{n}                   holds one id, and the queue is emptied
 *   GET /leaky/report/{n}                  synchronous hashing blocks the event loop            reports.mjs
 *   GET /fixed/report/{n}                    hashes in the thread pool
 *
 *   GET /benign/lru/{n}                    cache that fills up to 5,000 entries, then stays     lookalikes.mjs
 *   GET /benign/ttl/{n}                    cache whose entries expire after 1.5 s
 *   GET /benign/ring/{n}                   log of the last 1,000 requests
 *   GET /benign/delayed/{n}                entry that is removed 2 s later
 *   GET /benign/plain/{n}                  nothing special at all
 *
 * Start it with `node server.mjs`; PORT chooses the port (default 3000).
 */
import { createServer } from 'node:http';

import * as catalog from './catalog.mjs';
import * as inventory from './inventory.mjs';
import * as lookalikes from './lookalikes.mjs';
import * as reports from './reports.mjs';
import * as reviews from './reviews.mjs';

// A route takes (id, req, res) and returns the body of its answer, or a promise of it.
const routes = new Map(
  [catalog, inventory, reviews, reports, lookalikes].flatMap((topic) => Object.entries(topic.routes)),
);

const ROUTE_AND_ID = /^(\/[a-z]+\/[a-z]+)\/(-?\d+)$/;

function send(res, status, body) {
  const json = JSON.stringify(body);
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  res.end(json);
}

async function handle(req, res) {
  const [path] = req.url.split('?', 1);
  if (path === '/') return send(res, 200, { shop: 'The Leaky Shelf', routes: routes.size });

  const [, route, id] = ROUTE_AND_ID.exec(path) ?? [];
  const answer = routes.get(route);
  if (req.method !== 'GET' || !answer) return send(res, 404, { error: 'not found' });

  try {
    send(res, 200, await answer(Number(id), req, res));
  } catch (error) {
    console.error(error);
    send(res, 500, { error: 'internal error' });
  }
}

const server = createServer(handle);

// With the default of 5 s, /leaky/report would not only block: idle connections would run out while it does.
server.keepAliveTimeout = 65_000;

server.listen(process.env.PORT || 3000, '127.0.0.1', () => {
  console.log(`Bookshop listening on http://127.0.0.1:${server.address().port}`);
});

process.once('SIGTERM', () => {
  // Finish what is open, then leave. Without exit() the intervals of /leaky/prices would keep the process alive.
  server.close(() => process.exit(0));
});
