// Shop: GET /carts/:sku puts something into the visitor's cart (Express 5, express-session with its MemoryStore).
// Leak: saveUninitialized stores a session for every visitor without a cookie, and MemoryStore drops none.
// Clean twin: GET /fixed/carts/:sku stores a session only once there is something to remember.
'use strict';

const express = require('express');
const session = require('express-session');

const app = express();
const secret = 'correct horse battery staple';

app.get('/', (req, res) => res.json({ service: 'carts' }));
app.use('/carts', session({ secret, resave: false, saveUninitialized: true }));
app.use('/fixed/carts', session({ secret, resave: false, saveUninitialized: false }));
app.get(['/carts/:sku', '/fixed/carts/:sku'], (req, res) => {
  res.json({ sku: req.params.sku, visits: req.session.visits ?? 0 });
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
