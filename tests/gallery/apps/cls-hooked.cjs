// Account service: GET /accounts/:id with continuation-local storage (Express 5, cls-hooked 4).
// Clean: cls-hooked keeps a Map of contexts by async id, and its `destroy` hook takes them out again.
'use strict';

const cls = require('cls-hooked');
const express = require('express');

const app = express();
const context = cls.createNamespace('request');

async function loadAccount(id) {
  await new Promise(setImmediate); // stands for the database
  return { id, balance: 100, seenBy: context.get('requestId') };
}

app.use((req, res, next) => {
  context.run(() => {
    context.set('requestId', `req-${req.url}`);
    next();
  });
});

app.get('/', (req, res) => res.json({ service: 'accounts' }));
app.get('/accounts/:id', async (req, res) => res.json(await loadAccount(req.params.id)));

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
