// Order service: GET /orders/:id, with debug output per order (Express 5, debug 4.1).
// Leak: debug 4.1 keeps every instance in `createDebug.instances`, and each order makes one.
'use strict';

const createDebug = require('debug');
const express = require('express');

const app = express();

app.get('/', (req, res) => res.json({ service: 'orders' }));

app.get('/orders/:id', (req, res) => {
  const debug = createDebug(`shop:order:${req.params.id}`);
  debug('asked for by %s', req.ip);
  res.json({ id: req.params.id, state: 'packed' });
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
