// Route planner: GET /routes/:id answers, unless the process is shut down meanwhile (Express 5).
// Leak: each request races against the module-wide `shuttingDown`, which stays pending and collects reactions.
// Clean twin: GET /fixed/routes/:id races against a promise of its own.
import { setImmediate } from 'node:timers/promises';
import express from 'express';

const app = express();
const shuttingDown = new Promise((resolve) => process.once('SIGINT', () => resolve('shutting down')));

async function plan(id) {
  await setImmediate();
  return { id, legs: ['north', 'east'] };
}

app.get('/', (req, res) => res.json({ service: 'routes' }));

app.get('/routes/:id', async (req, res) => {
  res.json(await Promise.race([plan(req.params.id), shuttingDown]));
});

app.get('/fixed/routes/:id', async (req, res) => {
  const closed = new Promise((resolve) => res.on('close', resolve));
  res.json(await Promise.race([plan(req.params.id), closed]));
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
