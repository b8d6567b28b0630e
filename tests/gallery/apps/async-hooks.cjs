// Account service: GET /accounts/:id, with the request's id at hand in all its callbacks (Express 5, node:async_hooks).
// Leak: a store of contexts by async id as in many an old blog post, without a `destroy` hook that deletes them.
'use strict';

const { createHook, executionAsyncId } = require('node:async_hooks');
const express = require('express');

const app = express();
const contexts = new Map();

createHook({
  init(asyncId, type, triggerAsyncId) {
    const context = contexts.get(triggerAsyncId);
    if (context !== undefined) contexts.set(asyncId, context);
  },
}).enable();

async function loadAccount(id) {
  await new Promise(setImmediate); // stands for the database
  return { id, balance: 100, seenBy: contexts.get(executionAsyncId())?.requestId };
}

app.get('/', (req, res) => res.json({ service: 'accounts' }));

app.use((req, res, next) => {
  // A microtask has an async id of its own; the connection's would be shared by its requests.
  queueMicrotask(() => {
    contexts.set(executionAsyncId(), { requestId: `req-${req.url}` });
    next();
  });
});

app.get('/accounts/:id', async (req, res) => res.json(await loadAccount(req.params.id)));

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
