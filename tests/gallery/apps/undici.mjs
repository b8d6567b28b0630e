// Weather service: GET /weather/:city asks an upstream, here on the same port (Express 5, undici 7).
// Leak: a Pool per request that is never closed; its socket stays open at both ends.
// Clean twin: GET /fixed/weather/:city shares one Agent.
import express from 'express';
import { Agent, Pool, request } from 'undici';

const app = express();
const port = Number(process.env.PORT ?? 3000);
const upstream = `http://127.0.0.1:${port}`;
const keepAlive = { keepAliveTimeout: 600_000, keepAliveMaxTimeout: 600_000 };
const agent = new Agent(keepAlive);

app.get('/', (req, res) => res.json({ service: 'weather' }));
app.get('/upstream/:city', (req, res) => res.json({ city: req.params.city, celsius: 21 }));

app.get('/weather/:city', async (req, res) => {
  const pool = new Pool(upstream, keepAlive);
  const { body } = await pool.request({ path: `/upstream/${req.params.city}`, method: 'GET' });
  res.json(await body.json());
});

app.get('/fixed/weather/:city', async (req, res) => {
  const { body } = await request(`${upstream}/upstream/${req.params.city}`, { dispatcher: agent });
  res.json(await body.json());
});

const server = app.listen(port, '127.0.0.1');

server.keepAliveTimeout = 0; // like most upstreams that trust their clients: no limit
