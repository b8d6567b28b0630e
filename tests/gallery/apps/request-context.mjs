// Account service: GET /accounts/:id, its log lines carry the request's id (Express 5, AsyncLocalStorage, pino 10).
// Clean: `run` ends the context with the request, and child loggers are held by nobody else.
import { AsyncLocalStorage } from 'node:async_hooks';
import express from 'express';
import pino from 'pino';

const app = express();
const logger = pino(pino.destination('/dev/null'));
const requests = new AsyncLocalStorage();

async function loadAccount(id) {
  await new Promise(setImmediate); // stands for the database
  requests.getStore().log.info({ account: id }, 'loaded');
  return { id, balance: 100 };
}

app.use((req, res, next) => {
  const requestId = `req-${req.url}`;
  requests.run({ requestId, log: logger.child({ requestId }) }, next);
});

app.get('/', (req, res) => res.json({ service: 'accounts' }));
app.get('/accounts/:id', async (req, res) => res.json(await loadAccount(req.params.id)));

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
