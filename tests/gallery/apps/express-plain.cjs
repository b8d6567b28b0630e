// Item service: GET /items/:id and POST /items behind a JSON parser, request ids and a slow-request log (Express 5).
// Clean: everything a request creates dies with its response.
'use strict';

const { randomUUID } = require('node:crypto');
const express = require('express');

const app = express();
const items = express.Router();

async function findItem(id) {
  await new Promise(setImmediate); // stands for the database
  if (!/^\d+$/.test(id)) throw Object.assign(new Error(`no item ${id}`), { status: 404 });
  return { id: Number(id), name: `Item ${id}`, price: 9.95 };
}

items.get('/:id', async (req, res) => {
  res.json(await findItem(req.params.id));
});

items.post('/', (req, res) => {
  res.status(201).json({ id: Date.now(), ...req.body });
});

app.use(express.json({ limit: '100kb' }));
app.use((req, res, next) => {
  req.id = req.get('x-request-id') ?? randomUUID();
  res.set('X-Request-Id', req.id);
  next();
});
app.use((req, res, next) => {
  const started = performance.now();
  res.on('finish', () => {
    const ms = performance.now() - started;
    if (ms > 1_000) console.warn(`${req.id} ${req.method} ${req.originalUrl} took ${ms.toFixed(0)} ms`);
  });
  next();
});
app.get('/', (req, res) => res.json({ service: 'items' }));
app.use('/items', items);
app.use((error, req, res, next) => {
  if (res.headersSent) return next(error);
  res.status(error.status ?? 500).json({ error: error.message, requestId: req.id });
});

const port = Number(process.env.PORT ?? 3000);
app.listen(port, '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`items on http://127.0.0.1:${port}`);
});
