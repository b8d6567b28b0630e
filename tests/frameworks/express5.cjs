// The service on Express 5. GET /visits/:id leaks.
'use strict';

const express = require('express');

const visits = new Map();

function remember(id) {
  visits.set(id, { id, at: Date.now() });
}

const app = express();
app.use(express.json());
app.get('/', (req, res) => res.json({ service: 'users' }));
app.get('/users/:id', (req, res) => res.json({ id: req.params.id }));
app.get('/visits/:id', (req, res) => {
  remember(req.params.id);
  res.json({ id: req.params.id });
});
app.listen(process.env.PORT, '127.0.0.1');
