// Item service that watches itself: GET /load shows the event loop's use in the last ten minutes (Express 5).
// Clean: `samples` grows every 20 ms whether there are requests or not, and drops what is older than ten minutes.
import { performance } from 'node:perf_hooks';
import express from 'express';

const app = express();
const samples = [];
const tenMinutes = 600_000;

setInterval(() => {
  const now = Date.now();
  samples.push({ at: now, use: performance.eventLoopUtilization().utilization });
  while (samples[0].at < now - tenMinutes) samples.shift();
}, 20);

app.get('/', (req, res) => res.json({ service: 'items' }));
app.get('/load', (req, res) => res.json(samples));
app.get('/items/:id', (req, res) => res.json({ id: req.params.id }));

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
