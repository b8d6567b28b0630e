// Tariff service: GET /tariffs/:id imports its rules anew each time, so that they can be edited (Express 5).
// Leak: Node keeps every module for each URL it was imported from, and the query makes each one new.
// Clean twin: GET /fixed/tariffs/:id imports the same URL.
import express from 'express';

const app = express();

app.get('/', (req, res) => res.json({ service: 'tariffs' }));

app.get('/tariffs/:id', async (req, res) => {
  const { centsFor } = await import(`./tariff-rules.mjs?at=${req.params.id}`);
  res.json({ cents: centsFor(req.params.id) });
});

app.get('/fixed/tariffs/:id', async (req, res) => {
  const { centsFor } = await import('./tariff-rules.mjs');
  res.json({ cents: centsFor(req.params.id) });
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
