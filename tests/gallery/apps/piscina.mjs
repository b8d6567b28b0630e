// Thumbnail service: GET /thumbnails/:id does its arithmetic in a worker thread (Express 5, piscina 5).
// Leak: a pool per request that is never destroyed, so its thread lives for ever.
// Clean twin: GET /fixed/thumbnails/:id shares one pool.
import express from 'express';
import { Piscina } from 'piscina';

const app = express();
const filename = new URL('./piscina-worker.mjs', import.meta.url).href;
const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1 });

app.get('/', (req, res) => res.json({ service: 'thumbnails' }));

app.get('/thumbnails/:id', async (req, res) => {
  const ownPool = new Piscina({ filename, minThreads: 1, maxThreads: 1 });
  res.json({ digest: await ownPool.run({ id: req.params.id }) });
});

app.get('/fixed/thumbnails/:id', async (req, res) => {
  res.json({ digest: await pool.run({ id: req.params.id }) });
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
