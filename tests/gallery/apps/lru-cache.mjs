// Page service: GET /pages/:id renders a page once and serves it from a cache afterwards (node:http, lru-cache 11).
// Clean: the cache rises while it fills, but holds 2,000 pages at most; each newer one pushes out the least used.
import http from 'node:http';
import { LRUCache } from 'lru-cache';

const pages = new LRUCache({ max: 2_000 });

function renderPage(id) {
  return { id, title: `Page ${id}`, body: `<h1>Page ${id}</h1><p>${'lorem ipsum '.repeat(8)}</p>` };
}

function getPage(id) {
  let page = pages.get(id);
  if (page === undefined) {
    page = renderPage(id);
    pages.set(id, page);
  }
  return page;
}

function reply(res, status, body) {
  res.writeHead(status, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify(body));
}

const server = http.createServer((req, res) => {
  if (req.url === '/') return reply(res, 200, { service: 'pages' });

  const match = /^\/pages\/(\w+)$/.exec(req.url);
  if (!match) return reply(res, 404, { error: 'not found' });

  reply(res, 200, getPage(match[1]));
});

const port = Number(process.env.PORT ?? 3000);

server.listen(port, '127.0.0.1', () => {
  console.log(`pages on http://127.0.0.1:${port}`);
});
