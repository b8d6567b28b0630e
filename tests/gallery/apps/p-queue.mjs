// Report service: GET /reports/:id renders reports four at a time, until shutdown (Express 5, p-queue 8.0).
// Leak: p-queue 8.0 adds an abort listener per task and never removes it, and `shutdown` lives as long as the process.
// Clean twin: GET /fixed/reports/:id has a controller per request.
import { setImmediate } from 'node:timers/promises';
import express from 'express';
import PQueue from 'p-queue';

const app = express();
const queue = new PQueue({ concurrency: 4 });
const shutdown = new AbortController();

process.once('SIGTERM', () => {
  shutdown.abort();
  server.close();
  server.closeAllConnections();
});

async function render(id) {
  await setImmediate();
  return { id, title: `Report ${id}`, pages: 12 };
}

app.get('/', (req, res) => res.json({ service: 'reports' }));

app.get('/reports/:id', async (req, res) => {
  res.json(await queue.add(() => render(req.params.id), { signal: shutdown.signal }));
});

app.get('/fixed/reports/:id', async (req, res) => {
  const { signal } = new AbortController();
  res.json(await queue.add(() => render(req.params.id), { signal }));
});

const server = app.listen(process.env.PORT ?? 3000, '127.0.0.1');
